use super::index::Doc;
use super::index::Index;
use super::weights::Weights;
use crate::model::{Act, Acts, Email, Note, PostId, Rep, SourceId, Stage, Verdict};
use std::collections::{HashMap, HashSet};

/// What a rep's own acts, the team's votes and colleagues' notes say about posts.
#[derive(Debug, Default)]
pub(super) struct Taste {
    own: Leaning,
    team: Leaning,
    restaged: HashMap<PostId, Stage>,
    noted: HashSet<PostId>,
}

/// Votes summed up by what the posts have in common.
#[derive(Debug, Default)]
struct Leaning {
    posts: HashMap<PostId, f32>,
    mentors: HashMap<String, f32>,
    sources: HashMap<SourceId, f32>,
    stages: HashMap<Stage, f32>,
}

/// Votes that say all there is to say; more change nothing.
const VOTES_FULL: f32 = 3.0;

impl Leaning {
    fn add(&mut self, index: &Index, post: &PostId, verdict: Verdict) {
        let vote = if verdict == Verdict::Useful { 1.0 } else { -1.0 };
        *self.posts.entry(post.clone()).or_default() += vote;
        let Some(doc) = index.of_post(post).next().map(|doc| &index.docs[doc as usize]) else { return };
        *self.sources.entry(doc.card.source_id.clone()).or_default() += vote;
        if let Some(mentor) = doc.mentor() {
            *self.mentors.entry(mentor.to_lowercase()).or_default() += vote;
        }
        if let Some((stage, _)) = doc.stages.first() {
            *self.stages.entry(*stage).or_default() += vote;
        }
    }

    /// From -1 to 1: the post itself counts most, its mentor more than its source, the stage least.
    fn of(&self, doc: &Doc, stage: Stage) -> f32 {
        let share = |votes: Option<&f32>| votes.map_or(0.0, |votes| (votes / VOTES_FULL).clamp(-1.0, 1.0));
        let mentor = doc.mentor().and_then(|mentor| self.mentors.get(&mentor.to_lowercase()));
        let sum = 0.4 * share(self.posts.get(&doc.card.post_id))
            + 0.3 * share(mentor)
            + 0.2 * share(self.sources.get(&doc.card.source_id))
            + 0.1 * share(self.stages.get(&stage));
        sum.clamp(-1.0, 1.0)
    }

    fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }
}

impl Taste {
    pub(super) fn of_rep(
        index: &Index,
        rep: &Rep,
        acts: &Acts,
        team_votes: &[(PostId, Verdict)],
        notes: &[Note],
    ) -> Self {
        let mut taste = Self::default();
        for (_, act) in &acts.acts {
            match act {
                Act::Vote { post, verdict, .. } => taste.own.add(index, post, *verdict),
                Act::Restage { post, stage } => {
                    taste.restaged.insert(post.clone(), *stage);
                }
                _ => {}
            }
        }
        team_votes.iter().for_each(|(post, verdict)| taste.team.add(index, post, *verdict));
        taste.noted = notes.iter().filter(|note| readable(note, rep)).map(|note| note.post.clone()).collect();
        taste
    }

    pub(super) fn of(&self, doc: &Doc, stage: Stage, weights: &Weights) -> f32 {
        let part =
            |leaning: &Leaning, weight: f32| if leaning.is_empty() { 0.0 } else { weight * leaning.of(doc, stage) };
        part(&self.own, weights.votes) + part(&self.team, weights.team_votes)
    }

    /// The stage that the rep says a post serves.
    pub(super) fn stage_of(&self, post: &PostId) -> Option<Stage> {
        if self.restaged.is_empty() { None } else { self.restaged.get(post).copied() }
    }

    pub(super) fn restaged(&self) -> impl Iterator<Item = &PostId> {
        self.restaged.keys()
    }

    pub(super) fn noted(&self, post: &PostId) -> bool {
        self.noted.contains(post)
    }
}

/// A colleague's note that this rep may read; one's own recommends nothing.
fn readable(note: &Note, rep: &Rep) -> bool {
    let own: &Email = &rep.email;
    &note.rep != own && note.audience.includes(rep.team.as_deref())
}
