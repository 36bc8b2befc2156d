//! The job that reads deals from the CRMs whose tokens are set.
//!
//! Between two full reads, one a day, only what changed is asked for. What a broken run has read is kept in memory and
//! the next goes on there; a restart begins again at the last whole run, so nothing is lost. A CRM that asks to slow
//! down is left alone for as long as it said. When it was read last, and until when it wants to be left alone, stands in
//! the store, so that processes that share it read each CRM as often as one would. Nothing is ever written to a CRM.

use crate::clock::Clock;
use crate::config::Settings;
use crate::crm::Summary;
use crate::crm::remote::{Access, Progress, SyncError, SyncOptions, sync};
use crate::crm::stages::name_of;
use crate::desk::Desk;
use crate::model::Crm;
use crate::net::Client;
use crate::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// Time between two full reads: what is gone from a CRM is noticed by them alone.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// What changed shortly before the last look is asked for again: clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// The name under which the job is leased: one process reads at a time.
pub const SYNC: &str = "sync";
/// A person at the command line waits at most so often, and at most so long each time, for a CRM that is busy.
const WAITS_MAX: usize = 5;
const WAIT_MAX: Duration = Duration::from_secs(90);

/// How long a run stays with a CRM that asks to slow down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Waits and goes on, a few times.
    Done,
    /// Leaves at once; a later run goes on.
    Asked,
}

/// The job.
pub struct SyncDeals {
    desk: Arc<Desk>,
    clock: Arc<dyn Clock>,
    ways: Vec<(Crm, Access)>,
    /// Time between two looks at a CRM.
    every: SignedDuration,
    /// Whether this process has looked yet.
    ran: AtomicBool,
    begun: Mutex<HashMap<Crm, Begun>>,
}

/// A read that has begun.
#[derive(Default)]
struct Begun {
    progress: Progress,
    started_at: Option<Timestamp>,
    since: Option<Timestamp>,
    /// What was known when it began; where that has changed, another process has read the CRM meanwhile.
    of: Known,
}

/// When the last whole run of each kind began.
type Known = (Option<Timestamp>, Option<Timestamp>);

/// What is remembered of a CRM across restarts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// Everything that changed before this is known.
    synced_at: Option<Timestamp>,
    /// When every open deal was read last.
    full_at: Option<Timestamp>,
    /// When it was looked at last, with or without success.
    looked_at: Option<Timestamp>,
    /// That look has not ended well, at least not yet.
    #[serde(default)]
    unfinished: bool,
    /// Until when it wants to be left alone.
    not_before: Option<Timestamp>,
}

impl Kept {
    fn known(&self) -> Known {
        (self.synced_at, self.full_at)
    }
}

/// What came of one CRM.
pub struct Synced {
    /// Its name.
    pub name: &'static str,
    /// What was read, or why not.
    pub outcome: Result<Done, SyncFailure>,
}

/// A CRM that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Deals that came.
    pub read: usize,
    /// What they changed.
    pub summary: Summary,
    /// Owners that no rep claims.
    pub unclaimed: Vec<String>,
    /// What is to say about the whole.
    pub notes: Vec<String>,
}

/// Why a CRM was not read.
#[derive(Debug, thiserror::Error)]
pub enum SyncFailure {
    /// The CRM, or the way to it.
    #[error(transparent)]
    Crm(#[from] SyncError),
    /// Our own store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read {} deals: {}.", self.read, self.summary)?;
        self.notes.iter().try_for_each(|note| write!(f, " {note}."))
    }
}

impl Synced {
    /// One line in the log.
    pub fn log(&self) {
        match &self.outcome {
            Ok(done) => tracing::info!(crm = self.name, "{done}"),
            Err(SyncFailure::Crm(error @ SyncError::SlowDown { .. })) => tracing::info!(crm = self.name, "{error}"),
            Err(error) => tracing::error!(crm = self.name, "{error}"),
        }
    }
}

