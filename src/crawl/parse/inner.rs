//! The content of one element: text, escaped markup, markup written out, or base64.

use super::names::{Ns, split};
use super::raw::RawText;
use super::reader::Reader;
use super::xml::{Attributes, Tag, Token};
use crate::crawl::entities::escape;
use base64::Engine as _;
use std::sync::Arc;
use url::Url;

/// How deep markup inside content may nest; deeper tags are dropped, their text stays.
const DEPTH_MAX: usize = 64;

/// What an element's attributes say about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Declared {
    Text,
    Html,
    Xhtml,
    Base64,
    /// Nothing: the dialect decides.
    Nothing,
}

/// Elements of HTML that have no end tag.
pub(super) fn is_void(name: &str) -> bool {
    ["br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr", "param"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

impl<'a> Reader<'a> {
    /// The decoded text of an element, markup and surrounding space removed.
    pub fn leaf(&mut self, tag: &Tag<'a>) -> String {
        let (text, markup, _) = self.inner(tag, false);
        let text = if markup { crate::crawl::text::line(&text) } else { text };
        match text.trim() {
            trimmed if trimmed.len() == text.len() => text,
            trimmed => trimmed.to_owned(),
        }
    }

    /// The content of an element that may hold markup. `html_by_default` is the dialect's word where the element
    /// itself says nothing.
    pub fn content(&mut self, tag: &Tag<'a>, html_by_default: bool) -> RawText {
        let declared = self.declared(tag);
        let (value, markup, inner_base) = self.inner(tag, declared == Declared::Xhtml);
        let base = inner_base.or_else(|| self.base.clone());
        let value = match value.trim() {
            trimmed if trimmed.len() == value.len() => value,
            trimmed => trimmed.to_owned(),
        };
        if markup {
            let own_div = tag.raw("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("xhtml"));
            let value = if own_div { without_outer_div(value) } else { value };
            return RawText { value, html: true, base };
        }
        match declared {
            Declared::Base64 => {
                let packed: Vec<u8> = value.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
                let engine = base64::engine::general_purpose::STANDARD;
                let value = match engine.decode(&packed) {
                    Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
                    Err(_) => value,
                };
                RawText { value, html: true, base }
            }
            Declared::Text => RawText { value, html: false, base },
            Declared::Html | Declared::Xhtml => RawText { value, html: true, base },
            Declared::Nothing => RawText { value, html: html_by_default, base },
        }
    }

    /// Atom 1.0 (RFC 4287, section 3.1.1 and 4.1.3) and Atom 0.3 (`mode`) in one.
    fn declared(&mut self, tag: &Tag<'a>) -> Declared {
        let kind = self.attribute(tag, "type").map(|kind| kind.to_ascii_lowercase());
        let mode = self.attribute(tag, "mode").map(|mode| mode.to_ascii_lowercase());
        if mode.as_deref() == Some("base64") {
            return Declared::Base64;
        }
        let Some(kind) = kind else {
            return if mode.as_deref() == Some("xml") { Declared::Xhtml } else { Declared::Nothing };
        };
        match kind.as_str() {
            "text" | "text/plain" => Declared::Text,
            "html" | "text/html" => Declared::Html,
            "xhtml" | "application/xhtml+xml" if mode.as_deref() == Some("escaped") => Declared::Html,
            "xhtml" | "application/xhtml+xml" => Declared::Xhtml,
            // An enclosure-like type on an element of Media RSS says nothing about text.
            other if other.starts_with("text/") || !other.contains('/') => Declared::Html,
            other if other.ends_with("xml") => Declared::Xhtml,
            _ => Declared::Base64,
        }
    }

    /// Everything up to the element's end: text, whether it is markup, and an `xml:base` of its outermost element.
    fn inner(&mut self, tag: &Tag<'a>, markup: bool) -> (String, bool, Option<Arc<Url>>) {
        let mut out = String::new();
        if tag.empty {
            return (out, false, None);
        }
        let (mut markup, mut base) = (markup, None);
        let mut open: Vec<&'a str> = Vec::new();
        loop {
            let before = self.tokens.at;
            match self.tokens.next() {
                Some(Token::Text(raw)) if markup => out.push_str(&self.markup_text(raw)),
                Some(Token::Text(raw)) => {
                    let text = self.decode(raw);
                    if out.is_empty() { out = text.into_owned() } else { out.push_str(&text) }
                }
                Some(Token::Cdata(text)) if markup => out.push_str(&escape(text)),
                Some(Token::Cdata(text)) => out.push_str(text),
                Some(Token::Start(inner)) => {
                    if self.begins_entry(&inner) {
                        self.tokens.damage.unclosed_tag = true;
                        self.tokens.at = before;
                        break;
                    }
                    if !markup {
                        markup = true;
                        out = escape(&out).into_owned();
                    }
                    let mark = self.enter(&inner);
                    if base.is_none() && inner.attributes.contains("xml:base") {
                        base = self.base.clone();
                    }
                    let name = self.html_name(inner.name);
                    if is_void(name) {
                        write_start(&mut out, name, inner.attributes);
                    } else if open.len() < DEPTH_MAX {
                        write_start(&mut out, name, inner.attributes);
                        if inner.empty { write_end(&mut out, name) } else { open.push(inner.name) }
                    }
                    self.leave(mark);
                }
                Some(Token::End(name)) => {
                    if let Some(at) = open.iter().rposition(|known| *known == name) {
                        self.tokens.damage.unclosed_tag |= at + 1 != open.len();
                        self.close(&mut out, &mut open, at);
                    } else if name.eq_ignore_ascii_case(tag.name) {
                        self.tokens.damage.unclosed_tag |= !open.is_empty();
                        break;
                    } else if self.closes_outer(name) {
                        self.tokens.damage.unclosed_tag = true;
                        self.tokens.at = before;
                        break;
                    } else {
                        self.tokens.damage.stray_end |= !is_void(name);
                    }
                }
                None => {
                    self.tokens.damage.truncated = true;
                    break;
                }
            }
        }
        self.close(&mut out, &mut open, 0);
        (out, markup, base)
    }

    fn close(&mut self, out: &mut String, open: &mut Vec<&'a str>, down_to: usize) {
        while open.len() > down_to
            && let Some(name) = open.pop()
        {
            let name = self.html_name(name);
            write_end(out, name);
        }
    }

    /// Text between tags: what the document declares itself is replaced, the rest is good HTML as it stands.
    fn markup_text(&mut self, raw: &'a str) -> std::borrow::Cow<'a, str> {
        if self.tokens.entities.is_empty() || !raw.contains('&') {
            return std::borrow::Cow::Borrowed(raw);
        }
        std::borrow::Cow::Owned(escape(&self.decode(raw)).into_owned())
    }

    /// The name without a prefix that stands for XHTML.
    fn html_name(&mut self, name: &'a str) -> &'a str {
        let (prefix, local) = split(name);
        if !prefix.is_empty() && self.ns(prefix) == Ns::Xhtml { local } else { name }
    }
}

fn write_start(out: &mut String, name: &str, attributes: &str) {
    out.push('<');
    out.push_str(name);
    if !attributes.trim().is_empty() {
        out.push_str(attributes);
    }
    out.push('>');
}

fn write_end(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// The `div` around XHTML content is not part of it (RFC 4287, section 3.1.1.3).
fn without_outer_div(value: String) -> String {
    let inside = || {
        let after = value.strip_prefix("<div")?;
        let (attributes, inside) = after.split_once('>')?;
        let inside = inside.strip_suffix("</div>")?;
        let sole = !attributes.contains('<')
            && !inside.contains("</div")
            && !attributes.starts_with(|c: char| c.is_alphanumeric());
        sole.then(|| inside.trim().to_owned())
    };
    let found = inside();
    found.unwrap_or(value)
}

/// The attributes of a tag as a link would have them.
pub(super) fn first_of<'a>(tag: &Tag<'a>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| {
        Attributes(tag.attributes).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}
