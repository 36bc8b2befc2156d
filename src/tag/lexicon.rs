//! The terms of the trade: phrases that a seller knows to belong to a stage, and phrases that only look like it.

use super::phrases::Phrases;
use super::read::{Part, Word};
use crate::model::Stage;
use std::ops::Range;

/// A place where a phrase of the lexicon stands.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// The stage it speaks for.
    pub stage: Stage,
    /// How loudly.
    pub weight: f32,
    /// In the title or the text.
    pub part: Part,
    /// Its words.
    pub words: Range<usize>,
}

/// Phrases with the stages that they speak for.
pub(super) struct Lexicon(Phrases<(Stage, f32)>);

impl Lexicon {
    /// Reads the form of `assets/tag/lexicon.txt`: `[stage]` headings, then phrases between commas, each with an
    /// optional ` ^WEIGHT` (1 where none is given). `#` starts a comment. A phrase may stand under several stages.
    pub fn parse(source: &str) -> Self {
        let mut stage = None;
        let mut entries = Vec::new();
        for line in source.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                stage = name.parse::<Stage>().ok();
            } else if let Some(stage) = stage {
                entries.extend(line.split(',').map(|entry| {
                    let (phrase, weight) = entry.split_once('^').unwrap_or((entry, "1"));
                    (phrase, (stage, weight.trim().parse().unwrap_or(1.0)))
                }));
            }
        }
        Self(Phrases::new(entries))
    }

    /// Every phrase in these words.
    pub fn hits(&self, words: &[Word]) -> Vec<Hit> {
        let hit = |range: &Range<usize>, (stage, weight): &(Stage, f32)| {
            let part = words[range.start].part;
            Hit { stage: *stage, weight: *weight, part, words: range.clone() }
        };
        self.0.find(words).iter().flat_map(|(range, means)| means.iter().map(move |claim| hit(range, claim))).collect()
    }
}
