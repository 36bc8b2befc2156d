//! Keeps documents away from tree builders that would need quadratic time or a deep stack for them.

use memchr::{memchr, memchr2_iter};

/// More tags than this are not worth a tree.
const TAGS_MAX: usize = 20_000;
/// Deeper nesting than this has no meaning to a reader.
const DEPTH_MAX: usize = 256;
/// A longer tag carries data, not markup, in bytes.
const TAG_BYTES_MAX: usize = 64 * 1024;
/// A tag with more attributes than this is an attack: tree builders compare each with all.
const ATTRIBUTES_MAX: usize = 256;
/// No page has more kinds of elements than this.
const NAMES_MAX: usize = 200;
/// Serializers look through the rest of a text once for every `&` and every byte 0xC2 (no-break spaces, quotes) in
/// it: this many bytes in all are a fraction of a second.
const TEXT_LOOKS_MAX: usize = 500_000_000;

/// Whether a tree builder might need more than linear time or memory for this; one pass.
pub fn is_too_hard(html: &str) -> bool {
    let bytes = html.as_bytes();
    let (mut at, mut tags, mut depth, mut looks) = (0, 0usize, 0usize, 0usize);
    // Names of elements and how many of each are open.
    let mut open: Vec<(&[u8], usize)> = Vec::new();
    while at < bytes.len() {
        let found = memchr(b'<', &bytes[at..]).unwrap_or(bytes.len() - at);
        let text = &bytes[at..at + found];
        looks = looks.saturating_add(memchr2_iter(b'&', 0xC2, text).count().saturating_mul(text.len()));
        if looks > TEXT_LOOKS_MAX {
            return true;
        }
        at += found + 1;
        let Some(first) = bytes.get(at) else { break };
        let closing = *first == b'/';
        if !closing && !first.is_ascii_alphabetic() {
            // A comment or a stray `<`: a node or an error for the tree builder too.
            tags += 1;
            if tags > TAGS_MAX {
                return true;
            }
            continue;
        }
        if tags > TAGS_MAX {
            return true;
        }
        if closing {
            // An end tag without its element closes nothing.
            let name = name_of(&bytes[at + 1..]);
            if let Some((_, count)) =
                open.iter_mut().find(|(known, count)| *count > 0 && known.eq_ignore_ascii_case(name))
            {
                *count -= 1;
                depth -= 1;
            } else {
                // Browsers make an element of a stray `</p>` or `</br>`.
                tags += 1;
            }
            continue;
        }
        tags += 1;
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
        let name = name_of(&bytes[at..]);
        if !ends_by_itself(name) {
            depth += 1;
            match open.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some((_, count)) => *count += 1,
                None => open.push((name, 1)),
            }
            if depth > DEPTH_MAX || open.len() > NAMES_MAX {
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

/// The name at the beginning of a tag's inside.
fn name_of(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'<'));
    &tag[..end.unwrap_or(tag.len())]
}

/// Elements without content, and those that the next of their kind closes.
fn ends_by_itself(name: &[u8]) -> bool {
    [
        "br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track", "param",
        "p", "li", "dt", "dd", "tr", "td", "th", "option", "tbody", "thead", "tfoot",
    ]
    .iter()
    .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}
