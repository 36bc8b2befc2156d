//! Crawls the sources that are due: network to values by `crawl`, tags by `tag`, and one atomic save per source.

use super::recent::{self, Recent, Silent};
use super::settling::Settling;
use crate::clock::Clock;
use crate::crawl::outage;
use crate::crawl::{Crawled, Crawler, How, Outcome};
use crate::desk::list_subscriptions;
use crate::model::{Health, Source, SourceId, SourceState};
use crate::sources::Running;
use crate::store::{Result, Store};
use crate::tag::Tagger;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// States of unchanged sources that are saved as one write, ...
const STATES_AT_ONCE: usize = 64;
/// ... or fewer, where nothing else has arrived for so long. One that is lost is asked again.
const STATES_WAIT: Duration = Duration::from_millis(500);

type Arriving = tokio::sync::mpsc::Receiver<Crawled>;

/// Crawls what is due. Rounds may overlap: a source that is being asked is left out of the next.
pub struct CrawlDue {
    pub(super) store: Arc<dyn Store>,
    pub(super) crawler: Crawler,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sources: Arc<Running>,
    pub(super) settling: Settling,
    pub(super) jobs: usize,
    in_flight: Mutex<HashSet<SourceId>>,
    recent: Recent,
    /// One round at a time follows threads.
    threading: tokio::sync::Mutex<()>,
}

/// Which sources a round asks.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// A person asks: every source now, whatever the schedule says.
    pub asked: bool,
    /// A hub says that there is something new.
    pub pushed: bool,
    /// Only this source.
    pub only: Option<SourceId>,
}

/// What a round brought, as `crawl --format json` prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoundSummary {
    /// Sources asked.
    pub sources: usize,
    /// Sources that had nothing new.
    pub unchanged: usize,
    /// Sources that could not be read.
    pub failed: usize,
    /// Posts that nobody had before.
    pub posts_new: usize,
    /// Posts whose content changed.
    pub posts_updated: usize,
    /// Comments that nobody had before.
    pub comments_new: usize,
    /// How long it took.
    pub seconds: f64,
    /// The sources that could not be read, and why.
    pub failures: Vec<Failure>,
}

/// A source that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// Its id.
    pub source: SourceId,
    /// Its state.
    pub state: Health,
    /// Why, in one sentence.
    pub cause: String,
}

impl CrawlDue {
    /// A job over this store, at most `jobs` sources at once.
    pub fn new(
        store: Arc<dyn Store>,
        crawler: Crawler,
        tagger: Tagger,
        clock: Arc<dyn Clock>,
        sources: Arc<Running>,
        jobs: usize,
    ) -> Self {
        let settling = Settling::new(Arc::clone(&store), tagger);
        Self {
            store,
            crawler,
            clock,
            sources,
            settling,
            jobs,
            in_flight: Mutex::default(),
            recent: Recent::default(),
            threading: tokio::sync::Mutex::default(),
        }
    }

