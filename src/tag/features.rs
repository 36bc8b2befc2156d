//! What the model looks at: stemmed words and pairs of words, those of the title once more, pairs with function words
//! between them, and the lexicon.

use super::lexicon::{Hit, Lexicon};
use super::read::{Part, Reading, Word, join};
use crate::model::Stage;
use std::ops::Range;

/// Columns that the lexicon fills: one for each stage over the title and the text, and one over the title alone.
pub(super) const LEXICON_COLUMNS: usize = 2 * Stage::ALL.len();
/// What the lexicon weighs beside the words.
const LEXICON_WEIGHT: f32 = 0.05;
/// Function words that may stand between the words of a loose pair ("price of the offer").
const GAP_WORDS_MAX: usize = 3;
/// What keeps the key of a loose pair from being that of a close one.
const LOOSE_KIND: u64 = 5;

/// The groups of features. Each is brought to unit length on its own, then weighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Block {
    /// Words and pairs of the title and the text.
    All,
    /// Words and pairs of the title alone.
    Title,
}

impl Block {
    /// Every block.
    pub const ALL: [Block; 2] = [Block::All, Block::Title];

    /// What the block weighs beside the first.
    pub fn weight(self) -> f32 {
        match self {
            Block::All => 1.0,
            Block::Title => 0.35,
        }
    }
}

/// One occurrence of a feature.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    /// Which feature.
    pub key: u64,
    /// Of which block.
    pub block: Block,
    /// The words of the reading that it covers.
    pub words: Range<usize>,
}

/// Everything that speaks in a reading.
pub(super) struct Features {
    /// Words and pairs, in order of their key, so that repeated ones stand together.
    pub occurrences: Vec<Occurrence>,
    /// Phrases of the lexicon.
    pub hits: Vec<Hit>,
}

impl Features {
    /// The features of a reading.
    pub fn of(reading: &Reading<'_>, lexicon: &Lexicon) -> Self {
        let words = &reading.words;
        let mut occurrences = Vec::with_capacity(2 * words.len() + 4 * reading.title_words);
        for at in 0..words.len() {
            for len in 1..=2 {
                let Some(gram) = words.get(at..at + len) else { continue };
                let hashes = [gram[0].hash, gram[len - 1].hash];
                // A pair that straddles the end of the title belongs to neither.
                if gram[0].part != gram[len - 1].part {
                    continue;
                }
                let blocks = if at < reading.title_words { 2 } else { 1 };
                for block in &Block::ALL[..blocks] {
                    let key = join(2 * *block as u64 + len as u64, &hashes[..len]);
                    occurrences.push(Occurrence { key, block: *block, words: at..at + len });
                }
            }
        }
        loose_pairs(words, &mut occurrences);
        occurrences.sort_unstable_by_key(|occurrence| (occurrence.block, occurrence.key, occurrence.words.start));
        Self { occurrences, hits: lexicon.hits(words) }
    }

    /// Each feature once, with all its occurrences.
    pub fn groups(&self) -> impl Iterator<Item = &[Occurrence]> {
        self.occurrences.chunk_by(|one, other| one.key == other.key && one.block == other.block)
    }

    /// The phrases behind a column of the lexicon.
    pub fn hits_of_column(&self, column: usize) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(move |hit| {
            column % Stage::ALL.len() == hit.stage as usize && (column < Stage::ALL.len() || hit.part == Part::Title)
        })
    }

    /// The columns of the lexicon: the phrases of each stage by weight, damped, so that the tenth says less than the
    /// first.
    pub fn lexicon_values(&self) -> [f32; LEXICON_COLUMNS] {
        let mut sums = [0.0; LEXICON_COLUMNS];
        for hit in &self.hits {
            sums[hit.stage as usize] += hit.weight;
            if hit.part == Part::Title {
                sums[Stage::ALL.len() + hit.stage as usize] += hit.weight;
            }
        }
        sums.map(|sum| LEXICON_WEIGHT * libm::logf(1.0 + sum))
    }
}

/// Two words that say something, with nothing but function words between them.
fn loose_pairs(words: &[Word], occurrences: &mut Vec<Occurrence>) {
    let telling = |at: &usize| !words[*at].stop;
    let mut before: Option<usize> = None;
    for at in (0..words.len()).filter(telling) {
        if let Some(first) = before.replace(at)
            && (2..=GAP_WORDS_MAX + 1).contains(&(at - first))
            && words[first].part == words[at].part
        {
            let key = join(LOOSE_KIND, &[words[first].hash, words[at].hash]);
            occurrences.push(Occurrence { key, block: Block::All, words: first..at + 1 });
        }
    }
}
