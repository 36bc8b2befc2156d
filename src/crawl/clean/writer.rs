//! One pass over simple markup that writes anew what it understands, and gives up on anything else.

use super::policy::{GENERIC_ATTRIBUTES, Kind, kind, own_attributes};
use crate::crawl::entities::{Rules, decode, escape_attribute, escape_into};
use crate::crawl::links;
use memchr::{memchr, memmem};
use url::Url;

/// Deeper nesting is left to the parser.
const DEPTH_MAX: usize = 100;

/// Where the markup comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// From the web: only what every parser reads in one way is accepted.
    None,
    /// Written by a serializer after parsing: the nesting is right already.
    Parsed,
}

/// Rewrites a fragment, or none where a real parser must decide what it means.
pub(super) fn rewrite(html: &str, base: Option<&Url>, trust: Trust) -> Option<String> {
    let mut writer = Writer { out: String::with_capacity(html.len() + 16), open: Vec::new(), base, trust };
    let mut rest = html;
    loop {
        let next = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        if next > 0 {
            writer.text(&rest[..next])?;
            rest = &rest[next..];
        }
        if rest.is_empty() {
            break;
        }
        rest = writer.markup(rest)?;
    }
    while let Some(name) = writer.open.pop() {
        writer.end(name);
    }
    Some(writer.out)
}

struct Writer<'a> {
    out: String,
    /// Names of the open elements, from the policy's own table.
    open: Vec<&'a str>,
    base: Option<&'a Url>,
    trust: Trust,
}

