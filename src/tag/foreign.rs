//! German, French, Spanish and Portuguese: no model, but the terms of the trade in a small lexicon.

use super::read::quotable;
use super::{Term, Text, verdict};
use crate::model::{Stage, StageTag, Tagged};
use std::sync::LazyLock;

/// Bytes of a text that are looked at.
const BYTES_READ_MAX: usize = 4_000;
/// A term in the title counts so often.
const TITLE_WEIGHT: f32 = 2.0;
/// Points from which a stage is claimed.
const CLAIM_MIN: f32 = 1.0;
/// A further stage has at least this share of the first one's points.
const FURTHER_SHARE: f32 = 0.6;
/// Stages claimed.
const STAGES_MAX: usize = 2;
/// Points at which half of the certainty is reached.
const HALF_CERTAIN: f32 = 3.0;
/// The score that a lexicon can give at most; it knows less than the model.
const SCORE_MAX: f32 = 0.8;
/// Quotations of one stage.
const QUOTES_MAX: usize = 3;

/// The terms of one language.
pub(super) struct Words {
    code: &'static str,
    terms: Vec<(Stage, String)>,
}

static LANGUAGES: LazyLock<Vec<Words>> = LazyLock::new(|| {
    [
        ("de", include_str!("../../assets/tag/lexicon.de.txt")),
        ("fr", include_str!("../../assets/tag/lexicon.fr.txt")),
        ("es", include_str!("../../assets/tag/lexicon.es.txt")),
        ("pt", include_str!("../../assets/tag/lexicon.pt.txt")),
    ]
    .into_iter()
    .map(|(code, source)| Words { code, terms: parse(source) })
    .collect()
});

/// The terms of a language, where there are any.
pub(super) fn words(code: &str) -> Option<&'static Words> {
    LANGUAGES.iter().find(|words| words.code == code)
}

/// Lines of the form `stage: term, term`; a term matches at the start of a word, so that endings do not matter.
fn parse(source: &str) -> Vec<(Stage, String)> {
    source
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(stage, terms)| Some((stage.trim().parse::<Stage>().ok()?, terms)))
        .flat_map(|(stage, terms)| terms.split(',').map(move |term| (stage, term.trim().to_owned())))
        .filter(|(_, term)| !term.is_empty())
        .collect()
}

/// A term found: its stage, its points and the text's own words.
struct Found<'a> {
    stage: Stage,
    points: f32,
    quote: &'a str,
}

fn find<'a>(words: &Words, text: &Text<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for (part, points) in [(text.title, TITLE_WEIGHT), (text.text, 1.0)] {
        let part = head(part);
        let folded = fold(part);
        for (stage, term) in &words.terms {
            let Some(at) = folded
                .text
                .match_indices(term.as_str())
                .map(|(at, _)| at)
                .find(|at| folded.text[..*at].chars().next_back().is_none_or(|before| !before.is_alphanumeric()))
            else {
                continue;
            };
            found.push(Found { stage: *stage, points, quote: folded.original(part, at..at + term.len()) });
        }
    }
    found
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(BYTES_READ_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text in lower case, with the way back to the original.
struct Folded {
    text: String,
    /// For every byte of the folded text, the byte of the original that it comes from.
    from: Vec<usize>,
}

fn fold(text: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(text.len()), from: Vec::with_capacity(text.len()) };
    for (at, c) in text.char_indices() {
        folded.text.extend(c.to_lowercase());
        folded.from.resize(folded.text.len(), at);
    }
    folded
}

impl Folded {
    /// The original's words that cover this range of the folded text, whole to the end of the last word.
    fn original<'a>(&self, source: &'a str, range: std::ops::Range<usize>) -> &'a str {
        let start = self.from.get(range.start).copied().unwrap_or(0);
        let last = self.from.get(range.end.saturating_sub(1)).copied().unwrap_or(start);
        let tail = &source[last..];
        let end = tail.char_indices().find(|(at, c)| *at > 0 && !c.is_alphanumeric()).map_or(tail.len(), |(at, _)| at);
        &source[start..last + end]
    }
}

/// Up to two stages by the terms found; `general` is never claimed, no term means no tags.
pub(super) fn tag(words: &Words, text: &Text<'_>) -> Tagged {
    let found = find(words, text);
    let points = |stage: Stage| -> f32 {
        let prior = if text.prior.contains(&stage) { verdict::FOREIGN_NUDGE } else { 0.0 };
        found.iter().filter(|one| one.stage == stage).map(|one| one.points).sum::<f32>() + prior
    };
    let mut ranked: Vec<(Stage, f32)> = Stage::ALL.iter().map(|stage| (*stage, points(*stage))).collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    let most = ranked[0].1;
    ranked.retain(|(_, points)| *points >= CLAIM_MIN && *points >= most * FURTHER_SHARE);
    ranked.truncate(if ranked.first().is_some_and(|(stage, _)| *stage == Stage::Offtopic) { 1 } else { STAGES_MAX });
    let stages: Vec<StageTag> = ranked
        .into_iter()
        .map(|(stage, points)| {
            let mut evidence: Vec<String> = Vec::new();
            for one in found.iter().filter(|one| one.stage == stage && quotable(one.quote)) {
                if evidence.len() < QUOTES_MAX && !evidence.iter().any(|known| known.eq_ignore_ascii_case(one.quote)) {
                    evidence.push(one.quote.to_owned());
                }
            }
            StageTag { stage, score: SCORE_MAX * points / (points + HALF_CERTAIN), evidence }
        })
        .collect();
    Tagged { primary: stages.first().map(|tag| tag.stage), stages, ..Tagged::default() }
}

/// Every term found, with its points.
pub(super) fn explain(words: &Words, text: &Text<'_>) -> Vec<Term> {
    let term = |one: Found<'_>| Term { stage: one.stage, term: one.quote.to_lowercase(), weight: one.points };
    find(words, text).into_iter().map(term).collect()
}
