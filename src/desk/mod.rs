//! The desk: loads what one rep's digest needs, lets the pure rooms build it, and saves it.
//!
//! It stands beside the rooms because pages, mails, feeds and commands all need the same Digest, and `jobs` and `web`
//! must not name each other. It follows the store's changes into the index of `pick`, so that no request scans posts.

pub mod corrections;
mod crawl;
mod deals;
mod finds;
mod follow;
mod laying;
mod reps;

use crate::clock::Clock;
use crate::digest::{self, Parts};
use crate::model::{
    Act, Comment, Coverage, Digest, Email, IsoWeek, Note, Post, PostId, Rep, Source, SourceId, SourceSet, Stage,
    Verdict,
};
use crate::pick::{self, Case, Index};
use crate::search::Library;
use crate::sources::Running;
use crate::store::{Record, RecordKind, Result, Store};
use crate::tag::Tagger;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, Notify};

pub use crawl::{SourceSubscription, find_subscription, list_subscriptions, remove_subscription, save_subscription};
pub use deals::STAGE_MAP_SETTING;
pub use finds::{Find, FindError, Taken};
pub use laying::{Imported, Laying};

/// Where a rep's digest is put together.
pub struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sources: Arc<Running>,
    index: RwLock<Index>,
    /// Votes of everybody, as last followed: (rep, team, post, verdict).
    votes: RwLock<Arc<Vec<TeamVote>>>,
    /// The newest change that the index knows; held while following.
    followed: Arc<Mutex<u64>>,
    /// Held while the full-text index follows, which takes longer.
    indexing: Mutex<()>,
    /// The same, for those who only want to know whether anything has changed.
    version: AtomicU64,
    library: Option<Arc<Library>>,
    /// Notified when something is wanted of the crawler.
    crawl_asked: Arc<Notify>,
    tagger: Tagger,
}

/// What came of looking through everybody's digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Digests that changed and were saved.
    pub written: usize,
    /// Picks in all of them.
    pub picks: usize,
}

struct TeamVote {
    rep: Email,
    team: Option<String>,
    post: PostId,
    verdict: Verdict,
}

