use super::concepts::Concepts;
use super::index::{Doc, Index};
use super::reading::{Field, QueryTerm};
use super::score::{Scored, Wanted};
use super::words::{Stems, Word};
use crate::model::{Pick, Reason, SignalKind, Stage};

/// Words of a quotation.
const QUOTE_WORDS_MAX: usize = 12;
/// A words term below this share of its weight carries no sentence of its own.
const WORDS_SHARE_MIN: f32 = 0.3;
/// A term that adds less than this is not worth a line.
const REASON_MIN: f32 = 0.001;

/// The pick with its reasons and its one sentence.
pub(super) fn pick(index: &Index, wanted: &Wanted<'_>, scored: &Scored, explores: bool) -> Pick {
    let doc = &index.docs[scored.doc as usize];
    let text = doc.text();
    let shared = shared_terms(index, wanted, scored.doc);
    let quote = quote_of(&text, &shared).or_else(|| quote_of(&doc.card.title, &shared));
    let facts = Facts { wanted, doc, scored, shared: &shared, quote: quote.as_deref() };
    Pick {
        post_id: doc.card.post_id.clone(),
        comment_id: doc.comment.as_ref().map(|comment| comment.id.clone()),
        deal_id: wanted.deal.id.clone(),
        stage: scored.stage,
        score: scored.score,
        why: facts.sentence(),
        reasons: facts.reasons(),
        explores,
    }
}

/// The query terms that the document holds, heaviest first, with what each adds.
fn shared_terms<'w>(index: &Index, wanted: &'w Wanted<'_>, doc: u32) -> Vec<(&'w QueryTerm, f32)> {
    let terms = wanted.reading.terms.iter();
    let mut shared: Vec<_> =
        terms.map(|term| (term, index.word_weight(term, doc))).filter(|(_, weight)| *weight > 0.0).collect();
    shared.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.key.cmp(&b.0.key)));
    shared
}

struct Facts<'a> {
    wanted: &'a Wanted<'a>,
    doc: &'a Doc,
    scored: &'a Scored,
    shared: &'a [(&'a QueryTerm, f32)],
    quote: Option<&'a str>,
}

impl Facts<'_> {
    /// One plain sentence that quotes a phrase of the post and a field of the deal.
    fn sentence(&self) -> String {
        let what = if self.doc.comment.is_some() {
            "this comment"
        } else if self.doc.wiki {
            "our own wiki page"
        } else {
            "this post"
        };
        let strong = self.scored.terms.words >= WORDS_SHARE_MIN * self.wanted.weights.words;
        if let (true, Some((said, field)), Some(quote)) = (strong, self.said(), self.quote) {
            return format!("{} “{said}”, and {what} takes that up: “{quote}”.", says(field));
        }
        let evidence = self.evidence().map(|words| format!(": “{words}”")).unwrap_or_default();
        let stage = self.scored.stage;
        let signal = self.wanted.signals.iter().find(|signal| {
            stage == Stage::Revival && matches!(signal.kind, SignalKind::PastCloseDate | SignalKind::Stalled)
        });
        if let Some(signal) = signal {
            return format!("{} — {what} helps to {}{evidence}.", signal.sentence.trim_end_matches('.'), stage.work());
        }
        let label = &self.wanted.deal.stage_label;
        let crm_stage = self.wanted.deal.stages.iter().any(|weight| weight.stage == stage);
        match self.wanted.needs.because(stage).filter(|_| !crm_stage) {
            Some(because) => format!("{}, and {what} helps to {}{evidence}.", capital(because), stage.work()),
            None => format!("The deal is in “{label}”, and {what} helps to {}{evidence}.", stage.work()),
        }
    }

    /// The deal's own words that weigh most, with some words around them, and their field.
    fn said(&self) -> Option<(String, Field)> {
        let free = |field| matches!(field, Field::NextStep | Field::Notes | Field::Competitor | Field::Industry);
        let (term, _) = self.shared.iter().find(|(term, _)| free(term.field))?;
        let deal = self.wanted.deal;
        let text = match term.field {
            Field::NextStep => deal.next_step.as_deref()?,
            Field::Notes => deal.notes.as_deref()?,
            _ => return Some((term.quote.clone(), term.field)),
        };
        quote_of(text, self.shared).map(|quote| (quote, term.field))
    }

    /// The post's own words that speak for the stage.
    fn evidence(&self) -> Option<&str> {
        let of_stage = self.doc.tags.iter().find(|tag| tag.stage == self.scored.stage);
        of_stage.and_then(|tag| tag.evidence.first()).map(String::as_str)
    }

    /// Every term that moves the score, strongest first, with its fact.
    fn reasons(&self) -> Vec<Reason> {
        let named = self.scored.terms.named();
        let mut reasons: Vec<Reason> = named
            .into_iter()
            .filter(|(_, weight)| weight.abs() >= REASON_MIN)
            .map(|(term, weight)| Reason { term: term.to_owned(), weight, text: self.fact(term) })
            .collect();
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        reasons
    }

    fn fact(&self, term: &str) -> String {
        let deal = self.wanted.deal;
        let card = &self.doc.card;
        match term {
            "stage" => {
                let stage = self.scored.stage;
                let because = self.wanted.needs.because(stage).unwrap_or("it is the step beside the deal's own");
                let words = self.evidence().map(|words| format!(": “{words}”")).unwrap_or_default();
                format!("{} — the post serves {stage}{words}", capital(because))
            }
            "words" => {
                let words: Vec<String> =
                    self.shared.iter().take(5).map(|(term, _)| format!("“{}”", term.quote)).collect();
                format!("Shares with the deal: {}", words.join(", "))
            }
            "objection" => format!("Answers a concern about {}", card.facets.objections.join(", ")),
            "competitor" => format!("Names a competitor of the deal: {}", deal.competitors.join(", ")),
            "method" => format!("On the method that the notes name: {}", card.facets.methods.join(", ")),
            "industry" => format!("About the deal's industry: {}", card.facets.industries.join(", ")),
            "quality" => format!("A source trusted {:.0} of 100", card.trust * 100.0),
            "freshness" if self.doc.wiki => "Wiki pages do not age".to_owned(),
            "freshness" => format!("Dated {}", super::signals::day(self.doc.dated_at)),
            "wiki" => "A page of our own wiki".to_owned(),
            "note" => "A colleague left a note on it".to_owned(),
            _ => format!("Votes on {} and what is like it", card.title),
        }
    }
}