impl<'a> Writer<'a> {
    fn text(&mut self, text: &str) -> Option<()> {
        if memchr::memchr3(b'&', b'>', 0, text.as_bytes()).is_none() {
            self.out.push_str(text);
            return Some(());
        }
        if text.contains('\0') {
            return None;
        }
        escape_into(&mut self.out, &decode(text, Rules::Html));
        Some(())
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Handles what begins with `<`; returns what follows it.
    fn markup(&mut self, rest: &'a str) -> Option<&'a str> {
        let bytes = rest.as_bytes();
        let Some(next) = bytes.get(1) else { return self.less_than(rest) };
        match next {
            b'/' => {
                let end = memchr(b'>', bytes)?;
                let name = self.known(&rest[2..end])?;
                if self.open.last() == Some(&name) {
                    self.open.pop();
                    self.end(name);
                    return Some(&rest[end + 1..]);
                }
                None
            }
            b'!' if rest.starts_with("<!--") => {
                let inner = &rest[4..];
                let end = memmem::find(inner.as_bytes(), b"-->")?;
                let comment = &inner[..end];
                (!comment.starts_with(['>', '-']) && !comment.contains("--")).then(|| &inner[end + 3..])
            }
            byte if byte.is_ascii_alphabetic() => self.start(rest),
            // No parser sees a tag here: a comparison, an arrow, somebody's smile.
            b' ' | b'\n' | b'-' | b'=' | b'<' | b'0'..=b'9' => self.less_than(rest),
            // Parsers see a comment that swallows what follows; a person wrote text.
            b'!' if bytes.get(2).is_some_and(|b| matches!(b, b'\'' | b'"' | b' ' | b')')) => self.less_than(rest),
            _ => None,
        }
    }

    fn less_than(&mut self, rest: &'a str) -> Option<&'a str> {
        self.out.push_str("&lt;");
        Some(&rest[1..])
    }

    /// The policy's own spelling of a name that stays, lower-cased.
    fn known(&self, name: &'a str) -> Option<&'a str> {
        let name = name.trim_ascii_end();
        if kind(name).is_some() {
            return Some(name);
        }
        let lower = name.to_ascii_lowercase();
        super::policy::elements().find(|known| *known == lower)
    }

    fn start(&mut self, rest: &'a str) -> Option<&'a str> {
        let length = rest.bytes().skip(1).take_while(u8::is_ascii_alphanumeric).count();
        let written = &rest[1..1 + length];
        // An element that goes: a parser must find its end.
        let name = self.known(written)?;
        let kind = kind(name)?;
        if self.trust == Trust::None && !self.may_begin(name, kind) {
            return None;
        }
        let before = self.out.len();
        self.out.push('<');
        self.out.push_str(name);
        let (after, image) = self.attributes(name, &rest[1 + length..])?;
        self.out.push('>');
        if name == "img" && !image.shown() {
            self.out.truncate(before);
        } else if kind != Kind::Void && name != "col" {
            self.open.push(name);
        }
        Some(after)
    }

    /// Whether every parser would put the element where it stands.
    fn may_begin(&self, name: &str, kind: Kind) -> bool {
        let inside = |wanted: &str| self.open.contains(&wanted);
        if self.open.len() >= DEPTH_MAX {
            return false;
        }
        match kind {
            Kind::Intricate => false,
            Kind::Item => matches!(self.open.last(), Some(&"ul" | &"ol")),
            Kind::Block => {
                let heading = |name: &str| matches!(name.as_bytes(), [b'h', b'1'..=b'6']);
                !inside("p") && (!heading(name) || !self.open.iter().any(|open| heading(open)))
            }
            Kind::Void => name != "hr" || !inside("p"),
            Kind::Inline => name != "a" || !inside("a"),
        }
    }

    /// Writes the attributes that stay; returns what follows the tag.
    fn attributes(&mut self, name: &str, mut rest: &'a str) -> Option<(&'a str, Image)> {
        let mut image = Image::default();
        let mut seen: Vec<&str> = Vec::new();
        loop {
            rest = rest.trim_ascii_start();
            if let Some(after) = rest.strip_prefix('>') {
                return Some((after, image));
            }
            if let Some(after) = rest.strip_prefix("/>") {
                // `<br/>` is a tag; `<b/>` is an unclosed one to a browser: leave that to the parser.
                return (kind(name) == Some(Kind::Void)).then_some((after, image));
            }
            let length =
                rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':')).count();
            let key = rest.get(..length).filter(|key| !key.is_empty())?;
            let after = rest[length..].trim_ascii_start();
            let (value, after) = match after.strip_prefix('=') {
                Some(after) => {
                    let after = after.trim_ascii_start();
                    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                    let end = memchr(quote as u8, &after.as_bytes()[1..])?;
                    let (value, following) = (&after[1..1 + end], &after[end + 2..]);
                    if !following.starts_with(['>', '/']) && !following.starts_with(|c: char| c.is_ascii_whitespace()) {
                        return None;
                    }
                    (value, following)
                }
                None if after.starts_with(['>', '/']) || rest.len() > length && after.len() < rest.len() - length => {
                    ("", after)
                }
                None => return None,
            };
            rest = after;
            let spelled =
                own_attributes(name).iter().chain(GENERIC_ATTRIBUTES).find(|known| known.eq_ignore_ascii_case(key));
            if let Some(key) = spelled.filter(|key| !seen.contains(*key)) {
                seen.push(key);
                self.attribute(name, key, value, &mut image)?;
            }
        }
    }

    fn attribute(&mut self, name: &str, key: &'static str, raw: &str, image: &mut Image) -> Option<()> {
        if raw.contains('\0') {
            return None;
        }
        let value = decode(raw, Rules::Html);
        let value = match (name, key) {
            ("a", "href") => match safe_link(&value, self.base) {
                Some(link) => link,
                None => return Some(()),
            },
            ("img", "src") => match safe_source(&value, self.base) {
                Some(source) => {
                    image.source = Some(source.clone());
                    source
                }
                None => return Some(()),
            },
            ("img", "width" | "height") => {
                let size = value.trim().trim_end_matches("px");
                if matches!(size, "0" | "1") {
                    image.tiny = true;
                }
                if size.is_empty() || !size.bytes().all(|b| b.is_ascii_digit()) {
                    return Some(());
                }
                size.to_owned()
            }
            _ => value.into_owned(),
        };
        self.out.push(' ');
        self.out.push_str(key);
        self.out.push_str("=\"");
        self.out.push_str(&escape_attribute(&value));
        self.out.push('"');
        Some(())
    }
}

/// What is known of an image by the end of its tag.
#[derive(Default)]
struct Image {
    source: Option<String>,
    tiny: bool,
}

impl Image {
    fn shown(&self) -> bool {
        !self.tiny && self.source.as_deref().is_some_and(|source| !links::is_counter(source, None, None))
    }
}

/// A link that may stay: http, https or mailto, absolute, without tracking parameters.
fn safe_link(value: &str, base: Option<&Url>) -> Option<String> {
    let value = value.trim();
    if value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) && is_plain(value) {
        return Some(value.to_owned());
    }
    if value.starts_with('#') {
        return None;
    }
    safe_source(value, base).map(|link| links::without_tracking(&link))
}

fn safe_source(value: &str, base: Option<&Url>) -> Option<String> {
    let value = value.trim();
    if value.is_empty() || value.len() > links::URL_BYTES_MAX {
        return None;
    }
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    if rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric())) && is_plain(value) {
        return Some(value.to_owned());
    }
    // Anything unusual is spelled out by the URL parser.
    match Url::parse(value) {
        Ok(url) => links::is_web(&url).then(|| url.into()),
        Err(_) => base?.join(value).ok().filter(links::is_web).map(Into::into),
    }
}

/// Whether an address holds only characters that every reader takes as they are.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| {
        b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`' | b'{' | b'}' | b'|' | b'^')
    })
}
