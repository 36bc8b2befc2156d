use super::concepts::Concepts;
use super::names::{Marks, Name, Names};
use super::postings::{Counts, Postings, Scores};
use super::reading::QueryTerm;
use super::weights::Weights;
use super::words::Stems;
use crate::model::{
    Audience, Comment, CommentId, CommentWorth, MentorRole, Post, PostId, SourceId, SourceKind, Stage, StageTag,
};
use foldhash::fast::RandomState;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Posts in another language are never picked; a post whose language is not known is.
const LANGUAGE: &str = "en";
/// Words of a post that are looked at.
const WORDS_MAX: usize = 2_000;
/// Words of all comments below a post that count for the post.
const COMMENT_WORDS_MAX: usize = 300;
/// A comment below this length is no advice of its own.
const COMMENT_WORDS_MIN: usize = 15;
/// A title's word counts like so many in the text.
const TITLE_FACTOR: u8 = 3;

/// What a post or a comment is to picking. There is one for every post, so it holds no text and nothing twice.
#[derive(Clone, Debug)]
pub(super) struct Doc {
    pub(super) alive: bool,
    /// Its stages with their scores, best first.
    pub(super) stages: Box<[(Stage, f32)]>,
    /// Trust, votes and comments, 0 to 1.
    pub(super) quality: f32,
    pub(super) dated_at: Timestamp,
    /// A wiki page: never ages, and is the company's own word.
    pub(super) wiki: bool,
    /// The rest, shared by a post and its comments.
    pub(super) card: Arc<Card>,
    pub(super) comment: Option<Box<CommentCard>>,
    /// Concepts that it speaks of, by their place among all, most often named first.
    pub(super) concepts: Box<[u16]>,
}

/// What is the same for a post and its comments.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) post_id: PostId,
    pub(super) source_id: SourceId,
    pub(super) audience: Audience,
    pub(super) title: Box<str>,
    pub(super) mentor: Option<Name>,
    pub(super) marks: Marks,
    pub(super) simhash: u64,
}

/// What is a comment's own.
#[derive(Clone, Debug)]
pub(super) struct CommentCard {
    pub(super) id: CommentId,
    pub(super) mentor: Option<Name>,
}

impl Doc {
    pub(super) fn mentor(&self) -> Option<&str> {
        self.comment.as_ref().map_or(&self.card.mentor, |comment| &comment.mentor).as_deref()
    }
}

/// A document's place among those of a stage: what it is worth to any deal of that stage, then the newest first.
type Place = (Reverse<u32>, Reverse<u32>);

/// All posts that can be picked, in memory, rebuilt from the store at start and kept up by `upsert` and `remove`.
#[derive(Default)]
pub struct Index {
    stems: Stems,
    names: Names,
    pub(super) docs: Vec<Doc>,
    /// The documents of each post, which stand side by side: the post, then its comments.
    by_post: HashMap<PostId, Range<u32>, RandomState>,
    /// The documents that claim each stage, those first that serve any deal of it best.
    by_stage: HashMap<Stage, BTreeSet<Place>>,
    /// Documents that are not for everyone.
    restricted: Vec<u32>,
    postings: Postings,
    dead: usize,
}

impl Index {
    /// An index without posts.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many posts can be picked.
    pub fn len(&self) -> usize {
        self.by_post.len()
    }

    /// How many posts can be picked, by primary stage; stages without one are left out.
    pub fn count_by_stage(&self) -> Vec<(Stage, usize)> {
        let mut counts: HashMap<Stage, usize> = HashMap::new();
        for doc in self.docs.iter().filter(|doc| doc.alive && doc.comment.is_none()) {
            if let Some((stage, _)) = doc.stages.first() {
                *counts.entry(*stage).or_default() += 1;
            }
        }
        counts.into_iter().collect()
    }

    /// Whether there is nothing to pick.
    pub fn is_empty(&self) -> bool {
        self.by_post.is_empty()
    }

