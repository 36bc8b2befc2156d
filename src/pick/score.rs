use super::index::{Doc, Index};
use super::names::Name;
use super::needs::Needs;
use super::postings::Scores;
use super::reading::Reading;
use super::signals::signals_of;
use super::taste::Taste;
use super::trade;
use super::weights::{FRESH_DAYS_HALF, Weights};
use crate::model::{Deal, Signal, SignalKind, Stage};
use jiff::Timestamp;

const SECONDS_A_DAY: f32 = 86_400.0;

/// Everything about a deal that a post is held against.
pub(super) struct Wanted<'a> {
    pub(super) deal: &'a Deal,
    pub(super) signals: Vec<Signal>,
    pub(super) reading: Reading,
    pub(super) needs: Needs,
    pub(super) weights: &'a Weights,
    pub(super) now: Timestamp,
    /// Kinds of concern that the deal's words voice.
    objections: Vec<&'static str>,
    /// Sales methods that they name.
    methods: Vec<&'static str>,
    /// The deal's industry as the tagger's facets name it.
    industry: Option<&'static str>,
}

/// The terms of one score. Each is what it adds to the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Terms {
    pub(super) stage: f32,
    pub(super) words: f32,
    pub(super) objection: f32,
    pub(super) competitor: f32,
    pub(super) method: f32,
    pub(super) industry: f32,
    pub(super) quality: f32,
    pub(super) freshness: f32,
    pub(super) wiki: f32,
    pub(super) note: f32,
    pub(super) votes: f32,
}

impl Terms {
    pub(super) fn named(&self) -> [(&'static str, f32); 11] {
        [
            ("stage", self.stage),
            ("words", self.words),
            ("objection", self.objection),
            ("competitor", self.competitor),
            ("method", self.method),
            ("industry", self.industry),
            ("quality", self.quality),
            ("freshness", self.freshness),
            ("wiki", self.wiki),
            ("note", self.note),
            ("votes", self.votes),
        ]
    }

    pub(super) fn sum(&self) -> f32 {
        self.named().iter().map(|(_, weight)| weight).sum()
    }
}

/// A document with its score for one deal.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    pub(super) doc: u32,
    pub(super) score: f32,
    pub(super) terms: Terms,
    /// The stage that it serves the deal best with.
    pub(super) stage: Stage,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(deal: &'a Deal, now: Timestamp, weights: &'a Weights) -> Self {
        let reading = Reading::of(deal);
        let signals = signals_of(deal, &reading, now);
        let needs = Needs::of(deal, &signals, &reading, weights);
        let mut objections: Vec<&'static str> =
            reading.cues.iter().filter_map(|cue| cue.concept().objection.as_deref()).collect();
        if signals.iter().any(|signal| signal.kind == SignalKind::CompetitorNamed) {
            objections.push("competitor");
        }
        objections.sort_unstable();
        objections.dedup();
        let methods = trade::methods(&[deal.next_step.as_deref(), deal.notes.as_deref()]);
        let industry = deal.industry.as_deref().and_then(trade::industry);
        Self { deal, signals, reading, needs, weights, now, objections, methods, industry }
    }

    /// How much a document's stages are what the deal needs, 0 to about 1, and the one that helps most. The tagger's
    /// scores share one whole; so do stages that a person or a wiki page names, each of which is sure.
    pub(super) fn stage_match(&self, stages: &[(Stage, f32)]) -> (f32, Stage) {
        let whole = stages.iter().map(|(_, score)| score.max(0.0)).sum::<f32>().max(1.0);
        let mut sum = 0.0;
        let mut best = (0.0, stages.first().map_or(Stage::General, |(stage, _)| *stage));
        for (stage, score) in stages {
            let part = self.needs.get(*stage) * (score.max(0.0) / whole).powf(self.weights.doubt);
            sum += part;
            if part > best.0 {
                best = (part, *stage);
            }
        }
        (sum, best.1)
    }

