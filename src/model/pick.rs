use super::{CommentId, DealId, PostId, Signal, Stage};
use serde::{Deserialize, Serialize};

/// A Post (or one of its Comments) chosen for a Deal, with score and reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The post.
    pub post_id: PostId,
    /// The comment, where the comment is the advice.
    pub comment_id: Option<CommentId>,
    /// The deal it is for.
    pub deal_id: DealId,
    /// The stage of the deal that it serves.
    pub stage: Stage,
    /// The sum of the weights of all terms, before limits.
    pub score: f32,
    /// One plain sentence from the strongest terms that quotes checkable facts of post and deal.
    pub why: String,
    /// Every score term, strongest first.
    pub reasons: Vec<Reason>,
    /// Whether it stands in the slot that explores.
    pub explores: bool,
}

/// One named term of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The term's name, for example `stage`, `words`, `industry`, `freshness`.
    pub term: String,
    /// What it adds to the score (negative where it takes away).
    pub weight: f32,
    /// The fact behind it, as a sentence or phrase.
    pub text: String,
}

/// The picks of one deal.
#[derive(Clone, Debug, PartialEq)]
pub struct DealPicks {
    /// The deal.
    pub deal_id: DealId,
    /// The stage it is in; none where its CRM stage is unmapped.
    pub stage: Option<Stage>,
    /// What was noticed.
    pub signals: Vec<Signal>,
    /// Best first, at most three.
    pub picks: Vec<Pick>,
    /// Why there is none, as one sentence, where there is none.
    pub nothing_because: Option<String>,
}
