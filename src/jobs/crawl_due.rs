//! Crawls the sources that are due: network to values by `crawl`, tags by `tag`, and one atomic save per source.
//!
//! Each source is leased while it is worked on, so that rounds of one or of many processes may overlap. Right before it
//! is asked, the lease is made as long as the shortest interval between two checks, and saving ends it: a process that
//! is killed in between has asked, and nobody asks again within that interval.

use super::leases::{Held, Leases};
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
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// States of unchanged sources that are saved as one write, ...
const STATES_AT_ONCE: usize = 64;
/// ... or fewer, where nothing else has arrived for so long. One that is lost is asked again.
const STATES_WAIT: Duration = Duration::from_millis(500);

type Arriving = tokio::sync::mpsc::Receiver<Crawled>;

/// Crawls what is due. Rounds may overlap, also those of other processes: a source that is being asked is left out.
pub struct CrawlDue {
    pub(super) store: Arc<dyn Store>,
    pub(super) crawler: Crawler,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sources: Arc<Running>,
    pub(super) settling: Settling,
    pub(super) jobs: usize,
    pub(super) leases: Arc<Leases>,
    recent: Recent,
}

/// The sources that a round has taken on.
struct Begun {
    /// The states of all sources, those of ours as they were when we took them on.
    states: HashMap<SourceId, SourceState>,
    held: Held,
    /// Sources that the round wanted and somebody else is at.
    busy: usize,
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
    /// At most so many sources, so that other processes get their share. All that are due where it is not said.
    pub max: Option<usize>,
}

