use super::concepts::{Concept, Concepts};
use super::words::{Stems, Word};
use crate::model::Deal;

/// The fields of a deal that hold words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    NextStep,
    Notes,
    Competitor,
    Industry,
    Name,
    StageLabel,
}

impl Field {
    /// The field as the beginning of a sentence.
    pub(super) fn title(self) -> &'static str {
        match self {
            Field::NextStep => "The next step",
            Field::Notes => "The notes",
            Field::Competitor => "The competitor",
            Field::Industry => "The industry",
            Field::Name => "The deal's name",
            Field::StageLabel => "The CRM stage",
        }
    }

    /// The beginning of a sentence about a concept in it.
    pub(super) fn speaks_of(self) -> String {
        format!("{} speak{} of", self.title(), if self == Field::Notes { "" } else { "s" })
    }

    /// How much the words of the field say about what the deal needs now.
    fn weight(self) -> f32 {
        match self {
            Field::NextStep => 1.0,
            Field::Notes => 0.8,
            Field::Competitor => 1.2,
            Field::Industry => 0.5,
            Field::Name => 0.3,
            Field::StageLabel => 0.1,
        }
    }
}

/// A concept that a deal's words hold.
#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub(super) concept: usize,
    pub(super) field: Field,
    /// The deal's own words.
    pub(super) quote: String,
}

impl Cue {
    pub(super) fn concept(&self) -> &'static Concept {
        &Concepts::shipped().all[self.concept]
    }
}

/// A stem or concept that is looked for in posts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QueryTerm {
    /// A stem, or `#` and a concept's name.
    pub(super) key: String,
    pub(super) weight: f32,
    pub(super) field: Field,
    /// The deal's own words.
    pub(super) quote: String,
}

/// A deal's own words, read once.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) cues: Vec<Cue>,
    pub(super) terms: Vec<QueryTerm>,
}

/// Words of free text that are read; the rest of a long note says it again.
const WORDS_MAX: usize = 250;
/// What a concept counts beside a plain word.
const CONCEPT_WEIGHT: f32 = 1.8;
/// What a word inside a concept's phrase adds beside the concept.
const INSIDE_WEIGHT: f32 = 0.5;

impl Reading {
    pub(super) fn of(deal: &Deal) -> Self {
        let mut stems = Stems::default();
        let mut reading = Self::default();
        let competitors = deal.competitors.join(", ");
        let fields = [
            (Field::NextStep, deal.next_step.as_deref()),
            (Field::Notes, deal.notes.as_deref()),
            (Field::Competitor, Some(competitors.as_str())),
            (Field::Industry, deal.industry.as_deref()),
            (Field::Name, Some(deal.name.as_str())),
            (Field::StageLabel, Some(deal.stage_label.as_str())),
        ];
        for (field, text) in fields {
            reading.read(field, text.unwrap_or_default(), &mut stems);
        }
        reading.drop_account(deal, &mut stems);
        reading
    }

    fn read(&mut self, field: Field, text: &str, stems: &mut Stems) {
        let mut words = stems.words(text);
        words.truncate(WORDS_MAX);
        let hits = Concepts::shipped().find(&words);
        for hit in &hits {
            let quote = quote(text, &words[hit.words.0..hit.words.1]);
            if matches!(field, Field::NextStep | Field::Notes) && !negated(&words[..hit.words.0]) {
                self.cues.push(Cue { concept: hit.concept, field, quote: quote.clone() });
            }
            self.add(Concepts::shipped().keys[hit.concept].to_string(), CONCEPT_WEIGHT * field.weight(), field, quote);
        }
        for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.stop) {
            let inside = hits.iter().any(|hit| (hit.words.0..hit.words.1).contains(&at));
            let weight = field.weight() * if inside { INSIDE_WEIGHT } else { 1.0 };
            self.add(word.stem.to_string(), weight, field, quote(text, std::slice::from_ref(word)));
        }
    }

    /// A term said again counts a little more, not twice.
    fn add(&mut self, key: String, weight: f32, field: Field, quote: String) {
        const AGAIN: f32 = 0.25;
        match self.terms.iter_mut().find(|term| term.key == key) {
            Some(term) => term.weight = term.weight.max(weight) + AGAIN * term.weight.min(weight),
            None => self.terms.push(QueryTerm { key, weight, field, quote }),
        }
    }

    /// The buyer's own name is no subject: posts about a "Harbor" are not about Harbor Ltd.
    fn drop_account(&mut self, deal: &Deal, stems: &mut Stems) {
        let account = stems.words(deal.account.as_deref().unwrap_or_default());
        self.terms
            .retain(|term| term.field == Field::Competitor || !account.iter().any(|word| *word.stem == *term.key));
    }
}

/// "no objections", "without procurement": what is not there needs no advice. A concept that is itself a lack ("no
/// budget") has its "no" inside.
fn negated(before: &[Word]) -> bool {
    before.last().is_some_and(|word| matches!(&*word.stem, "no" | "not" | "without" | "zero"))
}

fn quote(text: &str, words: &[Word]) -> String {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => text.get(first.span.0..last.span.1).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}
