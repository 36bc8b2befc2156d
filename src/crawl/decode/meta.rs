//! The prescan for an encoding in the first bytes of a page (HTML, section 13.2.3.2).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far the prescan looks, in bytes. The standard asks for 1,024; browsers change their mind when they find it later.
const PRESCAN_BYTES_MAX: usize = 32 * 1024;

/// The encoding that a `meta` element or an XML prolog names, if any.
pub(super) fn prescan(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(PRESCAN_BYTES_MAX)];
    let mut at = 0;
    while at < head.len() {
        let rest = &head[at..];
        if rest.starts_with(b"<!--") {
            at += 2 + memchr::memmem::find(&rest[2..], b"-->")? + 3;
        } else if starts_with_name(rest, b"<meta") {
            at += 5;
            if let Some(found) = meta(head, &mut at) {
                return Some(found);
            }
        } else if rest[0] == b'<' && rest.get(1).is_some_and(|b| b.is_ascii_alphabetic())
            || rest.starts_with(b"</") && rest.get(2).is_some_and(|b| b.is_ascii_alphabetic())
        {
            while head.get(at).is_some_and(|b| !is_space(*b) && *b != b'>') {
                at += 1;
            }
            while attribute(head, &mut at).is_some() {}
        } else if rest.starts_with(b"<!") || rest.starts_with(b"</") || rest.starts_with(b"<?") {
            at += memchr::memchr(b'>', rest)? + 1;
        } else {
            at += 1;
        }
    }
    None
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn starts_with_name(rest: &[u8], name: &[u8]) -> bool {
    rest.len() > name.len()
        && rest[..name.len()].eq_ignore_ascii_case(name)
        && (is_space(rest[name.len()]) || rest[name.len()] == b'/')
}

fn meta(head: &[u8], at: &mut usize) -> Option<&'static Encoding> {
    let (mut pragma, mut needs_pragma, mut charset) = (false, None, None);
    let mut seen: Vec<Vec<u8>> = Vec::new();
    while let Some((name, value)) = attribute(head, at) {
        if seen.contains(&name) {
            continue;
        }
        match name.as_slice() {
            b"http-equiv" => pragma |= value == b"content-type",
            b"content" if charset.is_none() => {
                if let Some(found) = charset_in(&value) {
                    charset = Some(found);
                    needs_pragma = Some(true);
                }
            }
            b"charset" => {
                charset = Encoding::for_label(&value);
                needs_pragma = Some(false);
            }
            _ => {}
        }
        seen.push(name);
    }
    if needs_pragma? && !pragma {
        return None;
    }
    let charset = charset?;
    if charset == UTF_16BE || charset == UTF_16LE {
        Some(UTF_8)
    } else if charset.name() == "x-user-defined" {
        Some(WINDOWS_1252)
    } else {
        Some(charset)
    }
}

/// The charset inside the value of a `content` attribute (HTML, section 2.5.4).
fn charset_in(value: &[u8]) -> Option<&'static Encoding> {
    let mut rest = value;
    loop {
        let found = memchr::memmem::find(rest, b"charset")?;
        rest = rest[found + 7..].trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b"=") {
            rest = after.trim_ascii_start();
            break;
        }
    }
    let label = match rest.first()? {
        quote @ (b'"' | b'\'') => &rest[1..1 + memchr::memchr(*quote, &rest[1..])?],
        _ => &rest[..rest.iter().position(|b| is_space(*b) || *b == b';').unwrap_or(rest.len())],
    };
    Encoding::for_label(label)
}

/// The next attribute of a tag, lower-cased, or none at the tag's end; always moves on or ends.
fn attribute(head: &[u8], at: &mut usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let peek = |at: usize| head.get(at).copied();
    while peek(*at).is_some_and(|b| is_space(b) || b == b'/') {
        *at += 1;
    }
    if peek(*at)? == b'>' {
        return None;
    }
    let mut name = Vec::new();
    loop {
        let byte = peek(*at)?;
        if byte == b'=' && !name.is_empty() || is_space(byte) {
            break;
        }
        if matches!(byte, b'/' | b'>') {
            return Some((name, Vec::new()));
        }
        name.push(byte.to_ascii_lowercase());
        *at += 1;
    }
    while is_space(peek(*at)?) {
        *at += 1;
    }
    if peek(*at)? != b'=' {
        return Some((name, Vec::new()));
    }
    *at += 1;
    while is_space(peek(*at)?) {
        *at += 1;
    }
    let mut value = Vec::new();
    match peek(*at)? {
        quote @ (b'"' | b'\'') => {
            *at += 1;
            loop {
                let byte = peek(*at)?;
                *at += 1;
                if byte == quote {
                    return Some((name, value));
                }
                value.push(byte.to_ascii_lowercase());
            }
        }
        _ => {
            while !is_space(peek(*at)?) && peek(*at)? != b'>' {
                value.push(peek(*at)?.to_ascii_lowercase());
                *at += 1;
            }
            Some((name, value))
        }
    }
}
