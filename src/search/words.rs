//! Text as words: the one reading that indexing, asking and highlighting share.
//!
//! A word is a run of letters and digits, lower-cased and without accents; an ideograph is a word of its own. Beside
//! a word stands its stem, where the text's language has a stemmer and the stem differs. A stem is indexed at the
//! position of its word and marked by `=`, so that prefixes and typing errors are looked for among real words only.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer runs are keys, hashes and the like: nobody searches for them.
const WORD_BYTES_MAX: usize = 64;

/// Words of one language whose reading is remembered; nearly all of a text are among these.
const REMEMBERED_MAX: usize = 30_000;

/// Languages that are remembered at once.
const LANGUAGES_MAX: usize = 4;

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
pub(super) fn ranges(text: &str) -> Ranges<'_> {
    Ranges { text, at: 0 }
}

/// Finds words from the front.
pub(super) struct Ranges<'a> {
    text: &'a str,
    at: usize,
}

impl Ranges<'_> {
    /// The character that begins at a byte.
    fn letter(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at)? {
            byte if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.text.get(at..)?.chars().next(),
        }
    }
}

impl Iterator for Ranges<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let mut start = self.at;
            let mut first = self.letter(start)?;
            while !first.is_alphanumeric() {
                start += first.len_utf8();
                first = self.letter(start)?;
            }
            let mut end = start + first.len_utf8();
            while !is_ideograph(first)
                && let Some(letter) = self.letter(end)
                && !is_ideograph(letter)
                && (letter.is_alphanumeric() || is_combining_mark(letter))
            {
                end += letter.len_utf8();
            }
            self.at = end;
            if end - start <= WORD_BYTES_MAX {
                return Some(start..end);
            }
        }
    }
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
    places: HashMap<String, usize, RandomState>,
    words: Vec<Word>,
}

impl Reader {
    /// A reader for a language by its ISO 639-1 code; without stems where there is no stemmer for it.
    pub(super) fn new(language: &str) -> Self {
        let stemmer = frostem::Stemmer::try_from_name(language).ok();
        Self { language: language.to_owned(), stemmer, places: HashMap::default(), words: Vec::new() }
    }

    /// The code it was made for.
    pub(super) fn language(&self) -> &str {
        &self.language
    }

    /// A word of the text, exactly as it stands there.
    pub(super) fn read(&mut self, word: &str) -> &Word {
        let place = self.place(word);
        &self.words[place]
    }

    /// Where a word is remembered, until the next one is asked for.
    fn place(&mut self, word: &str) -> usize {
        if let Some(place) = self.places.get(word) {
            return *place;
        }
        if self.words.len() >= REMEMBERED_MAX {
            self.places.clear();
            self.words.clear();
        }
        let lower = word.to_lowercase();
        let plain = fold(&lower);
        let stem = self.stemmer.as_ref().map(|stemmer| fold(&stemmer.stem(&lower)));
        let stem = stem.filter(|stem| stem != &plain).map(|stem| format!("{STEM_MARK}{stem}"));
        self.places.insert(word.to_owned(), self.words.len());
        self.words.push(Word { plain, stem });
        self.words.len() - 1
    }
}

/// Readers that have read before: one search shows much the same words as the one before.
#[derive(Default)]
pub(super) struct Readers(Mutex<Vec<Reader>>);

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").finish_non_exhaustive()
    }
}

impl Readers {
    /// A reader for a language, for as long as it is needed.
    pub(super) fn take(&self, language: &str) -> Reader {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle.iter().position(|reader| reader.language == language);
        known.map_or_else(|| Reader::new(language), |at| idle.remove(at))
    }

    /// Keeps a reader for the next one.
    pub(super) fn put_back(&self, reader: Reader) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= LANGUAGES_MAX {
            idle.remove(0);
        }
        idle.push(reader);
    }
}

/// The tokenizer of the indexed fields, whose values are made by [`in_language`].
#[derive(Default)]
pub(super) struct WordTokenizer {
    /// One for each language read lately: a post's mentor is in none, its text in its own.
    readers: Vec<Reader>,
    token: Token,
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
        let place = self.readers.iter().position(|reader| reader.language == language).unwrap_or_else(|| {
            if self.readers.len() >= LANGUAGES_MAX {
                self.readers.remove(0);
            }
            self.readers.push(Reader::new(language));
            self.readers.len() - 1
        });
        self.token.reset();
        WordStream { text, ranges: ranges(text), reader: &mut self.readers[place], token: &mut self.token, stem: None }
    }
}

/// The words of one value, each followed by its stem at the same position.
pub(super) struct WordStream<'a> {
    text: &'a str,
    ranges: Ranges<'a>,
    reader: &'a mut Reader,
    token: &'a mut Token,
    /// The word whose stem comes next.
    stem: Option<usize>,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        if let Some(stem) = self.stem.take().and_then(|place| self.reader.words[place].stem.as_deref()) {
            self.token.text.clear();
            self.token.text.push_str(stem);
            return true;
        }
        let Some(range) = self.ranges.next() else { return false };
        let place = self.reader.place(&self.text[range.clone()]);
        let word = &self.reader.words[place];
        self.token.text.clear();
        self.token.text.push_str(&word.plain);
        self.token.position = self.token.position.wrapping_add(1);
        self.stem = word.stem.as_ref().map(|_| place);
        (self.token.offset_from, self.token.offset_to) = (range.start, range.end);
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
