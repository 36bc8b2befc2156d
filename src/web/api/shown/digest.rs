use super::deal::SignalShown;
use super::post::{CommentShown, PostShown};
use super::stage_schema;
use crate::model::{Digest, DigestDeal, Pick, Reason, Stage};
use crate::render::Links;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A post, or one of its comments, chosen for a deal.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct PickShown {
    /// The deal it is for.
    deal: String,
    /// The deal's name.
    deal_name: String,
    /// The post.
    post: PostShown,
    /// The comment, where the comment is the advice.
    comment: Option<CommentShown>,
    /// The stage of the deal that it serves.
    #[schema(schema_with = stage_schema)]
    stage: Stage,
    /// Why this, in one sentence.
    why: String,
    /// The sum of all terms.
    score: f32,
    /// Every term of the score, strongest first.
    reasons: Vec<ReasonShown>,
    /// Whether it stands in the slot that explores.
    explores: bool,
}

/// One named term of a score.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct ReasonShown {
    /// The term's name.
    term: String,
    /// What it adds; negative where it takes away.
    weight: f32,
    /// The fact behind it.
    text: String,
}

impl From<&Reason> for ReasonShown {
    fn from(reason: &Reason) -> Self {
        Self { term: reason.term.clone(), weight: reason.weight, text: reason.text.clone() }
    }
}

impl PickShown {
    /// A pick of a digest; none where its post is not in the digest any more.
    fn new(digest: &Digest, entry: &DigestDeal, pick: &Pick, links: &Links) -> Option<Self> {
        let comment = pick.comment_id.as_ref();
        Some(Self {
            deal: pick.deal_id.to_string(),
            deal_name: entry.deal.name.clone(),
            post: PostShown::new(digest.post(&pick.post_id)?, links),
            comment: comment
                .and_then(|id| digest.comments.iter().find(|comment| &comment.id == id))
                .map(CommentShown::from),
            stage: pick.stage,
            why: pick.why.clone(),
            score: pick.score,
            reasons: pick.reasons.iter().map(ReasonShown::from).collect(),
            explores: pick.explores,
        })
    }
}

impl PickShown {
    /// What tells it from the other picks of a digest.
    pub(in crate::web) fn key(&self) -> String {
        format!("{}:{}", self.deal, self.post.id())
    }
}

/// The picks of a digest in the order of the page.
pub(in crate::web) fn picks(digest: &Digest, links: &Links) -> Vec<PickShown> {
    digest.picks().filter_map(|(entry, pick)| PickShown::new(digest, entry, pick, links)).collect()
}

/// The picks of one week.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct DigestShown {
    /// The ISO week.
    #[schema(example = "2026-W48")]
    week: String,
    /// When it was built.
    #[schema(value_type = String, format = DateTime)]
    built_at: Timestamp,
    /// Its page.
    page: String,
    /// Deals in order of urgency, each with its picks.
    deals: Vec<DigestDealShown>,
}

/// One deal of a digest.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct DigestDealShown {
    /// The deal.
    deal: String,
    /// Its name.
    name: String,
    /// The stage shown beside its name.
    stage: Option<String>,
    /// What was noticed about it.
    signals: Vec<SignalShown>,
    /// Its picks, best first.
    picks: Vec<PickShown>,
    /// Why there is no pick, where there is none.
    nothing_because: Option<String>,
}

impl DigestShown {
    pub(in crate::web) fn new(digest: &Digest, links: &Links) -> Self {
        let deal = |entry: &DigestDeal| DigestDealShown {
            deal: entry.deal.id.to_string(),
            name: entry.deal.name.clone(),
            stage: entry.stage.map(|stage| stage.to_string()),
            signals: entry.signals.iter().map(SignalShown::from).collect(),
            picks: entry.picks.iter().filter_map(|pick| PickShown::new(digest, entry, pick, links)).collect(),
            nothing_because: entry.nothing_because.clone(),
        };
        Self {
            week: digest.week.to_string(),
            built_at: digest.built_at,
            page: links.digest(digest.week),
            deals: digest.deals.iter().map(deal).collect(),
        }
    }
}

/// A week that has a digest.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct WeekShown {
    /// The ISO week.
    #[schema(example = "2026-W48")]
    week: String,
    /// When it was built.
    #[schema(value_type = String, format = DateTime)]
    built_at: Timestamp,
    /// How many picks it has.
    picks: usize,
}

impl From<&Digest> for WeekShown {
    fn from(digest: &Digest) -> Self {
        Self { week: digest.week.to_string(), built_at: digest.built_at, picks: digest.picks().count() }
    }
}