impl SyncDeals {
    /// The job over the CRMs that the settings name.
    pub fn new(settings: &Settings, desk: Arc<Desk>, clock: Arc<dyn Clock>) -> Self {
        let client = Client::new(&settings.net);
        let way = |one: &crate::config::CrmSettings| {
            let allowed = settings.sync.allow_net.clone();
            (one.crm, Access::new(client.clone(), one.crm, one.url.clone(), one.token.clone(), allowed))
        };
        let every = SignedDuration::try_from(settings.sync.every).unwrap_or(FULL_EVERY);
        Self { every, ..Self::over(settings.sync.crms.iter().map(way).collect(), desk, clock) }
    }

    /// The job over these ways to CRMs, which looks whenever it is run.
    pub fn over(ways: Vec<(Crm, Access)>, desk: Arc<Desk>, clock: Arc<dyn Clock>) -> Self {
        Self { desk, clock, ways, every: SignedDuration::ZERO, ran: AtomicBool::new(false), begun: Mutex::default() }
    }

    /// Whether no CRM is set up.
    pub fn is_off(&self) -> bool {
        self.ways.is_empty()
    }

    /// Forgets how far every CRM was read, so that the next run reads all open deals.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn forget(&self) -> Result<(), StoreError> {
        for (crm, _) in &self.ways {
            self.keep(*crm, Kept::default()).await?;
        }
        Ok(())
    }

    /// Reads each CRM once; one that fails does not stop the others. Unless a person waits for it, a CRM that was
    /// looked at a short while ago, or asked to be left alone until later, is passed over without a word.
    pub async fn run(&self, until: Until) -> Vec<Synced> {
        let mut all = Vec::new();
        let mut begun = self.begun.lock().await;
        let first = !self.ran.swap(true, Ordering::AcqRel);
        for (crm, access) in &self.ways {
            let begun = begun.entry(*crm).or_default();
            let outcome = match self.look(*crm, until, first).await {
                Ok(false) => continue,
                Ok(true) => self.read(*crm, access, begun, until).await,
                Err(error) => Err(error.into()),
            };
            let outcome = match outcome {
                Ok(done) => self.finish(*crm).await.map(|()| done).map_err(SyncFailure::from),
                Err(error) => Err(error),
            };
            all.push(Synced { name: name_of(*crm), outcome });
        }
        all
    }

    /// Whether a CRM is to be looked at now; if so, that is noted.
    async fn look(&self, crm: Crm, until: Until, first: bool) -> Result<bool, StoreError> {
        let (kept, now) = (self.kept(crm).await?, self.clock.now());
        // A look of the future says that the clock was wrong then; it counts for nothing. Nor does one that failed
        // before this process was started, perhaps with another token.
        let lately = kept.looked_at.is_some_and(|at| at <= now && now.duration_since(at) < self.every);
        let rests = kept.not_before.is_some_and(|at| now < at) || (lately && !(first && kept.unfinished));
        if until == Until::Asked && rests {
            return Ok(false);
        }
        self.keep(crm, Kept { looked_at: Some(now), unfinished: true, ..kept }).await?;
        Ok(true)
    }

    async fn finish(&self, crm: Crm) -> Result<(), StoreError> {
        let kept = self.kept(crm).await?;
        self.keep(crm, Kept { unfinished: false, ..kept }).await
    }

    /// What changed since the last look and, once a day, every open deal. What changed comes first, so that a deal that
    /// was won is known as won before the full read finds it missing.
    async fn read(&self, crm: Crm, access: &Access, begun: &mut Begun, until: Until) -> Result<Done, SyncFailure> {
        let mut kept = self.kept(crm).await?;
        if begun.of != kept.known() {
            *begun = Begun { of: kept.known(), ..Begun::default() };
        }
        let now = self.clock.now();
        let full_due = kept.full_at.is_none_or(|at| now.duration_since(at) >= FULL_EVERY);
        let mut done = None;
        let full_begun = begun.started_at.is_some() && begun.since.is_none();
        if let Some(synced_at) = kept.synced_at.filter(|_| !full_begun) {
            let since = begun.since.unwrap_or(synced_at.checked_sub(OVERLAP).unwrap_or(synced_at));
            done = Some(self.take(crm, access, begun, Some(since), until).await?);
            kept.synced_at = begun.started_at.take().or(kept.synced_at);
            begun.of = kept.known();
            self.keep(crm, kept).await?;
        }
        if full_due {
            let full = self.take(crm, access, begun, None, until).await?;
            let started_at = begun.started_at.take();
            kept = Kept { synced_at: started_at.or(kept.synced_at), full_at: started_at.or(kept.full_at), ..kept };
            begun.of = kept.known();
            self.keep(crm, kept).await?;
            done = Some(match done {
                Some(before) => before.and(full),
                None => full,
            });
        }
        Ok(done.unwrap_or_else(Done::nothing))
    }

    /// One read to its end, saved.
    async fn take(
        &self,
        crm: Crm,
        access: &Access,
        begun: &mut Begun,
        since: Option<Timestamp>,
        until: Until,
    ) -> Result<Done, SyncFailure> {
        if begun.started_at.is_none() || begun.since != since {
            *begun = Begun { started_at: Some(self.clock.now()), since, of: begun.of, ..Begun::default() };
        }
        let map = self.desk.stage_map().await?;
        let mut waits = 0;
        let import = loop {
            let options = SyncOptions { crm, since, now: self.clock.now(), map: &map };
            match sync(access, &options, &mut begun.progress).await {
                Ok(import) => break import,
                Err(SyncError::SlowDown { retry_after_s, crm: name }) => {
                    let wait = Duration::from_secs(retry_after_s);
                    if until == Until::Done && waits < WAITS_MAX && wait <= WAIT_MAX {
                        waits += 1;
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    let pause = SignedDuration::try_from(wait).unwrap_or(FULL_EVERY);
                    let kept = self.kept(crm).await?;
                    let not_before = self.clock.now().checked_add(pause).ok();
                    self.keep(crm, Kept { not_before, ..kept }).await?;
                    return Err(SyncError::SlowDown { retry_after_s, crm: name }.into());
                }
                Err(error) => return Err(error.into()),
            }
        };
        begun.since = None;
        let (read, notes) = (import.rows, import.notes.clone());
        if read == 0 && import.full && self.desk.has_open_deals(crm).await? {
            let notes = vec![
                "No open deal came, which looks like a token that may not see them; nothing was changed".to_owned(),
            ];
            return Ok(Done { notes, ..Done::nothing() });
        }
        let imported = self.desk.import_deals(import).await?;
        Ok(Done { read, summary: imported.summary, unclaimed: imported.unclaimed, notes })
    }

    async fn kept(&self, crm: Crm) -> Result<Kept, StoreError> {
        let text = self.desk.find_setting(&setting_of(crm)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    async fn keep(&self, crm: Crm, kept: Kept) -> Result<(), StoreError> {
        let text = serde_json::to_string(&kept).map_err(|error| StoreError::Failed(error.to_string()))?;
        self.desk.save_setting(&setting_of(crm), text).await
    }
}

impl Done {
    fn nothing() -> Self {
        Self { read: 0, summary: Summary::default(), unclaimed: Vec::new(), notes: Vec::new() }
    }

    fn and(mut self, after: Self) -> Self {
        self.read += after.read;
        self.summary += after.summary;
        self.unclaimed.extend(after.unclaimed);
        self.unclaimed.sort();
        self.unclaimed.dedup();
        self.notes.extend(after.notes);
        self
    }
}

fn setting_of(crm: Crm) -> String {
    format!("sync:{}", crm.as_str())
}
