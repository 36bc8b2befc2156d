//! What training leaves behind: the vocabulary and a row of thirteen weights for every feature; one compact file.

use super::features::{Block, Features, LEXICON_COLUMNS, Occurrence};
use crate::model::Stage;
use std::ops::Range;

/// How many stages and labels are told apart.
pub(super) const STAGES: usize = Stage::ALL.len();
/// One number for each stage, in the order of `Stage::ALL`.
pub(super) type PerStage = [f32; STAGES];

/// First bytes of a weight file; the digit is the version of its form.
const MAGIC: &[u8; 8] = b"RIDETAG1";
/// Steps of a weight in the file, on each side of zero.
const STEPS: f32 = 127.0;

/// Keys are hashes, so their first bits part them evenly: so many bits find the handful among which a key stands.
const DRAWER_BITS: u32 = 14;

/// The features that training has seen, each with its share of texts.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    /// Sorted.
    pub keys: Vec<u64>,
    /// In how many training texts each occurs.
    pub texts_with: Vec<u16>,
    /// How many training texts there were.
    pub texts: u16,
    /// Where the keys of each drawer begin; one more entry for the end.
    drawers: Vec<u32>,
}

/// A feature of a reading that the vocabulary knows.
pub(super) struct Entry {
    /// Its row of weights.
    pub column: usize,
    /// Its value.
    pub value: f32,
    /// Where it stands: a range of `Features::occurrences`; empty for the columns of the lexicon.
    pub occurrences: Range<usize>,
}

impl Vocabulary {
    /// A vocabulary of sorted keys, each with its count of texts.
    pub fn new(keys: Vec<u64>, texts_with: Vec<u16>, texts: u16) -> Self {
        let before = |drawer: u64| keys.partition_point(|key| key >> (u64::BITS - DRAWER_BITS) < drawer) as u32;
        let drawers = (0..=1 << DRAWER_BITS).map(before).collect();
        Self { keys, texts_with, texts, drawers }
    }

    /// How many columns a reading has: the vocabulary, then those of the lexicon.
    pub fn columns(&self) -> usize {
        self.keys.len() + LEXICON_COLUMNS
    }

    /// The values of a reading: logarithmic counts times rarity, each block at unit length, then the lexicon.
    pub fn entries(&self, features: &Features) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut seen = 0;
        for block in Block::ALL {
            let from = entries.len();
            let mut squares = 0.0;
            for group in features.groups().filter(|group| group[0].block == block) {
                let occurrences = seen..seen + group.len();
                seen = occurrences.end;
                if let Some(column) = self.column(&group[0]) {
                    let value = (1.0 + libm::logf(group.len() as f32)) * self.rarity(column);
                    squares += value * value;
                    entries.push(Entry { column, value, occurrences });
                }
            }
            let scale = block.weight() / libm::sqrtf(squares).max(f32::MIN_POSITIVE);
            entries[from..].iter_mut().for_each(|entry| entry.value *= scale);
        }
        for (at, value) in features.lexicon_values().into_iter().enumerate().filter(|(_, value)| *value > 0.0) {
            entries.push(Entry { column: self.keys.len() + at, value, occurrences: 0..0 });
        }
        entries
    }

    fn column(&self, occurrence: &Occurrence) -> Option<usize> {
        let drawer = (occurrence.key >> (u64::BITS - DRAWER_BITS)) as usize;
        let (from, to) = (self.drawers[drawer] as usize, self.drawers[drawer + 1] as usize);
        self.keys[from..to].iter().position(|key| *key == occurrence.key).map(|at| from + at)
    }

    /// Inverse document frequency.
    fn rarity(&self, column: usize) -> f32 {
        libm::logf((1.0 + f32::from(self.texts)) / (1.0 + f32::from(self.texts_with[column]))) + 1.0
    }
}

/// A trained model.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    /// Which features it knows.
    pub vocabulary: Vocabulary,
    /// A row for each column.
    pub rows: Vec<PerStage>,
    /// Where each stage starts from.
    pub bias: PerStage,
    /// What logits are divided by, so that scores mean probabilities.
    pub temperature: f32,
}