fn says(field: Field) -> &'static str {
    match field {
        Field::NextStep => "Your next step says",
        Field::Notes => "Your notes say",
        Field::Competitor => "You are up against",
        Field::Industry => "The buyer's industry is",
        Field::Name | Field::StageLabel => "The deal says",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The run of at most twelve words inside one sentence that holds the heaviest shared terms, verbatim.
fn quote_of(text: &str, shared: &[(&QueryTerm, f32)]) -> Option<String> {
    let words = Stems::default().words(text);
    let gains = gains(&words, shared);
    let mut best: Option<(f32, usize, usize)> = None;
    for (start, gain) in gains.iter().enumerate() {
        if *gain <= 0.0 {
            continue;
        }
        let mut sum = 0.0;
        for end in start..words.len().min(start + QUOTE_WORDS_MAX) {
            if end > start && breaks(&text[words[end - 1].span.1..words[end].span.0]) {
                break;
            }
            sum += gains[end];
            if gains[end] > 0.0 && best.is_none_or(|(known, ..)| sum > known) {
                best = Some((sum, start, end));
            }
        }
    }
    let (_, start, end) = best?;
    let (start, end) = widened(text, &words, start, end);
    text.get(words[start].span.0..words[end].span.1).map(|quote| quote.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What each word of a text adds: a term counts at its first place only.
fn gains(words: &[Word], shared: &[(&QueryTerm, f32)]) -> Vec<f32> {
    let mut gains = vec![0.0; words.len()];
    let concepts = Concepts::shipped();
    for hit in concepts.find(words) {
        let name = &concepts.all[hit.concept].name;
        let term = shared.iter().find(|(term, _)| term.key.strip_prefix('#') == Some(name));
        if let Some((_, weight)) = term {
            gains[hit.words.0] += weight;
        }
    }
    for (gain, word) in gains.iter_mut().zip(words) {
        if let Some((_, weight)) = shared.iter().find(|(term, _)| term.key == word.stem) {
            *gain += weight;
        }
    }
    gains
}

/// Takes words before and behind in, so that the quotation reads, as far as the sentence and the limit go.
fn widened(text: &str, words: &[Word], mut start: usize, mut end: usize) -> (usize, usize) {
    const READABLE_WORDS: usize = 8;
    while end - start + 1 < READABLE_WORDS {
        let behind = end + 1 < words.len() && !breaks(&text[words[end].span.1..words[end + 1].span.0]);
        let before = start > 0 && !breaks(&text[words[start - 1].span.1..words[start].span.0]);
        match (before, behind) {
            (_, true) => end += 1,
            (true, false) => start -= 1,
            (false, false) => break,
        }
    }
    (start, end)
}

/// Whether a sentence or line ends between two words.
fn breaks(between: &str) -> bool {
    between.contains(['.', '!', '?', '\n', ';', '|'])
}