    /// Takes in a post with its comments in place of what was known of it. Off-topic, thin, untagged and foreign ones
    /// are left out, and so are comments that say nothing of their own.
    pub fn upsert(&mut self, post: &Post, comments: &[Comment]) {
        self.remove(&post.id);
        if !can_be_picked(post) {
            return;
        }
        let useful: Vec<&Comment> = comments.iter().filter(|comment| comment.worth == CommentWorth::Useful).collect();
        let facets = &post.tagged.facets;
        let card = Arc::new(Card {
            post_id: post.id.clone(),
            source_id: self.names.source(&post.source_id),
            audience: post.audience.clone(),
            title: post.title.as_str().into(),
            mentor: post.mentor.as_deref().map(|mentor| self.names.one(mentor)),
            marks: Marks {
                objections: self.names.all(&facets.objections),
                methods: self.names.all(&facets.methods),
                industries: self.names.all(&facets.industries),
                competitors: self.names.all(&facets.competitors),
            },
            simhash: post.simhash,
        });
        let wiki = post.kind == SourceKind::Wiki || post.mentor_role == MentorRole::Wiki;
        let doc = Doc {
            alive: true,
            stages: stages_of(&post.tagged.stages),
            quality: quality(post.trust, useful.len(), votes_of(comments)),
            dated_at: post.dated_at(),
            wiki,
            card: card.clone(),
            comment: None,
            concepts: Box::default(),
        };
        let below: Vec<&str> = useful.iter().map(|comment| comment.text.as_str()).collect();
        self.add(doc, &post.title, &post.text, &below.join("\n"));
        for comment in useful {
            let primary = comment.tagged.primary;
            let advice = primary.is_some_and(|stage| Stage::OF_A_DEAL.contains(&stage))
                && comment.text.split_whitespace().nth(COMMENT_WORDS_MIN - 1).is_some();
            if advice {
                let doc = Doc {
                    alive: true,
                    stages: stages_of(&comment.tagged.stages),
                    quality: quality(post.trust, 0, comment.votes.unwrap_or(0)),
                    dated_at: comment.published_at.unwrap_or(post.dated_at()),
                    wiki: false,
                    card: card.clone(),
                    comment: Some(Box::new(CommentCard {
                        id: comment.id.clone(),
                        mentor: comment.mentor.as_deref().map(|mentor| self.names.one(mentor)),
                    })),
                    concepts: Box::default(),
                };
                self.add(doc, "", &comment.text, "");
            }
        }
    }

    /// Gives back memory that taking in many posts at once needed.
    pub fn trim(&mut self) {
        self.stems.forget();
        self.docs.shrink_to_fit();
        self.by_post.shrink_to_fit();
    }

    /// Takes a post and its comments out; nothing happens where it is not there.
    pub fn remove(&mut self, id: &PostId) {
        for doc in self.by_post.remove(id).into_iter().flatten() {
            self.docs[doc as usize].alive = false;
            self.dead += 1;
            self.postings.forget(doc);
        }
        /// Dead documents are swept out once they are this many and more than the living.
        const DEAD_MIN: usize = 1_000;
        if self.dead > DEAD_MIN && self.dead * 2 > self.docs.len() {
            self.sweep();
        }
    }

    fn add(&mut self, mut doc: Doc, title: &str, text: &str, below: &str) {
        let Ok(at) = u32::try_from(self.docs.len()) else { return };
        if at >= Postings::DOCS_MAX {
            return;
        }
        let mut counts = Counts::default();
        let mut concepts: HashMap<usize, u8> = HashMap::new();
        let mut length = 0;
        for (text, factor, most) in
            [(title, TITLE_FACTOR, WORDS_MAX), (text, 1, WORDS_MAX), (below, 1, COMMENT_WORDS_MAX)]
        {
            let mut words = self.stems.words(text);
            words.truncate(most);
            for hit in Concepts::shipped().find(&words) {
                let count = concepts.entry(hit.concept).or_default();
                *count = count.saturating_add(factor);
            }
            for word in words.into_iter().filter(|word| !word.stop) {
                let count = counts.entry(word.stem).or_default();
                *count = count.saturating_add(factor);
                length += u32::from(factor);
            }
        }
        let named = |at: &usize| Concepts::shipped().keys[*at].clone();
        counts.extend(concepts.iter().map(|(at, count)| (named(at), *count)));
        let mut concepts: Vec<(usize, u8)> = concepts.into_iter().collect();
        concepts.sort_by_key(|(concept, count)| (Reverse(*count), *concept));
        doc.concepts = concepts.into_iter().filter_map(|(concept, _)| u16::try_from(concept).ok()).collect();
        self.postings.add(at, length, counts);
        for (stage, score) in &doc.stages {
            self.by_stage.entry(*stage).or_default().insert((Reverse(standing(*score, &doc)), Reverse(at)));
        }
        if doc.card.audience != Audience::Everyone {
            self.restricted.push(at);
        }
        self.by_post.entry(doc.card.post_id.clone()).or_insert(at..at).end = at + 1;
        if self.docs.len() == self.docs.capacity() {
            self.docs.reserve_exact(room_for(self.docs.len()));
        }
        self.docs.push(doc);
    }