    /// The score of one document. `restaged` is the stage that the rep has given the post.
    pub(super) fn score(&self, number: u32, doc: &Doc, words: f32, taste: Option<&Taste>) -> Scored {
        let weights = self.weights;
        let own;
        let stages = match taste.and_then(|taste| taste.stage_of(&doc.card.post_id)) {
            Some(stage) => {
                own = [(stage, 0.9)];
                &own[..]
            }
            None => &doc.stages,
        };
        let (matched, stage) = self.stage_match(stages);
        let marks = &doc.card.marks;
        let names = |list: &[Name], wanted: &str| list.iter().any(|name| **name == *wanted);
        let some = |fits: bool, weight: f32| if fits { weight } else { 0.0 };
        let age_days = (self.now.duration_since(doc.dated_at).as_secs_f32() / SECONDS_A_DAY).max(0.0);
        let fresh = if doc.wiki { 1.0 } else { (-age_days / FRESH_DAYS_HALF).exp2() };
        let terms = Terms {
            stage: weights.stage * matched,
            words: weights.words * words / (words + weights.words_half),
            objection: some(self.objections.iter().any(|kind| names(&marks.objections, kind)), weights.objection),
            competitor: some(
                self.deal.competitors.iter().any(|rival| {
                    marks.competitors.iter().any(|named| named.eq_ignore_ascii_case(rival))
                        || (!rival.is_empty() && doc.card.title.to_lowercase().contains(&rival.to_lowercase()))
                }),
                weights.competitor,
            ),
            method: some(self.methods.iter().any(|method| names(&marks.methods, method)), weights.method),
            industry: some(self.industry.is_some_and(|industry| names(&marks.industries, industry)), weights.industry),
            quality: weights.quality * doc.quality,
            freshness: weights.freshness * fresh,
            wiki: some(doc.wiki, weights.wiki),
            note: some(taste.is_some_and(|taste| taste.noted(&doc.card.post_id)), weights.note),
            votes: taste.map_or(0.0, |taste| taste.of(doc, stage, weights)),
        };
        Scored { doc: number, score: terms.sum(), terms, stage }
    }
}

/// Up to so many documents every one is looked at; above, only those that stand best for a needed stage or share most
/// words with the deal, so that picks never scan all posts.
const SCAN_DOCS_MAX: usize = 5_000;
/// Documents looked at for each stage that the deal really needs.
const STAGE_TIER: usize = 300;
/// A stage that is needed less draws no documents by itself; those that share words with the deal come all the same.
const TIER_NEED_MIN: f32 = 0.3;
/// Documents looked at because they share most words with the deal.
const WORDS_TIER: usize = 500;

/// Every document that could help, best first; at most `max`. `allowed` says what may be looked at at all.
pub(super) fn search(
    index: &Index,
    wanted: &Wanted<'_>,
    taste: Option<&Taste>,
    scores: &mut Scores,
    max: usize,
    allowed: impl Fn(u32, &Doc) -> bool,
) -> Vec<Scored> {
    let scans = index.docs.len() <= SCAN_DOCS_MAX;
    index.score_words(&wanted.reading.terms, if scans { usize::MAX } else { WORDS_TIER }, scores);
    let may = |number: &u32| {
        let doc = &index.docs[*number as usize];
        doc.alive && allowed(*number, doc)
    };
    let mut numbers: Vec<u32> = Vec::new();
    if scans {
        wanted.needs.stages().for_each(|(stage, _)| numbers.extend(index.of_stage(stage).filter(may)));
        numbers.extend(scores.touched().iter().copied().filter(may));
    } else {
        let needed = wanted.needs.stages().filter(|(_, need)| *need >= TIER_NEED_MIN);
        needed.for_each(|(stage, _)| numbers.extend(index.of_stage(stage).filter(may).take(STAGE_TIER)));
        numbers.extend(best_by_words(scores, may));
    }
    let restaged = taste.iter().flat_map(|taste| taste.restaged()).flat_map(|post| index.of_post(post));
    numbers.extend(restaged.filter(may));
    numbers.sort_unstable();
    numbers.dedup();
    index.complete_words(&wanted.reading.terms, &numbers, scores);
    let score = |number: u32| wanted.score(number, &index.docs[number as usize], scores.get(number), taste);
    best_of(index, numbers.into_iter().map(score).collect(), max)
}

/// The documents that share most words with the deal, in no order.
fn best_by_words(scores: &Scores, may: impl Fn(&u32) -> bool) -> Vec<u32> {
    let order = |a: &u32, b: &u32| scores.get(*b).total_cmp(&scores.get(*a)).then(a.cmp(b));
    let mut rest: Vec<u32> = scores.touched().to_vec();
    let mut best = Vec::new();
    // Asking whether a document may be looked at costs more than comparing points: only the best are asked for.
    while best.len() < WORDS_TIER && !rest.is_empty() {
        let more = (WORDS_TIER - best.len()).min(rest.len());
        rest.select_nth_unstable_by(more - 1, order);
        best.extend(rest.drain(..more).filter(&may));
    }
    best
}

/// The best, in order; of equals the one whose id comes first, so that the order of arrival does not matter.
fn best_of(index: &Index, mut best: Vec<Scored>, max: usize) -> Vec<Scored> {
    let order = |a: &Scored, b: &Scored| {
        let key = |scored: &Scored| {
            let doc = &index.docs[scored.doc as usize];
            (&doc.card.post_id, doc.comment.as_ref().map(|comment| &comment.id))
        };
        b.score.total_cmp(&a.score).then_with(|| key(a).cmp(&key(b)))
    };
    if best.len() > max && max > 0 {
        best.select_nth_unstable_by(max - 1, order);
        best.truncate(max);
    }
    best.sort_by(order);
    best
}