impl Desk {
    /// A desk over this store, which keeps the full-text index up to date where it is given one. It knows nothing until
    /// it has followed.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        sources: Arc<Running>,
        library: Option<Arc<Library>>,
    ) -> Self {
        Self {
            store,
            clock,
            sources,
            index: RwLock::default(),
            votes: RwLock::default(),
            followed: Arc::default(),
            indexing: Mutex::default(),
            version: AtomicU64::new(0),
            library,
            crawl_asked: Arc::default(),
            tagger: Tagger::shipped(),
        }
    }

    /// The same with another stage model than the one built in.
    pub fn with_tagger(self, tagger: Tagger) -> Self {
        Self { tagger, ..self }
    }

    /// The newest change of a post that the desk has followed; it grows with each.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The running set of sources.
    pub fn sources(&self) -> Arc<SourceSet> {
        self.sources.set()
    }

    /// The week it is for a rep.
    pub fn week_of(&self, rep: &Rep) -> IsoWeek {
        IsoWeek::of(self.clock.now(), &rep.time_zone())
    }

    /// The digest of a rep and week from what is known now. Saves nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn build(&self, rep: &Rep, week: IsoWeek) -> Result<Digest> {
        self.caught_up().await;
        let now = self.clock.now();
        let deals = self.store.list_deals(Some(&rep.email)).await?;
        let acts = self.store.list_acts(&rep.email).await?;
        let commitments = self.store.list_commitments(&rep.email).await?;
        let notes = self.notes().await?;
        let shown = self.shown_before(rep, week).await?;
        let team_votes = self.team_votes(rep);
        let chosen = {
            let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
            let case = Case {
                rep,
                deals: &deals,
                acts: &acts,
                team_votes: &team_votes,
                shown: &shown,
                notes: &notes,
                week,
                now,
            };
            pick::choose(&index, &case)
        };
        let mut ids: Vec<PostId> = chosen.iter().flat_map(|choice| choice.posts()).cloned().collect();
        ids.sort();
        ids.dedup();
        let posts = self.store.find_posts(&ids).await?;
        let comments = self.store.list_comments(&ids).await?;
        let texts = pick::Texts::of(&posts, &comments);
        let picked: Vec<_> = chosen.into_iter().map(|choice| choice.explained(&texts)).collect();
        let set = self.sources.set();
        let all = set.sources.iter().chain([Source::finds()]);
        let names: Vec<_> = all.map(|source| (source.id.clone(), source.name.clone())).collect();
        let mut digest = digest::build(Parts {
            rep,
            week,
            now,
            deals: &deals,
            picked: &picked,
            posts: &posts,
            comments: &comments,
            notes: &notes,
            commitments: &commitments,
            source_names: &names,
        });
        self.add_play(&mut digest, rep, &names).await?;
        Ok(digest)
    }

    /// Adds the play of the rep's team, where one stands and the rep may see its post.
    async fn add_play(&self, digest: &mut Digest, rep: &Rep, names: &[(SourceId, String)]) -> Result<()> {
        let team = self.store.find_team(rep.team.as_deref()).await?;
        let Some(play) = team.play.filter(|play| play.stands(digest.built_at)) else { return Ok(()) };
        let found = self.store.find_posts(std::slice::from_ref(&play.post)).await?.into_iter().next();
        let Some(post) = found.filter(|post| post.audience.includes(rep.team.as_deref())) else { return Ok(()) };
        if digest.post(&post.id).is_none() {
            let name = names.iter().find(|(id, _)| *id == post.source_id);
            digest.source_names.extend(name.map(|(id, name)| (id.to_string(), name.clone())));
            digest.posts.push(post);
        }
        digest.play = Some(play);
        Ok(())
    }

    /// How much a team has to read for each stage.
    pub fn coverage(&self, team: Option<&str>) -> Vec<Coverage> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).coverage(team)
    }

    /// The digest of a rep and week as it is stored, or else as it would be built now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stored_or_built(&self, rep: &Rep, week: IsoWeek) -> Result<Digest> {
        match self.store.find_digest(&rep.email, week).await? {
            Some(digest) => Ok(digest),
            None => self.build(rep, week).await,
        }
    }

    /// Builds this week's digest of a rep anew and saves it.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn refresh(&self, rep: &Rep) -> Result<Digest> {
        let digest = self.build(rep, self.week_of(rep)).await?;
        self.store.save(Record::Digest(Box::new(digest.clone()))).await?;
        Ok(digest)
    }

    /// How many posts can be picked, by primary stage.
    pub fn count_by_stage(&self) -> Vec<(Stage, usize)> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).count_by_stage()
    }

    /// The same for every rep; what did not change is not written again.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn refresh_all(&self) -> Result<Refreshed> {
        let mut refreshed = Refreshed::default();
        for rep in self.store.list_reps().await? {
            let week = self.week_of(&rep);
            let digest = self.build(&rep, week).await?;
            let stored = self.store.find_digest(&rep.email, week).await?;
            refreshed.picks += digest.picks().count();
            let same = stored.is_some_and(|stored| Digest { built_at: digest.built_at, ..stored } == digest);
            if !same {
                self.store.save(Record::Digest(Box::new(digest))).await?;
                refreshed.written += 1;
            }
        }
        Ok(refreshed)
    }

    /// Waits while changes are taken in: after a start that is every post, and digests and feeds would miss most.
    async fn caught_up(&self) {
        drop(self.followed.lock().await);
    }

    /// The best posts of a stage that this rep may see, best first, at most `max`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn library(&self, stage: Stage, rep: &Rep, max: usize) -> Result<Vec<Post>> {
        self.caught_up().await;
        let ids = {
            let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
            index.best_of_stage(stage, rep.team.as_deref(), self.clock.now(), max)
        };
        self.store.find_posts(&ids).await
    }

    /// What a rep was shown in the weeks before this one that still rest, and when.
    async fn shown_before(&self, rep: &Rep, week: IsoWeek) -> Result<Vec<(PostId, Timestamp)>> {
        let rest = SignedDuration::from_hours(24 * (pick::REST_DAYS + 7));
        let monday = week.day(Weekday::Monday).to_zoned(rep.time_zone()).map(|day| day.timestamp());
        let oldest = monday.ok().and_then(|at| at.checked_sub(rest).ok()).unwrap_or(Timestamp::MIN);
        let after = IsoWeek::of(oldest, &rep.time_zone());
        let digests = self.store.list_digests(&rep.email, Some(after)).await?;
        let earlier = digests.iter().filter(|digest| digest.week < week);
        let shown = earlier.flat_map(|digest| digest.picks().map(|(_, pick)| (pick.post_id.clone(), digest.built_at)));
        Ok(shown.collect())
    }

    async fn notes(&self) -> Result<Vec<Note>> {
        let records = self.store.list_all(RecordKind::Note, None).await?;
        let notes = records.into_iter().filter_map(|record| match record {
            Record::Note(note) => Some(note),
            _ => None,
        });
        Ok(notes.collect())
    }

    /// What colleagues of the rep's team voted.
    fn team_votes(&self, rep: &Rep) -> Vec<(PostId, Verdict)> {
        let votes = Arc::clone(&self.votes.read().unwrap_or_else(PoisonError::into_inner));
        let of_team = votes.iter().filter(|vote| vote.team == rep.team && vote.rep != rep.email);
        of_team.map(|vote| (vote.post.clone(), vote.verdict)).collect()
    }
}
