//! Bytes to text: byte order mark, then HTTP, then the document's own word, then a detector.

mod meta;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// What kind of document it is: each declares its encoding in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A feed: the XML prolog counts (XML 1.0, appendix F).
    Xml,
    /// A page: a `meta` element near its beginning counts (HTML, section 13.2.3.2).
    Html,
}

/// A document as text, and how it became one.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without byte order mark and without the characters that XML forbids.
    pub text: Cow<'a, str>,
    /// The name of the encoding that was used.
    pub encoding: &'static str,
    /// What had to be overruled or replaced, in sentences.
    pub notes: Vec<String>,
}

/// Decodes a whole document. Never fails: bytes that fit no character become U+FFFD, with a note.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>, syntax: Syntax) -> Decoded<'a> {
    let mut notes = Vec::new();
    if let Some(text) = utf_32(bytes) {
        return Decoded {
            text: Cow::Owned(without_controls(Cow::Owned(text), &mut notes).into_owned()),
            encoding: "UTF-32",
            notes,
        };
    }
    let encoding = choose(bytes, content_type, syntax, &mut notes);
    let (text, used, broken) = encoding.decode(bytes);
    if broken {
        notes.push(format!("some bytes are not valid {} and were replaced", used.name()));
    }
    Decoded { text: without_controls(text, &mut notes), encoding: used.name(), notes }
}

/// The encoding that a browser would take for this page, given its `Content-Type`.
pub fn sniff_html(bytes: &[u8], content_type: Option<&str>) -> &'static Encoding {
    Encoding::for_bom(bytes)
        .map(|(encoding, _)| encoding)
        .or_else(|| content_type.and_then(charset_of))
        .or_else(|| meta::prescan(bytes))
        .unwrap_or_else(|| detect(bytes))
}

fn choose(bytes: &[u8], content_type: Option<&str>, syntax: Syntax, notes: &mut Vec<String>) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if syntax == Syntax::Xml
        && let Some(encoding) = utf_16_by_pattern(bytes)
    {
        return encoding;
    }
    let http = content_type.and_then(charset_of);
    let own = match syntax {
        Syntax::Xml => prolog(bytes),
        Syntax::Html => meta::prescan(bytes),
    };
    let utf_8 = std::str::from_utf8(bytes).is_ok();
    for (claimed, who) in [(http, "the server"), (own, "the document")] {
        let Some(claimed) = claimed else { continue };
        if claimed == UTF_8 {
            if utf_8 {
                return UTF_8;
            }
            if mostly_utf_8(bytes) {
                return UTF_8;
            }
            notes.push(format!("{who} says UTF-8, but the bytes are not"));
        } else if claimed == UTF_16BE || claimed == UTF_16LE {
            notes.push(format!("{who} says {}, but the bytes are not", claimed.name()));
        } else if claimed.is_single_byte() && utf_8 && !bytes.is_ascii() {
            notes.push(format!("{who} says {}, but the bytes are UTF-8", claimed.name()));
            return UTF_8;
        } else {
            return claimed;
        }
    }
    if utf_8 {
        return UTF_8;
    }
    let detected = detect(bytes);
    notes.push(format!("the encoding is not declared rightly; read as {}", detected.name()));
    detected
}

/// Whether the characters beyond ASCII are UTF-8 more often than not: one broken byte must not turn all others to noise.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

/// How much of a document the detector looks at, in bytes.
const DETECT_BYTES_MAX: usize = 256 * 1024;

fn detect(bytes: &[u8]) -> &'static Encoding {
    if bytes.is_ascii() {
        return WINDOWS_1252;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    let from = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0).saturating_sub(64);
    let sample = &bytes[from..bytes.len().min(from + DETECT_BYTES_MAX)];
    detector.feed(sample, true);
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

/// The charset parameter of a `Content-Type`, quoted in any way; spaces around `=` are tolerated.
fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let after = &lower[lower.find("charset")? + "charset".len()..];
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ';', ' ']).unwrap_or(value.len());
    Encoding::for_label(&value.as_bytes()[..end])
}

/// The encoding that the XML prolog names, where the prolog is readable as ASCII.
fn prolog(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(512)];
    let start = memchr::memmem::find(head, b"<?xml")?;
    let end = start + memchr::memchr(b'>', &head[start..])?;
    let prolog = std::str::from_utf8(&head[start..end]).ok()?;
    let after = &prolog[prolog.find("encoding")? + "encoding".len()..];
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(value[1..].split(quote).next()?.trim().as_bytes())
}

/// UTF-16 without a byte order mark: every other byte of the first four is zero.
fn utf_16_by_pattern(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b, 0, c, ..] if *b != 0 && *c != 0 => Some(UTF_16BE),
        [b, 0, c, 0, ..] if *b != 0 && *c != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32 by byte order mark or by the zeros around the first `<`; browsers do not know it, old feeds use it.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 4]) -> u32 = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [b'<', 0, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, b'<', ..] => u32::from_be_bytes,
        _ => return None,
    };
    let read = |chunk: &[u8]| match chunk {
        [a, b, c, d] => char::from_u32(unit([*a, *b, *c, *d])).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::REPLACEMENT_CHARACTER,
    };
    Some(bytes.chunks(4).map(read).filter(|c| *c != '\u{FEFF}').collect())
}

/// Whether XML 1.0 forbids this byte as a character.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn without_controls<'a>(text: Cow<'a, str>, notes: &mut Vec<String>) -> Cow<'a, str> {
    if !text.bytes().fold(false, |any, byte| any | is_control(byte)) {
        return text;
    }
    notes.push("control characters were dropped".to_owned());
    Cow::Owned(text.chars().filter(|c| !c.is_ascii() || !is_control(*c as u8)).collect())
}
