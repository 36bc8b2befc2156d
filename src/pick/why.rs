use super::index::Index;
use super::quote::{Quote, around};
use super::reading::{Field, QueryTerm};
use super::score::{Scored, Wanted};
use crate::model::{Comment, CommentId, Pick, Post, PostId, Reason, SignalKind, Stage, StageTag};
use jiff::Timestamp;
use std::collections::HashMap;

/// A words term below this share of its weight carries no sentence of its own.
const WORDS_SHARE_MIN: f32 = 0.3;
/// A term that adds less than this is not worth a line.
const REASON_MIN: f32 = 0.001;

/// Shared words that a reason names.
const WORDS_SHOWN: usize = 5;

/// Characters of a text that a quotation may come from.
const QUOTABLE_CHARS: usize = 6_000;

/// A document that was chosen for a deal. Stands by itself: the index may change before the reasons are written.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) post: PostId,
    comment: Option<CommentId>,
    wiki: bool,
    dated_at: Timestamp,
    scored: Scored,
    /// The deal's terms that the document holds, by their place in its reading, heaviest first; with what each adds.
    shared: Vec<(usize, f32)>,
    explores: bool,
}

impl Chosen {
    pub(super) fn of(index: &Index, wanted: &Wanted<'_>, scored: &Scored, explores: bool) -> Self {
        let doc = &index.docs[scored.doc as usize];
        let terms = &wanted.reading.terms;
        let weights = terms.iter().enumerate().map(|(at, term)| (at, index.word_weight(term, scored.doc)));
        let mut shared: Vec<_> = weights.filter(|(_, weight)| *weight > 0.0).collect();
        shared.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| terms[a.0].key.cmp(&terms[b.0].key)));
        Self {
            post: doc.card.post_id.clone(),
            comment: doc.comment.as_ref().map(|comment| comment.id.clone()),
            wiki: doc.wiki,
            dated_at: doc.dated_at,
            scored: scored.clone(),
            shared,
            explores,
        }
    }

    /// The pick with its reasons and its one sentence; none where the post or the comment is not among the texts, as it
    /// was removed meanwhile.
    pub(super) fn pick(&self, wanted: &Wanted<'_>, texts: &Texts<'_>) -> Option<Pick> {
        let post = *texts.posts.get(&self.post)?;
        let comment = match &self.comment {
            Some(id) => Some(*texts.comments.get(id)?),
            None => None,
        };
        let (text, tags) = match comment {
            Some(comment) => (&comment.text, &comment.tagged.stages),
            None => (&post.text, &post.tagged.stages),
        };
        let end = text.char_indices().nth(QUOTABLE_CHARS).map_or(text.len(), |(at, _)| at);
        let text = &text[..end];
        let shared: Vec<_> = self.shared.iter().map(|(at, weight)| (&wanted.reading.terms[*at], *weight)).collect();
        let quote = Quote::best(text, &shared).or_else(|| Quote::best(&post.title, &shared));
        let facts = Facts { wanted, chosen: self, post, tags, shared: &shared, quote: quote.as_ref(), text };
        Some(Pick {
            post_id: self.post.clone(),
            comment_id: self.comment.clone(),
            deal_id: wanted.deal.id.clone(),
            stage: self.scored.stage,
            score: self.scored.score,
            why: facts.sentence(),
            reasons: facts.reasons(),
            explores: self.explores,
        })
    }
}

/// What posts and comments say, as they stand in the store.
#[derive(Clone, Debug, Default)]
pub struct Texts<'a> {
    posts: HashMap<&'a PostId, &'a Post>,
    comments: HashMap<&'a CommentId, &'a Comment>,
}

impl<'a> Texts<'a> {
    /// The texts of these posts and comments.
    pub fn of(posts: &'a [Post], comments: &'a [Comment]) -> Self {
        Self {
            posts: posts.iter().map(|post| (&post.id, post)).collect(),
            comments: comments.iter().map(|comment| (&comment.id, comment)).collect(),
        }
    }
}

struct Facts<'a> {
    wanted: &'a Wanted<'a>,
    chosen: &'a Chosen,
    post: &'a Post,
    /// The stages of the document, which is the post or a comment below it.
    tags: &'a [StageTag],
    shared: &'a [(&'a QueryTerm, f32)],
    quote: Option<&'a Quote>,
    /// What the document says.
    text: &'a str,
}

impl Facts<'_> {
    /// One plain sentence that quotes a phrase of the post and a field of the deal.
    fn sentence(&self) -> String {
        let what = if self.chosen.comment.is_some() {
            "this comment"
        } else if self.chosen.wiki {
            "our own wiki page"
        } else {
            "this post"
        };
        let strong = self.chosen.scored.terms.words >= WORDS_SHARE_MIN * self.wanted.weights.words;
        if let (true, Some(quote)) = (strong, self.quote)
            && let Some((said, field)) = self.said(quote)
        {
            return format!("{} “{said}”, and {what} takes that up: “{}”.", says(field), quote.text);
        }
        let whole = |words: &str| around(self.text, words).unwrap_or_else(|| words.to_owned());
        let evidence = self.evidence().map(|words| format!(": “{}”", whole(words))).unwrap_or_default();
        let stage = self.chosen.scored.stage;
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
        let of_stage = self.tags.iter().find(|tag| tag.stage == self.chosen.scored.stage);
        of_stage.and_then(|tag| tag.evidence.first()).map(String::as_str)
    }

    /// Every term that moves the score, strongest first, with its fact.
    fn reasons(&self) -> Vec<Reason> {
        let named = self.chosen.scored.terms.named();
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
        let facets = &self.post.tagged.facets;
        match term {
            "stage" => {
                let stage = self.chosen.scored.stage;
                let because = self.wanted.needs.because(stage).unwrap_or("it is the step beside the deal's own");
                let words = self.evidence().map(|words| format!(": “{words}”")).unwrap_or_default();
                format!("{} — the post serves {stage}{words}", capital(because))
            }
            "words" => {
                // "Security review" says "review" too.
                let mut words: Vec<&str> = Vec::new();
                for (term, _) in self.shared {
                    let quote = term.quote.to_lowercase();
                    if words.len() < WORDS_SHOWN && !words.iter().any(|known| known.to_lowercase().contains(&quote)) {
                        words.push(&term.quote);
                    }
                }
                format!("Shares with the deal: “{}”", words.join("”, “"))
            }
            "objection" => format!("Answers a concern about {}", facets.objections.join(", ")),
            "competitor" => format!("Names a competitor of the deal: {}", deal.competitors.join(", ")),
            "method" => format!("On the method that the notes name: {}", facets.methods.join(", ")),
            "industry" => format!("About the deal's industry: {}", facets.industries.join(", ")),
            "quality" => format!("A source trusted {:.0} of 100", self.post.trust * 100.0),
            "freshness" if self.chosen.wiki => "Wiki pages do not age".to_owned(),
            "freshness" => format!("Dated {}", super::signals::day(self.chosen.dated_at)),
            "wiki" => "A page of our own wiki".to_owned(),
            "note" => "A colleague left a note on it".to_owned(),
            _ => format!("Votes on {} and what is like it", self.post.title),
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
