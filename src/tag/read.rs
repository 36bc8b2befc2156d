//! A text as the tagger reads it: words with their place, stemmed and hashed, the title and the first 250 words.

use foldhash::fast::RandomState;
use frostem::{Algorithm, Stemmer};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// Words of the text that are read; what follows adds length, not stages.
pub(super) const WORDS_READ_MAX: usize = 250;
/// Words of a title that are read.
const TITLE_WORDS_READ_MAX: usize = 40;
/// Bytes of title or text that are looked at, so that one endless word costs nothing.
const BYTES_READ_MAX: usize = 16 * 1024;
/// A longer run of letters is no word (base64, a hash, a hostile line) and is passed over.
const WORD_BYTES_MAX: usize = 40;

/// Words that a thread remembers with their stems: far more than one language uses in any crawl.
const REMEMBERED_MAX: usize = 32 * 1024;

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// In the title.
    Title,
    /// In the text.
    Text,
}

/// One word of a reading.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Hash of its stem: the only form in which features know a word.
    pub hash: u64,
    /// Where it stands.
    pub part: Part,
    /// Its bytes in the title or the text.
    pub at: Range<usize>,
    /// Whether punctuation that ends a phrase, or the end of the title, stands before it.
    pub opens: bool,
    /// Whether it is a function word, which says nothing alone and opens or closes no quotation.
    pub stop: bool,
}

/// A title and a text, read.
pub(super) struct Reading<'a> {
    title: &'a str,
    text: &'a str,
    /// The words in order, those of the title first.
    pub words: Vec<Word>,
    /// How many of them stand in the title.
    pub title_words: usize,
}

impl<'a> Reading<'a> {
    /// Reads a title and a text. Never fails, and takes time bounded by the limits above.
    pub fn of(title: &'a str, text: &'a str) -> Self {
        thread_local! {
            static STEMS: RefCell<Stems> = RefCell::new(Stems::new());
        }
        STEMS.with_borrow_mut(|stems| {
            let mut words = Vec::with_capacity(WORDS_READ_MAX + 16);
            read_part(title, Part::Title, TITLE_WORDS_READ_MAX, stems, &mut words);
            let title_words = words.len();
            read_part(text, Part::Text, WORDS_READ_MAX, stems, &mut words);
            Self { title, text, words, title_words }
        })
    }

    /// The post's own words from one word to another, verbatim; both stand in the same part.
    pub fn quote(&self, words: Range<usize>) -> &'a str {
        let (Some(first), Some(last)) = (self.words.get(words.start), words.end.checked_sub(1)) else { return "" };
        let source = match first.part {
            Part::Title => self.title,
            Part::Text => self.text,
        };
        self.words.get(last).and_then(|last| source.get(first.at.start..last.at.end)).unwrap_or("")
    }
}

/// What is known of words: the hash of the stem, and whether it is a function word. The same words come again and
/// again, and finding a stem costs more than everything else that is done with a word.
struct Stems {
    stemmer: Stemmer,
    known: HashMap<Box<str>, (u64, bool), RandomState>,
}

impl Stems {
    fn new() -> Self {
        Self { stemmer: Stemmer::new(Algorithm::English), known: HashMap::default() }
    }

    fn of(&mut self, lower: &str) -> (u64, bool) {
        if let Some(known) = self.known.get(lower) {
            return *known;
        }
        let found = (stem_hash(&self.stemmer, lower), STOP_WORDS.binary_search(&lower).is_ok());
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(lower.into(), found);
        found
    }
}

fn read_part(source: &str, part: Part, words_max: usize, stems: &mut Stems, words: &mut Vec<Word>) {
    let limit = words.len() + words_max;
    let mut reader = PartReader { part, stems, words, lower: String::new(), at: None, opens: true };
    for (at, c) in source.char_indices().take_while(|(at, _)| *at < BYTES_READ_MAX) {
        if c.is_alphanumeric() {
            reader.letter(c, at);
        } else if is_apostrophe(c) && reader.at.is_some() {
            reader.lower.push('\'');
        } else if !is_invisible(c) {
            reader.close();
            if reader.words.len() >= limit {
                return;
            }
            reader.opens |= ends_phrase(c);
        }
    }
    reader.close();
}

/// The word being read.
struct PartReader<'a> {
    part: Part,
    stems: &'a mut Stems,
    words: &'a mut Vec<Word>,
    lower: String,
    at: Option<Range<usize>>,
    opens: bool,
}

