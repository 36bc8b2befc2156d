//! The text's own words that speak for a stage, found from the model's contributions.

use super::Term;
use super::features::Features;
use super::read::{Reading, quotable};
use super::weights::{Entry, STAGES, Weights};
use crate::model::{Stage, StageTag};
use std::ops::Range;

/// Quotations of one stage.
const QUOTES_MAX: usize = 3;
/// Words of a quotation.
const QUOTE_WORDS_MAX: usize = 5;
/// Characters of a quotation.
const QUOTE_CHARS_MAX: usize = 80;
/// A further quotation says at least this share of what the first one says.
const QUOTE_SHARE_MIN: f32 = 0.3;
/// A single word is worth this share of what it says: two to five words tell a reader more.
const LONE_WORD_SHARE: f32 = 0.75;
/// Terms shown for one stage when a tag is explained.
const TERMS_MAX: usize = 12;

/// The tag of a stage with its quotations, strongest first.
pub(super) fn tag(
    stage: Stage,
    score: f32,
    weights: &Weights,
    reading: &Reading<'_>,
    features: &Features,
    entries: &[Entry],
) -> StageTag {
    let says = per_word(stage, weights, reading, features, entries);
    StageTag { stage, score, evidence: quotes(reading, &says) }
}

/// What each feature adds to the stage's logit, beyond what it adds to all.
fn contribution(entry: &Entry, stage: Stage, weights: &Weights) -> f32 {
    let row = &weights.rows[entry.column];
    entry.value * (row[stage as usize] - row.iter().sum::<f32>() / STAGES as f32)
}

/// What each word says for the stage: every feature shares its contribution among the words that it covers.
fn per_word(
    stage: Stage,
    weights: &Weights,
    reading: &Reading<'_>,
    features: &Features,
    entries: &[Entry],
) -> Vec<f32> {
    let mut says = vec![0.0; reading.words.len()];
    for entry in entries {
        let covered: usize = places(entry, weights, features).map(|place| place.len()).sum();
        let share = contribution(entry, stage, weights) / covered.max(1) as f32;
        places(entry, weights, features).flat_map(Range::clone).for_each(|word| says[word] += share);
    }
    says
}

/// Where an entry stands in the reading.
fn places<'a>(entry: &Entry, weights: &Weights, features: &'a Features) -> impl Iterator<Item = &'a Range<usize>> {
    let column = entry.column.checked_sub(weights.vocabulary.keys.len());
    let occurrences = &features.occurrences[entry.occurrences.clone()];
    let hits = column.into_iter().flat_map(|column| features.hits_of_column(column));
    occurrences.iter().map(|one| &one.words).chain(hits.map(|hit| &hit.words))
}

/// The strongest phrases that do not overlap: whole words inside one clause, a function word at neither end.
fn quotes(reading: &Reading<'_>, says: &[f32]) -> Vec<String> {
    let words = &reading.words;
    let mut windows: Vec<(f32, Range<usize>)> = Vec::new();
    for start in (0..words.len()).filter(|start| !words[*start].stop) {
        let (mut content, mut sum) = (0, 0.0);
        for end in start + 1..=words.len().min(start + QUOTE_WORDS_MAX) {
            let last = &words[end - 1];
            if end > start + 1 && (last.opens || last.part != words[start].part) {
                break;
            }
            content += usize::from(!last.stop);
            sum += says[end - 1];
            if last.stop || sum <= 0.0 {
                continue;
            }
            // The square root prefers phrases to words, without padding them with words that say nothing.
            let strength = sum / libm::sqrtf((end - start) as f32) * if content == 1 { LONE_WORD_SHARE } else { 1.0 };
            windows.push((strength, start..end));
        }
    }
    let strongest = windows.iter().map(|window| window.0).max_by(f32::total_cmp).unwrap_or(0.0);
    // Most windows say next to nothing: only the few that may be quoted are put in order.
    windows.retain(|window| window.0 >= QUOTE_SHARE_MIN * strongest);
    windows.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.start.cmp(&other.1.start)));
    let mut quotes: Vec<(Range<usize>, String)> = Vec::new();
    for (_, window) in windows {
        if quotes.len() == QUOTES_MAX {
            break;
        }
        let quote = reading.quote(window.clone());
        let known = |(range, text): &(Range<usize>, String)| {
            (range.start < window.end && window.start < range.end) || text.eq_ignore_ascii_case(quote)
        };
        if quotable(quote) && quote.chars().count() <= QUOTE_CHARS_MAX && !quotes.iter().any(known) {
            quotes.push((window, quote.to_owned()));
        }
    }
    quotes.into_iter().map(|(_, quote)| quote).collect()
}

/// The terms that spoke loudest for and against a stage.
pub(super) fn terms(
    stage: Stage,
    weights: &Weights,
    reading: &Reading<'_>,
    features: &Features,
    entries: &[Entry],
) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for entry in entries {
        let weight = contribution(entry, stage, weights);
        let Some(first) = places(entry, weights, features).next() else { continue };
        let term = reading.quote(first.clone()).to_lowercase();
        match terms.iter_mut().find(|known| known.term == term) {
            Some(known) => known.weight += weight,
            None => terms.push(Term { stage, term, weight }),
        }
    }
    terms.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()).then(one.term.cmp(&other.term)));
    terms.truncate(TERMS_MAX);
    terms
}
