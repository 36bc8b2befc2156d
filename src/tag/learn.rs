//! Training: the corpus in, weights out. Single-threaded and without chance, so that every machine gets the same bytes.

mod complement;
mod folds;
mod minimise;
mod settle;

pub use folds::{Split, folds};

use super::features::Features;
use super::gold::Gold;
use super::lexicon::Lexicon;
use super::read::Reading;
use super::weights::{PerStage, STAGES, Vocabulary, Weights};
use super::{Tagger, Text};
use crate::model::{Stage, Tagged};
use settle::Settled;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Trust in the data beside the pull of every weight to zero (the inverse strength of the L2 penalty).
const TRUST: f64 = 20.0;
/// The share of a text's label that its secondary stages get together.
const SECONDARY_SHARE: f64 = 0.2;
/// What the counted weights (`complement`) weigh beside the learned ones. Both are linear in the same features, so
/// their sum is one model; it beats either alone.
const COUNTED_SHARE: f64 = 2.0;
/// Sharp enough for a phrase of the lexicon to be a claim where nothing else speaks.
const LEXICON_TEMPERATURE: f32 = 0.05;
/// A feature is learned when at least so many texts have it: what one text alone says is chance.
const TEXTS_WITH_MIN: u16 = 2;
/// Fifths of the random split.
pub const FOLDS: usize = 5;

/// A text in the form the learner needs.
struct Example {
    entries: Vec<(usize, f64)>,
    target: [f64; STAGES],
}

/// What is trained; the simpler ones are there to be measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// The lexicon's phrases are counted, and nothing is learned.
    LexiconAlone,
    /// Words and pairs by TF-IDF into logistic regression, without lexicon and without counted weights.
    WordsAlone,
    /// What is shipped.
    Shipped,
}

/// Trains on labelled texts; temperature and the handicap of `offtopic` are chosen on texts of writers left out.
pub fn train(golds: &[Gold], recipe: Recipe) -> Tagger {
    let lexicon = recipe.lexicon();
    let settle = || settle::settle(golds, |rest| fit(rest, recipe, &lexicon), &lexicon);
    let settled = match recipe {
        Recipe::LexiconAlone => Settled { temperature: LEXICON_TEMPERATURE, handicap: 0.0 },
        Recipe::WordsAlone => Settled { handicap: 0.0, ..settle() },
        Recipe::Shipped => settle(),
    };
    train_at(golds, recipe, settled, &lexicon)
}

fn train_at(golds: &[Gold], recipe: Recipe, settled: Settled, lexicon: &Arc<Lexicon>) -> Tagger {
    let mut weights = fit(golds, recipe, lexicon);
    weights.temperature = settled.temperature;
    weights.bias[Stage::Offtopic as usize] -= settled.handicap;
    Tagger::new(weights.rounded(), lexicon.clone())
}

impl Recipe {
    fn lexicon(self) -> Arc<Lexicon> {
        Arc::new(if self == Recipe::WordsAlone { Lexicon::parse("") } else { super::shipped_lexicon() })
    }
}

/// Trains on all but one part and tags that part, for every part of every split: what the model says of texts it has
/// not seen, for each split in the order of the texts.
pub fn cross_validate<const N: usize>(golds: &[Gold], splits: [Split; N]) -> [Vec<Tagged>; N] {
    let recipe = Recipe::Shipped;
    let lexicon = recipe.lexicon();
    let settled = settle::settle(golds, |rest| fit(rest, recipe, &lexicon), &lexicon);
    splits.map(|split| {
        let mut tagged = vec![Tagged::default(); golds.len()];
        for held_out in folds(golds, split) {
            let tagger = train_at(&without(golds, &held_out), recipe, settled, &lexicon);
            for at in held_out {
                tagged[at] = tagger.tag(&Text::from_gold(&golds[at]));
            }
        }
        tagged
    })
}

/// The texts that stand in no held-out part.
pub fn without(golds: &[Gold], held_out: &[usize]) -> Vec<Gold> {
    golds.iter().enumerate().filter(|(at, _)| !held_out.contains(at)).map(|(_, gold)| gold.clone()).collect()
}

