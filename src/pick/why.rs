use super::index::{Doc, Index};
use super::quote::{Quote, around};
use super::reading::{Field, QueryTerm};
use super::score::{Scored, Wanted};
use crate::model::{Pick, Reason, SignalKind, Stage};

/// A words term below this share of its weight carries no sentence of its own.
const WORDS_SHARE_MIN: f32 = 0.3;
/// A term that adds less than this is not worth a line.
const REASON_MIN: f32 = 0.001;

/// The pick with its reasons and its one sentence.
pub(super) fn pick(index: &Index, wanted: &Wanted<'_>, scored: &Scored, explores: bool) -> Pick {
    let doc = &index.docs[scored.doc as usize];
    let text = doc.text();
    let shared = shared_terms(index, wanted, scored.doc);
    let quote = Quote::best(&text, &shared).or_else(|| Quote::best(&doc.card.title, &shared));
    let facts = Facts { wanted, doc, scored, shared: &shared, quote: quote.as_ref(), text: &text };
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
    quote: Option<&'a Quote>,
    /// What the document says.
    text: &'a str,
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
        if let (true, Some(quote)) = (strong, self.quote)
            && let Some((said, field)) = self.said(quote)
        {
            return format!("{} “{said}”, and {what} takes that up: “{}”.", says(field), quote.text);
        }
        let whole = |words: &str| around(self.text, words).unwrap_or_else(|| words.to_owned());
        let evidence = self.evidence().map(|words| format!(": “{}”", whole(words))).unwrap_or_default();
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

    /// The deal's own words that the post's quotation takes up, and their field: the next step or the notes, whichever
    /// shares more with it, else a competitor or the industry.
    fn said(&self, quote: &Quote) -> Option<(String, Field)> {
        let deal = self.wanted.deal;
        let taken_up: Vec<_> = self.shared.iter().filter(|(term, _)| quote.keys.contains(&term.key)).copied().collect();
        // Of equals the last wins: the next step.
        let free = [(Field::Notes, &deal.notes), (Field::NextStep, &deal.next_step)];
        let quotes =
            free.into_iter().filter_map(|(field, text)| Some((Quote::best(text.as_deref()?, &taken_up)?, field)));
        let best = quotes.max_by(|a, b| a.0.gain.total_cmp(&b.0.gain));
        if let Some((said, field)) = best {
            return Some((said.text, field));
        }
        let named = taken_up.iter().find(|(term, _)| matches!(term.field, Field::Competitor | Field::Industry));
        named.map(|(term, _)| (term.quote.clone(), term.field))
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