impl PartReader<'_> {
    fn letter(&mut self, c: char, at: usize) {
        let start = self.at.as_ref().map_or(at, |range| range.start);
        self.at = Some(start..at + c.len_utf8());
        if self.lower.len() <= WORD_BYTES_MAX {
            match c.is_ascii() {
                true => self.lower.push(c.to_ascii_lowercase()),
                false => self.lower.extend(c.to_lowercase()),
            }
        }
    }

    fn close(&mut self) {
        let Some(at) = self.at.take() else { return };
        let word = self.lower.trim_end_matches('\'');
        match word.len() <= WORD_BYTES_MAX {
            true => {
                let (hash, stop) = self.stems.of(word);
                let opens = std::mem::take(&mut self.opens);
                self.words.push(Word { hash, part: self.part, at, opens, stop });
            }
            false => self.opens = true,
        }
        self.lower.clear();
    }
}

/// Hash of a lower-case word's stem.
fn stem_hash(stemmer: &Stemmer, lower: &str) -> u64 {
    let bare = lower.strip_suffix("'s").unwrap_or(lower);
    hash(stemmer.stem(bare).as_bytes())
}

/// The hashes of a phrase's stems, in the form of `Word::hash`; for lexicons.
pub(super) fn phrase_hashes(phrase: &str) -> Vec<u64> {
    Reading::of("", phrase).words.iter().map(|word| word.hash).collect()
}

/// FNV-1a, 64 bits: the same on every machine, and stable over releases because the weights are stored by it.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// One hash of several, in order.
pub(super) fn join(kind: u64, hashes: &[u64]) -> u64 {
    hashes.iter().fold(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15), |joined, hash| {
        (joined.rotate_left(23) ^ hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

/// Characters that a reader does not see: they neither split a word nor belong to it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether a text can be quoted on a page: no control characters and nothing invisible inside.
pub(super) fn quotable(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_control() || is_invisible(c))
}

fn ends_phrase(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '-' | '/' | '&' | '%' | '$' | '€' | '£' | '#' | '@' | '+')
}

/// Function words, sorted.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "above",
    "after",
    "again",
    "against",
    "all",
    "also",
    "always",
    "am",
    "an",
    "and",
    "another",
    "any",
    "anything",
    "are",
    "aren't",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "can't",
    "cannot",
    "could",
    "couldn't",
    "did",
    "didn't",
    "do",
    "does",
    "doesn't",
    "doing",
    "don't",
    "down",
    "during",
    "each",
    "eight",
    "either",
    "else",
    "even",
    "ever",
    "every",
    "everything",
    "few",
    "first",
    "five",
    "for",
    "four",
    "from",
    "further",
    "get",
    "gets",
    "got",
    "had",
    "has",
    "hasn't",
    "have",
    "haven't",
    "having",
    "he",
    "he's",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "into",
    "is",
    "isn't",
    "it",
    "it'll",
    "it's",
    "its",
    "itself",
    "just",
    "last",
    "let",
    "let's",
    "like",
    "made",
    "make",
    "makes",
    "many",
    "may",
    "me",
    "might",
    "more",
    "most",
    "much",
    "must",
    "my",
    "myself",
    "neither",
    "never",
    "new",
    "nine",
    "no",
    "nor",
    "not",
    "nothing",
    "now",
    "of",
    "off",
    "often",
    "on",
    "once",
    "one",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "per",
    "rather",
    "really",
    "said",
    "same",
    "say",
    "says",
    "seven",
    "shall",
    "she",
    "she's",
    "should",
    "shouldn't",
    "six",
    "so",
    "some",
    "something",
    "still",
    "such",
    "ten",
    "than",
    "that",
    "that's",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "there's",
    "these",
    "they",
    "they'd",
    "they'll",
    "they're",
    "they've",
    "this",
    "those",
    "though",
    "three",
    "through",
    "to",
    "too",
    "two",
    "under",
    "until",
    "up",
    "upon",
    "us",
    "very",
    "was",
    "wasn't",
    "we",
    "we'd",
    "we'll",
    "we're",
    "we've",
    "were",
    "weren't",
    "what",
    "what's",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "who's",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won't",
    "would",
    "wouldn't",
    "yet",
    "you",
    "you'd",
    "you'll",
    "you're",
    "you've",
    "your",
    "yours",
    "yourself",
];
