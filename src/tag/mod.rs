//! Stage tags with evidence. Pure: the same text gets the same tags on every run and every machine.
//!
//! A text is read (`read`), its words and the terms of the trade become features (`features`, `lexicon`), trained
//! weights turn them into logits (`weights`), and the verdict keeps up to three stages (`verdict`), each with the
//! text's own words that speak for it (`evidence`). Training (`learn`) and measuring (`evaluate`) stand beside.

pub mod evaluate;
mod evidence;
mod facets;
mod features;
mod foreign;
pub mod gold;
mod language;
pub mod learn;
mod lexicon;
mod phrases;
mod read;
pub mod second_look;
mod verdict;
mod weights;

use crate::model::{Stage, Tagged};
use features::Features;
use lexicon::Lexicon;
use read::Reading;
use std::sync::{Arc, LazyLock};
pub use weights::NotAModel;
use weights::{PerStage, Weights};

/// The weights that `ridealong train` made of `corpus/stages`.
const SHIPPED_WEIGHTS: &[u8] = include_bytes!("../../assets/tag/weights.bin");
/// The terms of the trade.
const SHIPPED_LEXICON: &str = include_str!("../../assets/tag/lexicon.txt");

/// A comment of fewer words says too little to be tagged.
const COMMENT_WORDS_MIN: usize = 8;

/// What is to be tagged.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Plain text of the title; empty for comments.
    pub title: &'a str,
    /// Plain text; the first 250 words are read.
    pub text: &'a str,
    /// ISO 639-1 code, where known; else it is detected where the text is long enough.
    pub lang: Option<&'a str>,
    /// The stages that the source is known for, or the stages of the post above a comment: a nudge, never a verdict.
    pub prior: &'a [Stage],
    /// What kind of text.
    pub kind: Kind,
}

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A post.
    Post,
    /// A comment below one.
    Comment,
}

impl<'a> Text<'a> {
    /// A labelled text, without its label.
    pub fn from_gold(gold: &'a gold::Gold) -> Self {
        Self { title: &gold.title, text: &gold.text, lang: gold.lang.as_deref(), prior: &[], kind: Kind::Post }
    }
}

/// One term that spoke for or against a stage.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Term {
    /// The stage.
    pub stage: Stage,
    /// The text's own words, or the language's own term.
    pub term: String,
    /// Its share of the stage's logit; negative against.
    pub weight: f32,
}

/// Tags texts by stage. Cheap to clone; shared by threads.
#[derive(Clone)]
pub struct Tagger {
    weights: Arc<Weights>,
    lexicon: Arc<Lexicon>,
}

impl Tagger {
    /// The model that is built in; unpacked once in a process.
    pub fn shipped() -> Self {
        static SHIPPED: LazyLock<Tagger> = LazyLock::new(|| {
            let weights = Weights::from_bytes(SHIPPED_WEIGHTS).unwrap_or_else(|_| Weights::empty());
            Tagger::new(weights, Arc::new(shipped_lexicon()))
        });
        SHIPPED.clone()
    }

    /// A model that `ridealong train` wrote.
    ///
    /// # Errors
    /// The bytes are no model of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAModel> {
        Ok(Self::new(Weights::from_bytes(bytes)?, Arc::new(shipped_lexicon())))
    }

    /// The model as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.weights.to_bytes()
    }

    fn new(weights: Weights, lexicon: Arc<Lexicon>) -> Self {
        Self { weights: Arc::new(weights), lexicon }
    }

    /// The stages that a text serves, with evidence, and its facets. Total: hostile or empty text gets no tags.
    pub fn tag(&self, text: &Text<'_>) -> Tagged {
        match language::of(text) {
            language::Reads::English => self.tag_english(text),
            language::Reads::Foreign(words) => foreign::tag(words, text),
            language::Reads::Nothing => Tagged::default(),
        }
    }

    fn tag_english(&self, text: &Text<'_>) -> Tagged {
        let reading = Reading::of(text.title, text.text);
        if reading.words.is_empty() || (text.kind == Kind::Comment && reading.words.len() < COMMENT_WORDS_MIN) {
            return Tagged::default();
        }
        let features = Features::of(&reading, &self.lexicon);
        let entries = self.weights.vocabulary.entries(&features);
        if entries.is_empty() {
            return Tagged::default();
        }
        let scores = self.scores(text, &entries);
        let stages = verdict::stages(&scores)
            .into_iter()
            .map(|stage| evidence::tag(stage, scores[stage as usize], &self.weights, &reading, &features, &entries))
            .collect::<Vec<_>>();
        Tagged {
            primary: stages.first().map(|tag| tag.stage),
            stages,
            facets: facets::of(&reading),
            ..Tagged::default()
        }
    }

    fn scores(&self, text: &Text<'_>, entries: &[weights::Entry]) -> PerStage {
        let mut logits = self.weights.logits(entries);
        verdict::nudge(&mut logits, text.prior, text.kind);
        weights::softmax(logits, self.weights.temperature)
    }

    /// The probability of every stage, in the order of `Stage::ALL`; none where the text is not tagged in English.
    pub fn probabilities(&self, text: &Text<'_>) -> Option<[f32; Stage::ALL.len()]> {
        let reading = Reading::of(text.title, text.text);
        let entries = self.weights.vocabulary.entries(&Features::of(&reading, &self.lexicon));
        (!entries.is_empty()).then(|| self.scores(text, &entries))
    }

    /// The terms that spoke loudest for and against each claimed stage, strongest first.
    pub fn explain(&self, text: &Text<'_>) -> Vec<Term> {
        match language::of(text) {
            language::Reads::English => {
                let reading = Reading::of(text.title, text.text);
                let features = Features::of(&reading, &self.lexicon);
                let entries = self.weights.vocabulary.entries(&features);
                let claimed = self.tag_english(text).stages;
                let terms = |stage| evidence::terms(stage, &self.weights, &reading, &features, &entries);
                claimed.iter().flat_map(|tag| terms(tag.stage)).collect()
            }
            language::Reads::Foreign(words) => foreign::explain(words, text),
            language::Reads::Nothing => Vec::new(),
        }
    }
}

fn shipped_lexicon() -> Lexicon {
    Lexicon::parse(SHIPPED_LEXICON)
}
