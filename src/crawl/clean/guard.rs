//! Keeps documents away from tree builders that would need quadratic time or a deep stack for them.

use memchr::memchr;

/// More tags than this are not worth a tree.
const TAGS_MAX: usize = 20_000;
/// Deeper nesting than this has no meaning to a reader.
const DEPTH_MAX: usize = 256;
/// A longer tag carries data, not markup, in bytes.
const TAG_BYTES_MAX: usize = 64 * 1024;
/// A tag with more attributes than this is an attack: tree builders compare each with all.
const ATTRIBUTES_MAX: usize = 256;

/// Whether a tree builder might need more than linear time or memory for this; one pass, no allocation.
pub fn is_too_hard(html: &str) -> bool {
    let bytes = html.as_bytes();
    let (mut at, mut tags, mut depth) = (0, 0usize, 0usize);
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found + 1;
        let Some(first) = bytes.get(at) else { break };
        let closing = *first == b'/';
        if !closing && !first.is_ascii_alphabetic() {
            continue;
        }
        tags += 1;
        if tags > TAGS_MAX {
            return true;
        }
        if closing {
            depth = depth.saturating_sub(1);
            continue;
        }
        let mut spaces = 0;
        let mut length = 0;
        for byte in &bytes[at..] {
            length += 1;
            match byte {
                b'>' => break,
                b' ' | b'\n' | b'\t' | b'\r' | b'/' | b'=' | b'"' | b'\'' => spaces += 1,
                _ => {}
            }
            if length > TAG_BYTES_MAX {
                return true;
            }
        }
        // Quotes and `=` count too, because `a="b"c="d"` has no spaces; four marks make one attribute.
        if spaces > ATTRIBUTES_MAX * 4 && is_crowded(&bytes[at..at + length]) {
            return true;
        }
        if !ends_by_itself(&bytes[at..at + length]) {
            depth += 1;
            if depth > DEPTH_MAX {
                return true;
            }
        }
        at += length;
    }
    false
}

/// Whether a tag has too many attributes outside of quoted values.
fn is_crowded(tag: &[u8]) -> bool {
    let (mut quote, mut breaks) = (None, 0);
    for byte in tag {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), _) if open == *byte => {
                quote = None;
                breaks += 1;
            }
            (None, b' ' | b'\n' | b'\t' | b'\r' | b'/') => breaks += 1,
            _ => {}
        }
    }
    breaks > ATTRIBUTES_MAX || quote.is_some()
}

/// Elements without content, and those that the next of their kind closes.
fn ends_by_itself(tag: &[u8]) -> bool {
    let length = tag.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(tag.len());
    let name = &tag[..length.min(8)];
    [
        "br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track", "param",
        "p", "li", "dt", "dd", "tr", "td", "th", "option", "tbody", "thead", "tfoot",
    ]
    .iter()
    .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}
