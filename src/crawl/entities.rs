//! Character references: XML's five, HTML's two thousand, numbers; and the way back.

use html5ever::data::NAMED_ENTITIES;
use std::borrow::Cow;

/// The longest name of a character reference that is looked up, in bytes.
const NAME_BYTES_MAX: usize = 32;

/// Which rules a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// A reference needs its semicolon; a bare `&` stands for itself.
    Xml,
    /// Old names work without a semicolon (`&nbsp`, `&copy`), as browsers read them.
    Html,
}

/// What a text made necessary beyond strict XML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// An `&` that begins no reference.
    pub bare: bool,
    /// A name that XML does not know.
    pub html_name: bool,
}

/// Decodes one layer of character references.
pub fn decode(text: &str, rules: Rules) -> Cow<'_, str> {
    decode_noting(text, rules, &|_| None, &mut Oddities::default())
}

/// Decodes one layer, with names that the document itself declares, and notes what strict XML would refuse.
pub fn decode_noting<'a>(
    text: &'a str,
    rules: Rules,
    declared: &dyn Fn(&str) -> Option<String>,
    odd: &mut Oddities,
) -> Cow<'a, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        match reference(rest, rules, declared, odd, &mut out) {
            Some(used) => rest = &rest[used..],
            None => {
                odd.bare = true;
                out.push('&');
                rest = &rest[1..];
            }
        }
        match memchr::memchr(b'&', rest.as_bytes()) {
            Some(next) => {
                out.push_str(&rest[..next]);
                rest = &rest[next..];
            }
            None => {
                out.push_str(rest);
                return Cow::Owned(out);
            }
        }
    }
}

/// Reads one reference at the start of `text` (which begins with `&`) into `out`; returns the bytes used.
fn reference(
    text: &str,
    rules: Rules,
    declared: &dyn Fn(&str) -> Option<String>,
    odd: &mut Oddities,
    out: &mut String,
) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        return number(text, rules, out);
    }
    let length = bytes[1..]
        .iter()
        .take(NAME_BYTES_MAX)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    let name = &text[1..1 + length];
    let closed = bytes.get(1 + length) == Some(&b';');
    if closed {
        let known = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => None,
        };
        if let Some(c) = known {
            out.push(c);
            return Some(length + 2);
        }
        if let Some(value) = declared(name) {
            out.push_str(&value);
            return Some(length + 2);
        }
        if let Some(pair) = NAMED_ENTITIES.get(&text[1..length + 2]).filter(|pair| pair.0 != 0) {
            odd.html_name = true;
            push_pair(*pair, out);
            return Some(length + 2);
        }
    }
    if rules == Rules::Xml {
        return None;
    }
    // The longest old name that needs no semicolon; none of them is longer than six letters.
    (2..=length.min(6)).rev().find_map(|end| {
        let pair = NAMED_ENTITIES.get(&text[1..1 + end]).filter(|pair| pair.0 != 0)?;
        push_pair(*pair, out);
        Some(1 + end)
    })
}

fn push_pair(pair: (u32, u32), out: &mut String) {
    out.extend([pair.0, pair.1].into_iter().filter(|code| *code != 0).filter_map(char::from_u32));
}

/// Reads `&#123;` or `&#x1F;`; 128 to 159 mean what windows-1252 means by them, as in every browser.
fn number(text: &str, rules: Rules, out: &mut String) -> Option<usize> {
    let bytes = text.as_bytes();
    let hexadecimal = matches!(bytes.get(2), Some(b'x' | b'X'));
    let from = if hexadecimal { 3 } else { 2 };
    let is_digit = |b: &&u8| if hexadecimal { b.is_ascii_hexdigit() } else { b.is_ascii_digit() };
    let length = bytes.get(from..)?.iter().take_while(is_digit).count();
    let closed = bytes.get(from + length) == Some(&b';');
    if length == 0 || (!closed && rules == Rules::Xml) {
        return None;
    }
    let digits = text[from..from + length].trim_start_matches('0');
    let code = if digits.len() > 7 {
        u32::MAX
    } else {
        u32::from_str_radix(if digits.is_empty() { "0" } else { digits }, if hexadecimal { 16 } else { 10 }).ok()?
    };
    match code {
        9 | 10 | 13 => out.push(char::from_u32(code)?),
        0..=31 | 127 | 0xFFFE | 0xFFFF => {}
        128..=159 => {
            let byte = [code as u8];
            let (decoded, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
            out.push_str(&decoded);
        }
        _ => out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
    Some(from + length + usize::from(closed))
}

/// Escapes text for HTML content.
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_where(text, |byte| matches!(byte, b'<' | b'>' | b'&'))
}

/// Escapes text for a double-quoted HTML attribute.
pub fn escape_attribute(text: &str) -> Cow<'_, str> {
    escape_where(text, |byte| matches!(byte, b'<' | b'>' | b'&' | b'"'))
}

/// Adds text, escaped for HTML content, with room made once and exactly: text of nothing but `&` grows fivefold.
pub fn escape_into(out: &mut String, text: &str) {
    write_escaped(out, text, |byte| matches!(byte, b'<' | b'>' | b'&'));
}

fn escape_where(text: &str, special: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if !text.bytes().any(&special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    write_escaped(&mut out, text, special);
    Cow::Owned(out)
}

fn write_escaped(out: &mut String, text: &str, special: impl Fn(u8) -> bool) {
    let name = |byte: u8| match byte {
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'"' => "&quot;",
        _ => "&amp;",
    };
    let grown: usize = text.bytes().filter(|byte| special(*byte)).map(|byte| name(byte).len() - 1).sum();
    out.reserve(text.len() + grown);
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if special(byte) {
            out.push_str(&text[plain_from..at]);
            out.push_str(name(byte));
            plain_from = at + 1;
        }
    }
    out.push_str(&text[plain_from..]);
}
