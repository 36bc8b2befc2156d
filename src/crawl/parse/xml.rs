//! A tokenizer for XML as it is served: it never fails, it notes what strict XML would refuse.

use memchr::{memchr, memchr2, memmem};

/// How many entities of a document's own are remembered; their values are never expanded twice.
const ENTITIES_MAX: usize = 64;
/// The longest value of an entity, in bytes: no entity bomb grows a document by more than its own size.
const ENTITY_BYTES_MAX: usize = 64;

/// One piece of a document. Comments, processing instructions and the document type are left out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    End(&'a str),
    /// Text with its character references still in it.
    Text(&'a str),
    /// Text that stands for itself.
    Cdata(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// The name with its prefix.
    pub name: &'a str,
    /// The attributes as written.
    pub attributes: &'a str,
    /// `<name/>`.
    pub empty: bool,
}

impl<'a> Tag<'a> {
    /// The raw value of an attribute, by its full name, whatever its case.
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        Attributes(self.attributes).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What strict XML would have refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Damage {
    pub junk_before: bool,
    pub bare_ampersand: bool,
    pub html_entity: bool,
    pub stray_less_than: bool,
    pub unclosed_tag: bool,
    pub stray_end: bool,
    pub truncated: bool,
    pub bad_attribute: bool,
}

/// Walks a document from front to back; `at` may be set back to a place that was seen before.
pub(super) struct Tokens<'a> {
    text: &'a str,
    pub at: usize,
    pub damage: Damage,
    pub entities: Vec<(&'a str, &'a str)>,
    absent: Vec<&'static [u8]>,
    /// The document type is Netscape's.
    pub netscape: bool,
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut tokens =
            Self { text, at: 0, damage: Damage::default(), entities: Vec::new(), absent: Vec::new(), netscape: false };
        let start = memchr(b'<', text.as_bytes()).unwrap_or(text.len());
        // The prolog must be the very first thing; blank lines before it are the commonest fault of all.
        let before = &text[..start];
        tokens.damage.junk_before =
            !before.trim().is_empty() || (!before.is_empty() && text[start..].starts_with("<?xml"));
        tokens.at = start;
        tokens
    }

    pub fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let bytes = rest.as_bytes();
            if bytes[0] != b'<' {
                return Some(self.text_until(memchr(b'<', bytes).unwrap_or(bytes.len())));
            }
            match bytes.get(1).copied() {
                Some(b'/') => match self.end_tag(rest) {
                    Some(token) => return Some(token),
                    None => continue,
                },
                Some(b'!') if rest.starts_with("<![CDATA[") => return Some(self.cdata(rest)),
                Some(b'!') if rest.starts_with("<!--") => self.skip_past(rest, 4, b"-->"),
                Some(b'!') if rest.len() > 9 && rest.as_bytes()[..9].eq_ignore_ascii_case(b"<!DOCTYPE") => {
                    self.doctype(rest);
                }
                Some(b'?') => self.skip_past(rest, 2, b"?>"),
                Some(byte) if is_name_start(byte) => return Some(self.start_tag(rest)),
                _ => {
                    self.damage.stray_less_than = true;
                    let next = memchr(b'<', &bytes[1..]).map_or(bytes.len(), |next| next + 1);
                    return Some(self.text_until(next));
                }
            }
        }
    }

    fn text_until(&mut self, length: usize) -> Token<'a> {
        let text = &self.text[self.at..self.at + length];
        self.at += length;
        Token::Text(text)
    }

    fn cdata(&mut self, rest: &'a str) -> Token<'a> {
        let inner = &rest["<![CDATA[".len()..];
        match memmem::find(inner.as_bytes(), b"]]>") {
            Some(end) => {
                self.at += "<![CDATA[".len() + end + 3;
                Token::Cdata(&inner[..end])
            }
            None => {
                self.damage.truncated = true;
                self.at = self.text.len();
                Token::Cdata(inner)
            }
        }
    }

    fn skip_past(&mut self, rest: &str, from: usize, end: &'static [u8]) {
        // Once an end was searched in vain it is nowhere in the rest; searching again each time would be quadratic.
        let found = if self.absent.contains(&end) { None } else { memmem::find(&rest.as_bytes()[from..], end) };
        match found {
            Some(found) => self.at += from + found + end.len(),
            None => {
                self.damage.truncated = true;
                if !self.absent.contains(&end) {
                    self.absent.push(end);
                }
                self.at += memchr(b'>', rest.as_bytes()).map_or(rest.len(), |found| found + 1);
            }
        }
    }

    fn end_tag(&mut self, rest: &'a str) -> Option<Token<'a>> {
        let stop = memchr2(b'>', b'<', &rest.as_bytes()[1..]).map(|found| found + 1);
        let (name, used) = match stop {
            Some(at) if rest.as_bytes()[at] == b'>' => (&rest[2..at], at + 1),
            Some(at) => {
                self.damage.unclosed_tag = true;
                (&rest[2..at], at)
            }
            None => {
                self.damage.truncated = true;
                (&rest[2..], rest.len())
            }
        };
        self.at += used;
        let name = name.trim();
        if name.is_empty() {
            self.damage.stray_end = true;
            return None;
        }
        Some(Token::End(name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or(name)))
    }

    fn start_tag(&mut self, rest: &'a str) -> Token<'a> {
        let bytes = rest.as_bytes();
        let name_end = bytes[1..]
            .iter()
            .position(|b| is_space(*b) || matches!(b, b'>' | b'/' | b'<' | b'='))
            .map_or(bytes.len(), |found| found + 1);
        let (end, used) = self.tag_end(bytes, name_end);
        self.at += used;
        let inside = &rest[name_end.min(end)..end];
        let empty = inside.ends_with('/');
        Token::Start(Tag { name: &rest[1..name_end], attributes: inside.strip_suffix('/').unwrap_or(inside), empty })
    }

    /// Where a tag's inside ends, and how many bytes the tag takes.
    fn tag_end(&mut self, bytes: &[u8], from: usize) -> (usize, usize) {
        let mut at = from;
        loop {
            // Byte by byte: tags are short, and a search for `>` alone would run to the end once for every unclosed tag.
            let Some(found) =
                bytes.get(at..).and_then(|rest| rest.iter().position(|b| matches!(b, b'>' | b'"' | b'\'' | b'<')))
            else {
                self.damage.truncated = true;
                return (bytes.len(), bytes.len());
            };
            at += found;
            if bytes[at] == b'>' {
                return (at, at + 1);
            }
            if bytes[at] == b'<' {
                self.damage.unclosed_tag = true;
                return (at, at);
            }
            let value = &bytes[at + 1..];
            match memchr2(bytes[at], b'<', value) {
                Some(close) if value[close] != b'<' => at += close + 2,
                Some(less) => {
                    // `<` in a value is forbidden: either it is only unescaped, or the closing quote is missing.
                    self.damage.bad_attribute = true;
                    match (memchr(b'>', &value[..less]), memchr2(bytes[at], b'>', &value[less..])) {
                        (Some(end), _) => return (at + 1 + end, at + 2 + end),
                        (None, Some(close)) if value[less + close] == bytes[at] => at += less + close + 2,
                        _ => at += 1 + less,
                    }
                }
                None => {
                    self.damage.bad_attribute = true;
                    at += 1;
                }
            }
        }
    }

    fn doctype(&mut self, rest: &'a str) {
        let bytes = rest.as_bytes();
        let open = memchr2(b'[', b'>', bytes).unwrap_or(bytes.len());
        self.netscape |= rest[..open].to_ascii_lowercase().contains("netscape");
        if bytes.get(open) != Some(&b'[') {
            self.damage.truncated |= open == bytes.len();
            self.at += (open + 1).min(bytes.len());
            return;
        }
        let close = memmem::find(&bytes[open..], b"]").map_or(bytes.len(), |found| open + found);
        self.declare_entities(&rest[open..close]);
        self.at += memchr(b'>', &bytes[close.min(bytes.len())..]).map_or(bytes.len(), |found| close + found + 1);
    }

    fn declare_entities(&mut self, subset: &'a str) {
        for declaration in subset.split("<!ENTITY").skip(1).take(ENTITIES_MAX) {
            let declaration = declaration.trim_start();
            let Some((name, after)) = declaration.split_once(|c: char| c.is_ascii_whitespace()) else { continue };
            let after = after.trim_start();
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            if let Some(value) = after[1..].split(quote).next().filter(|value| value.len() <= ENTITY_BYTES_MAX) {
                self.entities.push((name, value));
            }
        }
    }
}

/// The attributes of a tag, in order, values raw and without their quotes.
pub(super) struct Attributes<'a>(pub &'a str);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '=' | '"' | '\''));
        if text.is_empty() {
            return None;
        }
        let name_end = text.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(text.len());
        let name = &text[..name_end];
        let Some(after) = text[name_end..].trim_start().strip_prefix('=').map(str::trim_start) else {
            self.0 = &text[name_end..];
            return Some((name, ""));
        };
        let (value, rest) = match after.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inner = &after[1..];
                let end = memchr(*quote, inner.as_bytes()).unwrap_or(inner.len());
                (&inner[..end], &inner[(end + 1).min(inner.len())..])
            }
            _ => after.split_at(after.find(|c: char| c.is_ascii_whitespace()).unwrap_or(after.len())),
        };
        self.0 = rest;
        Some((name, value))
    }
}
