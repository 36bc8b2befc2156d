use super::{Comment, Note};
use super::{Commitment, Deal, Email, IsoWeek, Pick, Play, Post, PostId, Signal, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The Picks for one Rep and one week, with everything a page, a mail or a feed shows of them.
///
/// It is self-contained: rendering needs nothing but this value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Whose it is.
    pub rep: Email,
    /// The name to greet.
    pub rep_name: String,
    /// The rep's IANA zone: every date a person reads is in it.
    pub zone: String,
    /// The period.
    pub week: IsoWeek,
    /// When it was built.
    pub built_at: Timestamp,
    /// Commitments that are due.
    pub commitments: Vec<Commitment>,
    /// Deals that need the rep's eye, before any advice.
    pub pipeline: Vec<PipelineCheck>,
    /// Deals in order of urgency, each with its picks; deals without a pick say why.
    pub deals: Vec<DigestDeal>,
    /// The play of the week of the rep's team; its post is among `posts`.
    #[serde(default)]
    pub play: Option<Play>,
    /// Posts of the picks, each once.
    pub posts: Vec<Post>,
    /// The best comment of a picked post, and comments that are picks themselves.
    pub comments: Vec<Comment>,
    /// Colleagues' notes on picked posts that this rep may see.
    pub notes: Vec<Note>,
    /// Names of the sources of `posts` by id.
    pub source_names: Vec<(String, String)>,
    /// When deals were last imported, to say that they are old; none where there are none.
    pub deals_imported_at: Option<Timestamp>,
}

impl Digest {
    /// The post with this id.
    pub fn post(&self, id: &PostId) -> Option<&Post> {
        self.posts.iter().find(|post| &post.id == id)
    }

    /// The name of a source, or its id where it is no longer listed.
    pub fn source_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.source_names.iter().find(|(known, _)| known == id).map_or(id, |(_, name)| name)
    }

    /// All picks in the order of the page.
    pub fn picks(&self) -> impl Iterator<Item = (&DigestDeal, &Pick)> {
        self.deals.iter().flat_map(|deal| deal.picks.iter().map(move |pick| (deal, pick)))
    }

    /// The picks that the mail carries, in the page's order: three to five, one a source, at most ten minutes of
    /// reading in all. Among the sets that keep to this it is the one with the best scores; where every piece is
    /// longer than ten minutes, it is the best piece alone.
    pub fn mail_picks(&self) -> Vec<(&DigestDeal, &Pick)> {
        const PICKS_MIN: usize = 3;
        const PICKS_MAX: usize = 5;
        const MINUTES_MAX: u32 = 10;
        /// A digest has at most twelve picks; more would only make the search below longer.
        const CANDIDATES_MAX: usize = 12;
        let candidates: Vec<_> = self
            .picks()
            .filter_map(|(deal, pick)| self.post(&pick.post_id).map(|post| (deal, pick, post)))
            .take(CANDIDATES_MAX)
            .collect();
        let set = |bits: u32| candidates.iter().enumerate().filter(move |(at, _)| bits & (1 << at) != 0);
        let fits = |bits: &u32| {
            let minutes: u32 = set(*bits).map(|(_, (_, _, post))| post.minutes()).sum();
            let apart = set(*bits).all(|(at, (_, _, post))| {
                set(*bits).all(|(other, (_, _, of))| at == other || of.source_id != post.source_id)
            });
            bits.count_ones() as usize <= PICKS_MAX && apart && (minutes <= MINUTES_MAX || bits.count_ones() == 1)
        };
        let worth = |bits: u32| {
            let minutes: u32 = set(bits).map(|(_, (_, _, post))| post.minutes()).sum();
            let score: f32 = set(bits).map(|(_, (_, pick, _))| pick.score.max(0.0)).sum();
            (minutes <= MINUTES_MAX, (bits.count_ones() as usize).min(PICKS_MIN), score)
        };
        let best = (1..1_u32 << candidates.len()).filter(fits).max_by(|a, b| {
            let (a, b) = (worth(*a), worth(*b));
            (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
        });
        best.map_or_else(Vec::new, |bits| set(bits).map(|(_, (deal, pick, _))| (*deal, *pick)).collect())
    }
}

/// One deal of the digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DigestDeal {
    /// The deal.
    pub deal: Deal,
    /// The stage shown beside its name; none where its CRM stage is unmapped.
    pub stage: Option<Stage>,
    /// What was noticed about it.
    pub signals: Vec<Signal>,
    /// Its picks, best first, at most three.
    pub picks: Vec<Pick>,
    /// Why there is no pick, as one sentence, where there is none.
    pub nothing_because: Option<String>,
}

/// A line of the pipeline check that opens the digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PipelineCheck {
    /// The deal's name.
    pub deal_name: String,
    /// The deal.
    pub deal_id: super::DealId,
    /// The deal's page in the CRM.
    pub url: Option<String>,
    /// What to look at.
    pub signal: Signal,
}
