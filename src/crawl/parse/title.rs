//! Titles: plain text, and one made of the text for posts that have none.

use super::raw::RawText;
use crate::crawl::text;

/// The longest title that is made of a text, in characters.
const MADE_CHARS_MAX: usize = 100;

/// A title element as one line of plain text.
pub(super) fn plain(raw: &RawText) -> String {
    if raw.html { text::line(&raw.value) } else { text::one_line(&raw.value) }
}

/// The title of a post without one: its first sentence, or as much of it as fits.
pub(in crate::crawl) fn of_text(body: &str) -> Option<String> {
    let first = body.lines().map(str::trim).find(|line| !line.is_empty())?;
    let sentence_end = first
        .char_indices()
        .find(|(at, c)| {
            matches!(c, '.' | '!' | '?' | '…') && *at >= 20 && first[at + c.len_utf8()..].starts_with([' ', '"', '”'])
        })
        .map(|(at, c)| at + c.len_utf8());
    let sentence = sentence_end.map_or(first, |end| &first[..end]);
    Some(text::cut(&text::one_line(sentence), MADE_CHARS_MAX))
}