/// What a round brought, as `crawl --format json` prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoundSummary {
    /// Sources asked.
    pub sources: usize,
    /// Sources that were left out because another round is asking them.
    pub busy: usize,
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
    /// A job over the store of these leases, at most `jobs` sources at once.
    pub fn new(leases: Arc<Leases>, crawler: Crawler, tagger: Tagger, sources: Arc<Running>, jobs: usize) -> Self {
        let (store, clock) = (Arc::clone(&leases.store), Arc::clone(&leases.clock));
        let settling = Settling::new(Arc::clone(&store), tagger);
        Self { store, crawler, clock, sources, settling, jobs, leases, recent: Recent::default() }
    }

    /// Asks every source that is due and saves what comes. `done` is told of each source as it is finished.
    ///
    /// # Errors
    /// The store failed; what was saved before stays.
    pub async fn run(&self, round: &Round, done: &(dyn Fn(usize, usize) + Sync)) -> Result<RoundSummary> {
        self.leases.keep_while(self.run_kept(round, done)).await
    }

    async fn run_kept(&self, round: &Round, done: &(dyn Fn(usize, usize) + Sync)) -> Result<RoundSummary> {
        let started = self.clock.now();
        let (mut begun, work) = self.begin(round, started).await?;
        let total = work.len();
        let mut summary = RoundSummary { sources: total, busy: begun.busy, ..RoundSummary::default() };
        let set = self.sources.set();
        let mut met: Vec<(recent::Outcome, Option<Silent>)> = Vec::new();
        let untried = begun.states.values().all(|state| state.last_good_at.is_none());
        let mut failed: Vec<Crawled> = Vec::new();
        let subscribed = self.subscribed(started).await?;
        let how = |source: &Source| How {
            asked: round.asked || (round.only.is_some() && !round.pushed),
            pushed: round.pushed,
            subscribed: subscribed.contains(&source.id),
        };
        let mut arriving = self.crawler.round(work, how, self.jobs, Some(begun.held.permit(lease_name)));
        let mut finished = 0;
        let mut in_part = Vec::new();
        let mut unchanged: Vec<SourceState> = Vec::new();
        while let Some(crawled) = self.next(&mut arriving, &mut unchanged, &mut begun.held).await? {
            finished += 1;
            let before = begun.states.get(&crawled.state.source_id);
            if crawled.outcome != Outcome::NotYet {
                met.push(met_by(&crawled, before, untried));
            }
            match crawled.outcome {
                Outcome::Failed => failed.push(crawled),
                Outcome::Unchanged | Outcome::NotYet => {
                    summary.unchanged += 1;
                    unchanged.push(crawled.state);
                }
                Outcome::Read => {
                    let Some(source) = set.find(&crawled.state.source_id) else { continue };
                    let name = lease_name(&source.id);
                    let settled = self.settling.settle(source, crawled, before, begun.held.lease(&name)).await?;
                    begun.held.ended(&name);
                    summary.posts_new += settled.posts_new;
                    summary.posts_updated += settled.posts_updated;
                    summary.comments_new += settled.comments_new;
                    let source = Arc::new(source.clone());
                    in_part.extend(settled.in_part.into_iter().map(|post| (Arc::clone(&source), post)));
                }
            }
            done(finished, total);
        }
        self.save_states(unchanged, &mut begun.held).await?;
        self.save_failures(failed, met, &mut summary, &mut begun.held).await?;
        drop(begun);
        summary.comments_new += self.crawl_articles(in_part).await?;
        if let Some(threads) = self.leases.alone("threads", self.crawl_threads(round)).await? {
            summary.comments_new += threads?;
        }
        summary.seconds = self.clock.now().duration_since(started).as_secs_f64();
        Ok(summary)
    }

    /// Takes on the sources that the round asks, each with its state.
    async fn begin(&self, round: &Round, now: Timestamp) -> Result<(Begun, Vec<(Arc<Source>, SourceState)>)> {
        let keyed = |state: SourceState, now| (state.source_id.clone(), state.without_future(now));
        let all = self.store.list_states().await?.into_iter();
        let mut states: HashMap<SourceId, SourceState> = all.map(|state| keyed(state, now)).collect();
        let set = self.sources.set();
        let wanted = |source: &Source, states: &HashMap<SourceId, SourceState>| match &round.only {
            Some(only) => only == &source.id,
            None => {
                let due = || states.get(&source.id).and_then(|state| state.next_check_at).is_none_or(|at| at <= now);
                !source.paused && (round.asked || due())
            }
        };
        let names: Vec<String> =
            set.sources.iter().filter(|source| wanted(source, &states)).map(|source| lease_name(&source.id)).collect();
        let mut held = self.leases.take(&names, round.max.unwrap_or(usize::MAX)).await?;
        if round.asked {
            let missing: Vec<String> = names.iter().filter(|name| held.lease(name).is_none()).cloned().collect();
            self.leases.take_over(&missing, &mut held).await?;
        }
        let busy = if round.max.is_none() { names.len() - held.len() } else { 0 };
        let ours: Vec<&Source> =
            set.sources.iter().filter(|source| held.lease(&lease_name(&source.id)).is_some()).collect();
        // Another process may have crawled one between our look and our lease.
        let ids: Vec<SourceId> = ours.iter().map(|source| source.id.clone()).collect();
        let again = self.store.find_states(&ids).await?;
        // Not the beginning's instant: what was read since lies after it.
        let now = self.clock.now();
        states.extend(again.into_iter().map(|state| keyed(state, now)));
        let mut work = Vec::new();
        for source in ours {
            if wanted(source, &states) {
                let known = states.get(&source.id).cloned();
                work.push((Arc::new(source.clone()), known.unwrap_or_else(|| SourceState::new(source.id.clone()))));
            } else {
                held.leave(&lease_name(&source.id));
            }
        }
        Ok((Begun { states, held, busy }, work))
    }

    /// What arrives next; none at the end of the round. States of unchanged sources are saved meanwhile.
    async fn next(
        &self,
        arriving: &mut Arriving,
        unchanged: &mut Vec<SourceState>,
        held: &mut Held,
    ) -> Result<Option<Crawled>> {
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
            self.save_states(std::mem::take(unchanged), held).await?;
        }
    }

    /// Saves states under the leases of their sources, which end with that.
    async fn save_states(&self, states: Vec<SourceState>, held: &mut Held) -> Result<()> {
        let names: Vec<String> = states.iter().map(|state| lease_name(&state.source_id)).collect();
        let leased = states.into_iter().zip(&names).filter_map(|(state, name)| Some((state, Some(held.lease(name)?))));
        self.store.save_states(leased.collect()).await?;
        names.iter().for_each(|name| held.ended(name));
        Ok(())
    }

    /// Saves the states of sources that failed; where our own network is to blame, no source is.
    async fn save_failures(
        &self,
        failed: Vec<Crawled>,
        met: Vec<(recent::Outcome, Option<Silent>)>,
        summary: &mut RoundSummary,
        held: &mut Held,
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
        let mut earlier = Vec::new();
        for Silent { before, failed } in forgiven.unwrap_or_default() {
            let state = outage::forgive(before.as_ref(), &failed, now);
            // One of this round has not been saved yet; one of an earlier round is saved again.
            match saved.iter_mut().find(|blamed| blamed.source_id == state.source_id) {
                Some(blamed) => *blamed = state,
                None => earlier.push((failed, state)),
            }
        }
        summary.failures.sort_by(|a, b| a.source.cmp(&b.source));
        self.save_states(saved, held).await?;
        self.forgive_earlier(earlier).await
    }

    /// Forgives failures of earlier rounds, where nobody has asked the source since.
    async fn forgive_earlier(&self, forgiven: Vec<(SourceState, SourceState)>) -> Result<()> {
        let names: Vec<String> = forgiven.iter().map(|(failed, _)| lease_name(&failed.source_id)).collect();
        let mut held = self.leases.take(&names, usize::MAX).await?;
        let ids: Vec<SourceId> = forgiven.iter().map(|(failed, _)| failed.source_id.clone()).collect();
        let stored = self.store.find_states(&ids).await?;
        let unasked = forgiven.into_iter().filter(|(failed, _)| stored.contains(failed)).map(|(_, state)| state);
        self.save_states(unasked.collect(), &mut held).await
    }

    /// The sources whose hub tells of changes.
    async fn subscribed(&self, now: Timestamp) -> Result<HashSet<SourceId>> {
        let held = list_subscriptions(self.store.as_ref()).await?;
        let active = held.into_iter().filter(|held| held.subscription.is_active(now));
        Ok(active.map(|held| held.source).collect())
    }
}

/// The name under which the work on a source is leased.
fn lease_name(source: &SourceId) -> String {
    format!("source {source}")
}

/// What a source met, and its failure where it was a silent one.
fn met_by(crawled: &Crawled, before: Option<&SourceState>, untried: bool) -> (recent::Outcome, Option<Silent>) {
    let was_good = before.is_some_and(|state| state.failures == 0 && state.last_good_at.is_some());
    let outcome = recent::Outcome { host: crawled.host.clone(), was_good: was_good || untried, silent: crawled.silent };
    let silent = crawled.silent.then(|| Silent { before: before.cloned(), failed: crawled.state.clone() });
    (outcome, silent)
}