    /// Numbers the living documents anew and drops the dead.
    fn sweep(&mut self) {
        let mut numbers = vec![None; self.docs.len()];
        let mut next = 0u32;
        for (at, doc) in self.docs.iter().enumerate() {
            if doc.alive {
                numbers[at] = Some(next);
                next += 1;
            }
        }
        self.docs.retain(|doc| doc.alive);
        for places in self.by_stage.values_mut() {
            let moved = places.iter().filter_map(|(standing, Reverse(doc))| {
                numbers[*doc as usize].map(|number| (*standing, Reverse(number)))
            });
            *places = moved.collect();
        }
        for docs in self.by_post.values_mut() {
            // All of a post's documents die together.
            let first = numbers[docs.start as usize].unwrap_or_default();
            *docs = first..first + (docs.end - docs.start);
        }
        self.restricted.retain_mut(|doc| numbers[*doc as usize].inspect(|number| *doc = *number).is_some());
        self.postings.renumber(&numbers);
        self.dead = 0;
    }

    /// The numbers of a post's documents.
    pub(super) fn of_post(&self, id: &PostId) -> Range<u32> {
        self.by_post.get(id).cloned().unwrap_or_default()
    }

    /// The documents that claim a stage, those first that serve any deal of it best.
    pub(super) fn of_stage(&self, stage: Stage) -> impl Iterator<Item = u32> {
        self.by_stage.get(&stage).into_iter().flatten().map(|(_, Reverse(doc))| *doc)
    }

    /// The documents that are not for everyone.
    pub(super) fn restricted(&self) -> &[u32] {
        &self.restricted
    }

    /// BM25 of the documents that share a term with the query which few hold; of all, where those are not `enough`.
    pub(super) fn score_words(&self, query: &[QueryTerm], enough: usize, scores: &mut Scores) {
        self.postings.score(&keys(query), self.docs.len(), enough, scores);
    }

    /// Adds what the common terms of the query say to these documents, each given once.
    pub(super) fn complete_words(&self, query: &[QueryTerm], docs: &[u32], scores: &mut Scores) {
        self.postings.complete(&keys(query), docs, scores);
    }

    /// What one query term adds to one document.
    pub(super) fn word_weight(&self, term: &QueryTerm, doc: u32) -> f32 {
        self.postings.weight(&term.key, doc) * term.weight
    }
}

/// How much longer a list of so many becomes at once. Doubling would leave half of a large one empty.
pub(super) fn room_for(len: usize) -> usize {
    (len / 8).max(4)
}

fn keys(query: &[QueryTerm]) -> Vec<(&str, f32)> {
    query.iter().map(|term| (term.key.as_str(), term.weight)).collect()
}

/// What a document is worth to any deal of a stage that it claims with `score`, in thousandths.
fn standing(score: f32, doc: &Doc) -> u32 {
    let weights = Weights::SHIPPED;
    let wiki = if doc.wiki { weights.wiki } else { 0.0 };
    let worth = weights.stage * score.max(0.0).powf(weights.doubt) + weights.quality * doc.quality + wiki;
    (worth * 1_000.0) as u32
}

/// Whether a post is worth anything to a deal.
fn can_be_picked(post: &Post) -> bool {
    let known = post.tagged.primary.is_some_and(|stage| stage != Stage::Offtopic);
    let language = post.language.as_deref().is_none_or(|language| language == LANGUAGE || language.starts_with("en-"));
    known && language && !post.thin
}

fn stages_of(tags: &[StageTag]) -> Box<[(Stage, f32)]> {
    tags.iter().filter(|tag| tag.stage != Stage::Offtopic).map(|tag| (tag.stage, tag.score)).collect()
}

fn votes_of(comments: &[Comment]) -> i64 {
    comments.iter().filter_map(|comment| comment.votes).sum()
}

/// Trust counts most; a lively stream below a post and votes for it the rest, each with less and less effect.
fn quality(trust: f32, comments: usize, votes: i64) -> f32 {
    let lively = (comments as f32 / 5.0).min(1.0);
    let votes = (votes.max(0) as f32).ln_1p() / 100f32.ln_1p();
    (0.7 * trust + 0.2 * lively + 0.1 * votes.min(1.0)).clamp(0.0, 1.0)
}