fn fit(golds: &[Gold], recipe: Recipe, lexicon: &Lexicon) -> Weights {
    if recipe == Recipe::LexiconAlone {
        return Weights::of_the_lexicon();
    }
    let features: Vec<Features> =
        golds.iter().map(|gold| Features::of(&Reading::of(&gold.title, &gold.text), lexicon)).collect();
    let vocabulary = vocabulary(&features);
    let examples: Vec<Example> = golds
        .iter()
        .zip(&features)
        .map(|(gold, features)| Example {
            entries: vocabulary.entries(features).iter().map(|entry| (entry.column, f64::from(entry.value))).collect(),
            target: target(gold),
        })
        .collect();
    let columns = vocabulary.columns();
    let solution = minimise::minimise(vec![0.0; (columns + 1) * STAGES], |at, gradient| loss(at, &examples, gradient));
    let counted = match recipe {
        Recipe::Shipped => complement::weights(&examples, vocabulary.keys.len()),
        Recipe::LexiconAlone | Recipe::WordsAlone => Vec::new(),
    };
    let row = |column: usize| -> PerStage {
        std::array::from_fn(|stage| {
            let counted = counted.get(column).map_or(0.0, |row| COUNTED_SHARE * row[stage]);
            (solution[column * STAGES + stage] + counted) as f32
        })
    };
    let mut bias = row(columns);
    if recipe == Recipe::Shipped {
        forget_shares(&mut bias, &examples);
    }
    Weights { rows: (0..columns).map(row).collect(), bias, vocabulary, temperature: 1.0 }
}

/// Takes out of the bias how often each stage stands in the corpus: that tells of its writers, not of what is
/// published. Every stage that has texts begins alike.
fn forget_shares(bias: &mut PerStage, examples: &[Example]) {
    for (stage, bias) in bias.iter_mut().enumerate() {
        let share = examples.iter().map(|example| example.target[stage]).sum::<f64>() / examples.len().max(1) as f64;
        // A stage without a text has no share to forget.
        if share > 0.0 {
            *bias -= libm::log(share) as f32;
        }
    }
}

fn vocabulary(features: &[Features]) -> Vocabulary {
    let mut texts_with: BTreeMap<u64, u16> = BTreeMap::new();
    for features in features {
        for group in features.groups() {
            let count = texts_with.entry(group[0].key).or_default();
            *count = count.saturating_add(1);
        }
    }
    texts_with.retain(|_, count| *count >= TEXTS_WITH_MIN);
    let texts = features.len().min(usize::from(u16::MAX)) as u16;
    Vocabulary::new(texts_with.keys().copied().collect(), texts_with.into_values().collect(), texts)
}

fn target(gold: &Gold) -> [f64; STAGES] {
    let others = if gold.secondary.is_empty() { 0.0 } else { SECONDARY_SHARE };
    let mut target = [0.0; STAGES];
    target[gold.primary as usize] = 1.0 - others;
    for stage in &gold.secondary {
        target[*stage as usize] += others / gold.secondary.len() as f64;
    }
    target
}

/// Cross-entropy of all examples and the penalty, with its gradient; the last row is the bias, which is free.
fn loss(at: &[f64], examples: &[Example], gradient: &mut [f64]) -> f64 {
    let bias_from = at.len() - STAGES;
    let mut loss = 0.0;
    for (slope, weight) in gradient[..bias_from].iter_mut().zip(at) {
        *slope = weight / TRUST;
        loss += weight * weight / (2.0 * TRUST);
    }
    gradient[bias_from..].fill(0.0);
    for example in examples {
        let mut logits = [0.0; STAGES];
        logits.copy_from_slice(&at[bias_from..]);
        for (column, value) in &example.entries {
            for (logit, weight) in logits.iter_mut().zip(&at[column * STAGES..]) {
                *logit += value * weight;
            }
        }
        let most = logits.iter().fold(f64::NEG_INFINITY, |most, logit| most.max(*logit));
        let sum: f64 = logits.iter().map(|logit| libm::exp(logit - most)).sum();
        let log_sum = most + libm::log(sum);
        let mut slopes = [0.0; STAGES];
        for stage in 0..STAGES {
            loss += example.target[stage] * (log_sum - logits[stage]);
            slopes[stage] = libm::exp(logits[stage] - log_sum) - example.target[stage];
            gradient[bias_from + stage] += slopes[stage];
        }
        for (column, value) in &example.entries {
            for (slope, own) in gradient[column * STAGES..].iter_mut().zip(&slopes) {
                *slope += value * own;
            }
        }
    }
    loss
}