    /// Asks every source that is due and saves what comes. `done` is told of each source as it is finished.
    ///
    /// # Errors
    /// The store failed; what was saved before stays.
    pub async fn run(&self, round: &Round, done: &(dyn Fn(usize, usize) + Sync)) -> Result<RoundSummary> {
        let started = self.clock.now();
        let states: HashMap<SourceId, SourceState> = self
            .store
            .list_states()
            .await?
            .into_iter()
            .map(|state| (state.source_id.clone(), state.without_future(started)))
            .collect();
        let set = self.sources.set();
        let known = |id: &SourceId| states.get(id).cloned().unwrap_or_else(|| SourceState::new(id.clone()));
        let mut work = Vec::new();
        for source in &set.sources {
            let state = known(&source.id);
            let wanted = match &round.only {
                Some(only) => only == &source.id,
                None => !source.paused && (round.asked || state.next_check_at.is_none_or(|at| at <= started)),
            };
            if wanted && self.flying().insert(source.id.clone()) {
                work.push((Arc::new(source.clone()), state));
            }
        }
        let _landing = Landing { job: self, ids: work.iter().map(|(source, _)| source.id.clone()).collect() };
        let total = work.len();
        let mut summary = RoundSummary { sources: total, ..RoundSummary::default() };
        let mut met: Vec<(recent::Outcome, Option<Silent>)> = Vec::new();
        let untried = states.values().all(|state| state.last_good_at.is_none());
        let mut failed: Vec<Crawled> = Vec::new();
        let subscribed = self.subscribed(started).await?;
        let how = |source: &Source| How {
            asked: round.asked || (round.only.is_some() && !round.pushed),
            pushed: round.pushed,
            subscribed: subscribed.contains(&source.id),
        };
        let mut arriving = self.crawler.round(work, how, self.jobs);
        let mut finished = 0;
        let mut in_part = Vec::new();
        let mut unchanged: Vec<SourceState> = Vec::new();
        while let Some(crawled) = self.next(&mut arriving, &mut unchanged).await? {
            finished += 1;
            let before = states.get(&crawled.state.source_id);
            let was_good = before.is_some_and(|state| state.failures == 0 && state.last_good_at.is_some());
            let outcome =
                recent::Outcome { host: crawled.host.clone(), was_good: was_good || untried, silent: crawled.silent };
            let silent = crawled.silent.then(|| Silent { before: before.cloned(), failed: crawled.state.clone() });
            if crawled.outcome != Outcome::NotYet {
                met.push((outcome, silent));
            }
            match crawled.outcome {
                Outcome::Failed => failed.push(crawled),
                Outcome::Unchanged | Outcome::NotYet => {
                    summary.unchanged += 1;
                    unchanged.push(crawled.state);
                }
                Outcome::Read => {
                    let Some(source) = set.find(&crawled.state.source_id) else { continue };
                    let settled = self.settling.settle(source, crawled, before).await?;
                    summary.posts_new += settled.posts_new;
                    summary.posts_updated += settled.posts_updated;
                    summary.comments_new += settled.comments_new;
                    let source = Arc::new(source.clone());
                    in_part.extend(settled.in_part.into_iter().map(|post| (Arc::clone(&source), post)));
                }
            }
            done(finished, total);
        }
        self.store.save_states(unchanged).await?;
        self.save_failures(failed, met, &mut summary).await?;
        summary.comments_new += self.crawl_articles(in_part).await?;
        if let Ok(_alone) = self.threading.try_lock() {
            summary.comments_new += self.crawl_threads(round).await?;
        }
        summary.seconds = self.clock.now().duration_since(started).as_secs_f64();
        Ok(summary)
    }

    /// What arrives next; none at the end of the round. States of unchanged sources are saved meanwhile.
    async fn next(&self, arriving: &mut Arriving, unchanged: &mut Vec<SourceState>) -> Result<Option<Crawled>> {
        loop {
            let wait = match unchanged.len() {
                0 => return Ok(arriving.recv().await),
                STATES_AT_ONCE.. => Duration::ZERO,
                _ => STATES_WAIT,
            };
            if !wait.is_zero()
                && let Ok(next) = timeout(wait, arriving.recv()).await
            {
                return Ok(next);
            }
            self.store.save_states(std::mem::take(unchanged)).await?;
        }
    }

    /// Saves the states of sources that failed; where our own network is to blame, no source is.
    async fn save_failures(
        &self,
        failed: Vec<Crawled>,
        met: Vec<(recent::Outcome, Option<Silent>)>,
        summary: &mut RoundSummary,
    ) -> Result<()> {
        let now = self.clock.now();
        let forgiven = self.recent.add(met, now);
        if forgiven.is_some() {
            tracing::warn!("most hosts fell silent at once: our own network is blamed, and all are tried again soon");
        }
        let mut saved = Vec::with_capacity(failed.len());
        for crawled in failed {
            summary.failed += 1;
            summary.failures.push(Failure {
                source: crawled.state.source_id.clone(),
                state: crawled.state.health,
                cause: match forgiven.is_some() && crawled.silent {
                    true => outage::OURS.to_owned(),
                    false => crawled.state.cause.clone().unwrap_or_default(),
                },
            });
            saved.push(crawled.state);
        }
        for Silent { before, failed } in forgiven.unwrap_or_default() {
            let state = outage::forgive(before.as_ref(), &failed, now);
            // One of an earlier round is saved again; one of this round has not been saved yet.
            saved.retain(|blamed: &SourceState| blamed.source_id != state.source_id);
            saved.push(state);
        }
        summary.failures.sort_by(|a, b| a.source.cmp(&b.source));
        self.store.save_states(saved).await
    }

    /// The sources whose hub tells of changes.
    async fn subscribed(&self, now: Timestamp) -> Result<HashSet<SourceId>> {
        let held = list_subscriptions(self.store.as_ref()).await?;
        let active = held.into_iter().filter(|held| held.subscription.is_active(now));
        Ok(active.map(|held| held.source).collect())
    }

    fn flying(&self) -> std::sync::MutexGuard<'_, HashSet<SourceId>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the sources of a round free again, also where it breaks off.
struct Landing<'a> {
    job: &'a CrawlDue,
    ids: Vec<SourceId>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let mut flying = self.job.flying();
        for id in &self.ids {
            flying.remove(id);
        }
    }
}