/// A weight file that this build cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a stage model of this version; make one with `ridealong train`")]
pub struct NotAModel;

impl Weights {
    /// Knows nothing.
    pub fn empty() -> Self {
        let rows = vec![[0.0; STAGES]; LEXICON_COLUMNS];
        Self { vocabulary: Vocabulary::new(Vec::new(), Vec::new(), 0), rows, bias: [0.0; STAGES], temperature: 1.0 }
    }

    /// Believes the lexicon's phrases one for one.
    pub fn of_the_lexicon() -> Self {
        let mut weights = Self::empty();
        for (column, row) in weights.rows.iter_mut().enumerate() {
            row[column % STAGES] = 1.0;
        }
        weights
    }

    /// The file's form: magic, texts, temperature, bias, number of keys; keys, counts, then a scale and thirteen
    /// signed bytes for every column. All little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let vocabulary = &self.vocabulary;
        let mut out = MAGIC.to_vec();
        out.extend(vocabulary.texts.to_le_bytes());
        out.extend(self.temperature.to_le_bytes());
        self.bias.iter().for_each(|bias| out.extend(bias.to_le_bytes()));
        out.extend((vocabulary.keys.len() as u32).to_le_bytes());
        vocabulary.keys.iter().for_each(|key| out.extend(key.to_le_bytes()));
        vocabulary.texts_with.iter().for_each(|count| out.extend(count.to_le_bytes()));
        for row in &self.rows {
            let scale = row.iter().fold(0.0f32, |most, weight| most.max(weight.abs())) / STEPS;
            out.extend(scale.to_le_bytes());
            out.extend(row.map(|weight| if scale > 0.0 { libm::roundf(weight / scale) as i8 as u8 } else { 0 }));
        }
        out
    }

    /// Reads what `to_bytes` wrote.
    ///
    /// # Errors
    /// The bytes are something else, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAModel> {
        let mut bytes = Bytes(bytes.strip_prefix(MAGIC).ok_or(NotAModel)?);
        let texts = u16::from_le_bytes(bytes.take()?);
        let temperature = f32::from_le_bytes(bytes.take()?);
        let mut bias = [0.0; STAGES];
        for bias in &mut bias {
            *bias = f32::from_le_bytes(bytes.take()?);
        }
        let count = u32::from_le_bytes(bytes.take()?) as usize;
        if bytes.0.len() != count * (8 + 2) + (count + LEXICON_COLUMNS) * (4 + STAGES) {
            return Err(NotAModel);
        }
        let keys = (0..count).map(|_| bytes.take().map(u64::from_le_bytes)).collect::<Result<Vec<_>, _>>()?;
        let texts_with = (0..count).map(|_| bytes.take().map(u16::from_le_bytes)).collect::<Result<Vec<_>, _>>()?;
        let vocabulary = Vocabulary::new(keys, texts_with, texts);
        let rows = (0..vocabulary.columns())
            .map(|_| {
                let scale = f32::from_le_bytes(bytes.take()?);
                Ok(bytes.take::<STAGES>()?.map(|step| f32::from(step as i8) * scale))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { vocabulary, rows, bias, temperature })
    }

    /// The model as its file holds it, rounding included.
    pub fn rounded(&self) -> Self {
        Self::from_bytes(&self.to_bytes()).unwrap_or_else(|_| self.clone())
    }

    /// What the features say for each stage.
    pub fn logits(&self, entries: &[Entry]) -> PerStage {
        let mut logits = self.bias;
        for entry in entries {
            for (logit, weight) in logits.iter_mut().zip(&self.rows[entry.column]) {
                *logit += entry.value * weight;
            }
        }
        logits
    }
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], NotAModel> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(NotAModel)?;
        self.0 = rest;
        Ok(*head)
    }
}

/// Probabilities from logits.
pub(super) fn softmax(logits: PerStage, temperature: f32) -> PerStage {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, logit| most.max(*logit));
    let powers = logits.map(|logit| libm::expf((logit - most) / temperature));
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}
