//! Which words of a text were found, and the piece of it that shows them.

use super::words::{self, Reader};
use foldhash::fast::RandomState;
use std::collections::HashSet;
use std::ops::Range;

/// Bytes of a snippet, about two lines on a page.
const SNIPPET_BYTES: usize = 240;

/// Bytes of a text among which a snippet is looked for.
const SEARCHED_BYTES_MAX: usize = 64 * 1024;

/// A text with marked places. The text is plain: escape it, or let [`Marked::html`] do so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Plain text.
    pub text: String,
    /// What to mark, as byte ranges between characters, in order and apart from each other.
    pub marks: Vec<Range<usize>>,
}

impl Marked {
    /// The pieces of the text in order, each with whether it is marked.
    pub fn pieces(&self) -> Vec<(&str, bool)> {
        let mut pieces = Vec::with_capacity(self.marks.len() * 2 + 1);
        let mut at = 0;
        for mark in &self.marks {
            pieces.push((&self.text[at..mark.start], false));
            pieces.push((&self.text[mark.clone()], true));
            at = mark.end;
        }
        pieces.push((&self.text[at..], false));
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces
    }

    /// As HTML: escaped, the marked places in `<mark>`.
    pub fn html(&self) -> String {
        let mut html = String::with_capacity(self.text.len() + self.marks.len() * 13);
        for (piece, marked) in self.pieces() {
            html.push_str(if marked { "<mark>" } else { "" });
            for letter in piece.chars() {
                match letter {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    '"' => html.push_str("&quot;"),
                    '\'' => html.push_str("&#39;"),
                    other => html.push(other),
                }
            }
            html.push_str(if marked { "</mark>" } else { "" });
        }
        html
    }
}

/// The words that were looked for, in every form in which the index has them.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// Words without accents, and stems with their mark.
    pub(super) words: HashSet<String, RandomState>,
    /// Words next to each other.
    pub(super) phrases: Vec<Vec<String>>,
}

impl Sought {
    /// Where a text holds what is sought: ranges with the words they stand for.
    fn find(&self, text: &str, reader: &mut Reader) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut passed: Vec<(Range<usize>, String)> = Vec::new();
        let keep = self.phrases.iter().map(Vec::len).max().unwrap_or(0);
        for range in words::ranges(text) {
            let word = reader.read(&text[range.clone()]);
            let sought =
                self.words.contains(&word.plain) || word.stem.as_ref().is_some_and(|stem| self.words.contains(stem));
            if keep > 0 {
                passed.push((range.clone(), word.plain.clone()));
                if passed.len() > keep {
                    passed.remove(0);
                }
                for phrase in &self.phrases {
                    let from = passed.len().saturating_sub(phrase.len());
                    let same = passed[from..].iter().map(|(_, word)| word).eq(phrase.iter());
                    if same {
                        found.retain(|earlier: &Range<usize>| earlier.start < passed[from].0.start);
                        found.push(passed[from].0.start..range.end);
                    }
                }
            }
            if sought && found.last().is_none_or(|last| last.end <= range.start) {
                found.push(range);
            }
        }
        found
    }

    /// The whole of a short text, marked.
    pub(super) fn mark(&self, text: &str, reader: &mut Reader) -> Marked {
        Marked { text: text.to_owned(), marks: self.find(text, reader) }
    }

    /// The piece of a text that shows most of what is sought, and how many different words it shows; the beginning
    /// where it shows none.
    pub(super) fn snippet(&self, text: &str, reader: &mut Reader) -> (Marked, usize) {
        let searched = &text[..text.floor_char_boundary(SEARCHED_BYTES_MAX)];
        let found = self.find(searched, reader);
        let mut best = (0, 0);
        for (at, first) in found.iter().enumerate() {
            let within = found[at..].iter().take_while(|mark| mark.end - first.start <= SNIPPET_BYTES);
            let different: HashSet<String> = within.map(|mark| searched[mark.clone()].to_lowercase()).collect();
            if different.len() > best.0 {
                best = (different.len(), at);
            }
        }
        let (shows, at) = best;
        let window = window(text, found.get(at).map_or(0, |mark| mark.start));
        let before = if window.start > 0 { "… " } else { "" };
        let after = if window.end < text.len() { " …" } else { "" };
        let shift =
            |mark: &Range<usize>| mark.start - window.start + before.len()..mark.end - window.start + before.len();
        let inside = found.iter().filter(|mark| mark.start >= window.start && mark.end <= window.end);
        let marks = inside.map(shift).collect();
        // Line breaks and tabs become spaces one for one, so that the marks stay where they are.
        let shown = text[window.clone()].replace(|letter: char| letter.is_ascii_whitespace(), " ");
        (Marked { text: [before, &shown, after].concat(), marks }, shows)
    }
}

/// A piece of the text around a place, cut between words where there are spaces.
fn window(text: &str, at: usize) -> Range<usize> {
    if text.len() <= SNIPPET_BYTES {
        return 0..text.len();
    }
    let back = text.floor_char_boundary(at.saturating_sub(SNIPPET_BYTES / 4));
    let start = match back {
        0 => 0,
        // A sentence may begin nearby; else the next word.
        back => {
            let lead = &text[back..at];
            let sentence = lead.rfind(". ").map(|dot| dot + 2);
            back + sentence.or_else(|| lead.find(' ').map(|space| space + 1)).unwrap_or(0)
        }
    };
    let far = text.floor_char_boundary((start + SNIPPET_BYTES).min(text.len()));
    let end = match far == text.len() {
        true => far,
        false => text[start..far].rfind(' ').map(|space| start + space).filter(|end| *end > at).unwrap_or(far),
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sought(words: &[&str], phrases: &[&[&str]]) -> Sought {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Sought { words: own(words).into_iter().collect(), phrases: phrases.iter().map(|phrase| own(phrase)).collect() }
    }

    #[test]
    fn marks_are_escaped_and_nothing_else_is_let_through() {
        let marked = sought(&["price"], &[]).mark("<b>Price</b> & 'price'", &mut Reader::new("en"));
        assert_eq!(marked.html(), "&lt;b&gt;<mark>Price</mark>&lt;/b&gt; &amp; &#39;<mark>price</mark>&#39;");
    }

    #[test]
    fn a_phrase_is_marked_as_one_and_only_where_it_stands_together() {
        let marked = sought(&[], &[&["next", "step"]]).mark("Next time, the next step", &mut Reader::new("en"));
        assert_eq!(marked.pieces(), [("Next time, the ", false), ("next step", true)]);
    }

    #[test]
    fn a_snippet_shows_the_place_with_most_words() {
        let filler = "Nothing of interest stands here. ".repeat(30);
        let text = format!("{filler}Price alone. {filler}Price and procurement meet. {filler}");
        let (marked, shows) = sought(&["price", "procurement"], &[]).snippet(&text, &mut Reader::new("en"));
        assert_eq!(shows, 2);
        assert!(marked.text.contains("Price and procurement meet."), "{marked:?}");
        assert!(marked.text.len() <= SNIPPET_BYTES + 8);
    }

    #[test]
    fn windows_never_cut_a_character() {
        let text = "äöü€😀".repeat(500);
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let window = window(&text, at);
            assert!(text.get(window).is_some_and(|piece| piece.len() <= SNIPPET_BYTES));
        }
    }
}
