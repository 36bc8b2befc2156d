//! What is chosen on texts of writers that the weights have not seen: the temperature, and the handicap of `offtopic`.

use super::{FOLDS, Split, folds, without};
use crate::model::Stage;
use crate::tag::features::Features;
use crate::tag::gold::Gold;
use crate::tag::lexicon::Lexicon;
use crate::tag::read::Reading;
use crate::tag::weights::{PerStage, STAGES, Weights, softmax};

/// Temperatures that are tried, in hundredths.
const TEMPERATURES: std::ops::RangeInclusive<u32> = 5..=300;
/// Handicaps that are tried, in tenths of a logit.
const HANDICAPS: std::ops::RangeInclusive<u32> = 0..=40;
/// The share of texts called off topic that have to be so: a rep loses more by a post hidden than by one too many.
const OFFTOPIC_PRECISION_MIN: f32 = 0.90;
/// How much of what sources publish is taken to be off topic; an assumption.
const OFFTOPIC_SHARE: f32 = 0.125;

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settled {
    /// What logits are divided by, so that scores mean probabilities.
    pub temperature: f32,
    /// What `offtopic` has to be ahead by.
    pub handicap: f32,
}

/// Chooses on the texts of some writers by weights that `fit` has made of the other writers' texts.
pub(super) fn settle(golds: &[Gold], fit: impl Fn(&[Gold]) -> Weights, lexicon: &Lexicon) -> Settled {
    let mut held_out: Vec<(PerStage, Stage)> = Vec::new();
    for part in parts(golds) {
        let weights = fit(&without(golds, &part));
        held_out.extend(part.into_iter().map(|at| {
            let features = Features::of(&Reading::of(&golds[at].title, &golds[at].text), lexicon);
            (weights.logits(&weights.vocabulary.entries(&features)), golds[at].primary)
        }));
    }
    let handicap = handicap(&held_out);
    held_out.iter_mut().for_each(|(logits, _)| logits[Stage::Offtopic as usize] -= handicap);
    Settled { temperature: temperature(&held_out), handicap }
}

/// A few parts of whole writers; of texts, where there is one writer.
fn parts(golds: &[Gold]) -> Vec<Vec<usize>> {
    let writers = folds(golds, Split::Writer);
    if writers.len() < 2 {
        return folds(golds, Split::Random);
    }
    let mut parts = vec![Vec::new(); FOLDS.min(writers.len())];
    let count = parts.len();
    writers.into_iter().enumerate().for_each(|(at, writer)| parts[at % count].extend(writer));
    parts
}

/// The smallest handicap at which `offtopic` is right often enough.
fn handicap(held_out: &[(PerStage, Stage)]) -> f32 {
    let enough = |tenths: &u32| precision(held_out, *tenths as f32 / 10.0) >= OFFTOPIC_PRECISION_MIN;
    HANDICAPS.clone().find(enough).unwrap_or(*HANDICAPS.end()) as f32 / 10.0
}

/// How many of the texts called off topic are so, where the stages beside it are equally frequent.
fn precision(held_out: &[(PerStage, Stage)], handicap: f32) -> f32 {
    let mut texts = [0.0f32; STAGES];
    let mut called = [0.0f32; STAGES];
    for (logits, primary) in held_out {
        let offtopic = logits[Stage::Offtopic as usize] - handicap;
        let is_best = logits[..Stage::Offtopic as usize].iter().all(|other| *other < offtopic);
        texts[*primary as usize] += 1.0;
        called[*primary as usize] += f32::from(is_best);
    }
    let share = |stage: usize| called[stage] / texts[stage].max(1.0);
    let right = OFFTOPIC_SHARE * share(Stage::Offtopic as usize);
    let others = (0..STAGES).filter(|stage| *stage != Stage::Offtopic as usize);
    let wrong = (1.0 - OFFTOPIC_SHARE) * others.map(share).sum::<f32>() / (STAGES - 1) as f32;
    right / (right + wrong).max(f32::MIN_POSITIVE)
}

/// The temperature, in steps of a hundredth, at which held-out labels are least surprising.
fn temperature(held_out: &[(PerStage, Stage)]) -> f32 {
    let surprise = |hundredths: u32| -> f32 {
        let of = |(logits, primary): &(PerStage, Stage)| {
            -libm::logf(softmax(*logits, hundredths as f32 / 100.0)[*primary as usize].max(1e-9))
        };
        held_out.iter().map(of).sum()
    };
    let best = TEMPERATURES
        .map(|hundredths| (surprise(hundredths), hundredths))
        .min_by(|one, other| one.0.total_cmp(&other.0));
    best.map_or(1.0, |(_, hundredths)| hundredths as f32 / 100.0)
}
