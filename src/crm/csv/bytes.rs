use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// A file's text, and what had to be decided to read it.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) encoding: &'static str,
}

/// Decodes a file: by its byte order mark, else UTF-8, else windows-1252, which spreadsheets of Western Europe write.
/// None where it is not text at all.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    let (encoding, bom) = Encoding::for_bom(bytes).unwrap_or_else(|| (guess(bytes), 0));
    let (text, _) = encoding.decode_without_bom_handling(&bytes[bom..]);
    if text.contains('\0') {
        return None;
    }
    Some(Decoded { text, encoding: encoding.name() })
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    // UTF-16 without a mark: the header is ASCII in every layout, so every other byte is zero.
    let start = &bytes[..bytes.len().min(64) & !1];
    let zeros = |odd: usize| !start.is_empty() && start.iter().skip(odd).step_by(2).all(|byte| *byte == 0);
    if zeros(1) {
        UTF_16LE
    } else if zeros(0) {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

/// The separators that exports use.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// The separator: the one that stands most often outside quotes in one of the first lines; `sep=;` on a line of its own, as Excel
/// writes it, decides. Returns the text from the header on and the number of its first line.
pub(super) fn separator(text: &str) -> (char, &str, u64) {
    let mut rest = text;
    let mut line = 1;
    while let Some((first, after)) = rest.split_once('\n') {
        let first = first.trim();
        if let Some(separator) = first.strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
            return (separator, after, line + 1);
        }
        if !first.is_empty() {
            break;
        }
        rest = after;
        line += 1;
    }
    let count = |separator: char| first_lines(rest).map(|line| outside_quotes(line, separator)).max().unwrap_or(0);
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(',');
    (best, rest, line)
}

/// How often a separator stands outside quotes.
fn outside_quotes(line: &str, separator: char) -> usize {
    let mut quoted = false;
    let outside = |c: &char| {
        quoted ^= *c == '"';
        !quoted && *c == separator
    };
    line.chars().filter(outside).count()
}

/// The first record and, since reports put a title above it, the lines below it.
fn first_lines(text: &str) -> impl Iterator<Item = &str> {
    const LINES: usize = 6;
    let header = header_of(text);
    std::iter::once(header).chain(text[header.len()..].lines().filter(|line| !line.trim().is_empty()).take(LINES))
}

/// The first record: up to the first line break outside quotes.
fn header_of(text: &str) -> &str {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => return &text[..at],
            _ => {}
        }
    }
    text
}
