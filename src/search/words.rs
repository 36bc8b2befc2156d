//! Text as words: the one reading that indexing, asking and highlighting share.
//!
//! A word is a run of letters and digits, lower-cased and without accents; an ideograph is a word of its own. Beside
//! a word stands its stem, where the text's language has a stemmer and the stem differs. A stem is indexed at the
//! position of its word and marked by `=`, so that prefixes and typing errors are looked for among real words only.

use std::collections::HashMap;
use std::ops::Range;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer runs are keys, hashes and the like: nobody searches for them.
const WORD_BYTES_MAX: usize = 64;

/// Words whose reading is remembered; the vocabulary of a language fits.
const REMEMBERED_MAX: usize = 100_000;

/// Stands before a stem in the index.
pub(super) const STEM_MARK: char = '=';

/// Ends the language that stands in front of an indexed value.
const LANGUAGE_END: char = '\n';

/// A word as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word {
    /// Lower case, without accents.
    pub(super) plain: String,
    /// Its stem without accents, marked, where it differs.
    pub(super) stem: Option<String>,
}

/// A value to index with the language it is written in: a field has one tokenizer, but each post its own language.
pub(super) fn in_language(language: Option<&str>, text: &str) -> String {
    let language = language.unwrap_or_default();
    [language, text].join(LANGUAGE_END.encode_utf8(&mut [0; 4]))
}

/// The ranges of the words of a text.
pub(super) fn ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let start = rest + text[rest..].find(char::is_alphanumeric)?;
            let mut letters = text[start..].char_indices();
            let first = letters.next().map_or('\0', |(_, first)| first);
            let ends = |(_, letter): &(usize, char)| {
                is_ideograph(first)
                    || is_ideograph(*letter)
                    || !(letter.is_alphanumeric() || is_combining_mark(*letter))
            };
            let end = letters.find(ends).map_or(text.len(), |(at, _)| start + at);
            rest = end;
            if end - start <= WORD_BYTES_MAX {
                return Some(start..end);
            }
        }
    })
}

/// Han, Hiragana, Katakana: written without spaces.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// A lower-case word without its accents.
fn fold(lower: &str) -> String {
    match lower.is_ascii() {
        true => lower.to_owned(),
        false => lower.nfd().filter(|letter| !is_combining_mark(*letter)).collect::<String>().replace('ß', "ss"),
    }
}

/// Reads words of one language, and remembers them: a few thousand words make up most of any text.
pub(super) struct Reader {
    language: String,
    stemmer: Option<frostem::Stemmer>,
    remembered: HashMap<String, Word>,
}

impl Reader {
    /// A reader for a language by its ISO 639-1 code; without stems where there is no stemmer for it.
    pub(super) fn new(language: &str) -> Self {
        let stemmer = frostem::Stemmer::try_from_name(language).ok();
        Self { language: language.to_owned(), stemmer, remembered: HashMap::new() }
    }

    /// The code it was made for.
    pub(super) fn language(&self) -> &str {
        &self.language
    }

    /// A word of the text, exactly as it stands there.
    pub(super) fn read(&mut self, word: &str) -> &Word {
        if !self.remembered.contains_key(word) {
            if self.remembered.len() >= REMEMBERED_MAX {
                self.remembered.clear();
            }
            let lower = word.to_lowercase();
            let plain = fold(&lower);
            let stem = self.stemmer.as_ref().map(|stemmer| fold(&stemmer.stem(&lower)));
            let stem = stem.filter(|stem| stem != &plain).map(|stem| format!("{STEM_MARK}{stem}"));
            self.remembered.insert(word.to_owned(), Word { plain, stem });
        }
        &self.remembered[word]
    }
}

/// The tokenizer of the indexed fields, whose values are made by [`in_language`].
pub(super) struct WordTokenizer {
    reader: Reader,
    token: Token,
}

impl Default for WordTokenizer {
    fn default() -> Self {
        Self { reader: Reader::new(""), token: Token::default() }
    }
}

impl Clone for WordTokenizer {
    /// What is remembered is not copied along.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, value: &'a str) -> WordStream<'a> {
        let (language, text) = value.split_once(LANGUAGE_END).unwrap_or(("", value));
        if self.reader.language != language {
            self.reader = Reader::new(language);
        }
        self.token.reset();
        let WordTokenizer { reader, token } = self;
        WordStream { text, ranges: Box::new(ranges(text)), reader, token, stem: None }
    }
}

/// The words of one value, each followed by its stem at the same position.
pub(super) struct WordStream<'a> {
    text: &'a str,
    ranges: Box<dyn Iterator<Item = Range<usize>> + 'a>,
    reader: &'a mut Reader,
    token: &'a mut Token,
    stem: Option<Range<usize>>,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let stem_of = self.stem.take();
        let Some(range) = stem_of.clone().or_else(|| self.ranges.next()) else { return false };
        let word = self.reader.read(&self.text[range.clone()]);
        self.token.text.clear();
        match (stem_of, &word.stem) {
            (Some(_), Some(stem)) => self.token.text.push_str(stem),
            (_, stem) => {
                self.token.text.push_str(&word.plain);
                self.token.position = self.token.position.wrapping_add(1);
                self.stem = stem.as_ref().map(|_| range.clone());
            }
        }
        self.token.offset_from = range.start;
        self.token.offset_to = range.end;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(language: &str, text: &str) -> Vec<(usize, String)> {
        let mut tokenizer = WordTokenizer::default();
        let value = in_language(Some(language), text);
        let mut stream = tokenizer.token_stream(&value);
        let mut words = Vec::new();
        while stream.advance() {
            words.push((stream.token().position, stream.token().text.clone()));
        }
        words
    }

    #[test]
    fn stems_stand_at_the_position_of_their_word() {
        let expected = [(0, "closing"), (0, "=close"), (1, "the"), (2, "deal")];
        assert_eq!(words("en", "Closing the deal"), expected.map(|(at, word)| (at, word.to_owned())));
    }

    #[test]
    fn accents_fall_away_and_ideographs_stand_alone() {
        let plain =
            |text| ranges(text).map(|range| Reader::new("").read(&text[range]).plain.clone()).collect::<Vec<_>>();
        assert_eq!(plain("Führung, Straße; cafe\u{301}"), ["fuhrung", "strasse", "cafe"]);
        assert_eq!(plain("销售 close成交"), ["销", "售", "close", "成", "交"]);
        assert_eq!(plain(&"x".repeat(WORD_BYTES_MAX + 1)), Vec::<String>::new());
    }
}
