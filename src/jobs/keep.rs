//! The job that looks after what is kept: a backup and a check every night, and old posts let go.

use crate::clock::Clock;
use crate::config::KeepSettings;
use crate::metrics::Metrics;
use crate::store::recovery::Places;
use crate::store::{Record, Setting, Store, backup, prune};
use anyhow::Context as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use std::sync::{Arc, Mutex, PoisonError};

/// The setting that says since when and why the nightly backup fails; the admins' weekly notice tells it.
pub const BACKUP_TROUBLE_SETTING: &str = "backup-trouble";
/// After a backup that failed the next one is tried this much later.
const RETRY_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Tokens whose time is over are still named as such for so long: a late click on a link is told what is the matter.
const TOKENS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Looks after one store.
pub struct Keep {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Where store and backups are.
    pub places: Places,
    /// When, how many, how long.
    pub settings: KeepSettings,
    /// The zone of the hour at which backups are made.
    pub zone: TimeZone,
    /// When a backup was tried last.
    pub tried_at: Mutex<Option<Timestamp>>,
}

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// The backup that was made.
    pub backup: Option<backup::Backup>,
    /// Posts that were let go.
    pub pruned: u64,
    /// What the check of the store found.
    pub faults: Vec<String>,
}

impl Keep {
    /// Does what is due, and nothing where nothing is.
    ///
    /// # Errors
    /// The backup failed, or the store did. Nothing old is removed then.
    pub async fn run(&self) -> anyhow::Result<Kept> {
        let now = self.clock.now();
        if !self.is_due(now) {
            return Ok(Kept::default());
        }
        *self.tried_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        let faults = self.store.check().await?.faults;
        for fault in &faults {
            tracing::error!("the store does not agree: {fault}");
        }
        let keep = backup::Retention { days: self.settings.backup_days, weeks: self.settings.backup_weeks };
        let backup = match backup::nightly(&*self.store, &self.places, keep, now).await {
            Ok(backup) => backup,
            Err(error) => {
                self.note_trouble(now, &error.to_string()).await;
                return Err(error).context("the nightly backup failed; it is tried again in an hour");
            }
        };
        self.metrics.backup(backup.made_at, backup.bytes);
        self.metrics.store(self.places.store_bytes(), faults.len() as u64);
        self.forget_trouble().await?;
        tracing::info!(posts = backup.counts.posts, records = backup.counts.records, bytes = backup.bytes, "backed up");
        // What the backup still holds may go.
        let pruned = match self.settings.posts {
            Some(span) => {
                prune::prune(&*self.store, now.checked_sub(SignedDuration::try_from(span)?).unwrap_or(Timestamp::MIN))
                    .await?
            }
            None => 0,
        };
        self.store.prune_tokens(now.checked_sub(TOKENS_KEPT_FOR).unwrap_or(Timestamp::MIN)).await?;
        self.metrics.pruned(pruned);
        if pruned > 0 {
            tracing::info!(posts = pruned, "old posts were let go");
        }
        self.store.trim().await?;
        Ok(Kept { backup: Some(backup), pruned, faults })
    }

    /// Whether the last hour for backups has passed without one.
    fn is_due(&self, now: Timestamp) -> bool {
        let Some(at) = self.settings.backup_at else { return false };
        let tried = *self.tried_at.lock().unwrap_or_else(PoisonError::into_inner);
        let too_soon = tried.is_some_and(|tried| tried <= now && now.duration_since(tried) < RETRY_AFTER);
        let newest = backup::list(&self.places.backups).first().and_then(|file| backup::made_at(file));
        // A backup from the future says that the clock was wrong then; it counts for nothing.
        let newest = newest.filter(|made| *made <= now);
        !too_soon && newest.is_none_or(|made| made < last_hour(now, at, &self.zone))
    }

    async fn note_trouble(&self, now: Timestamp, cause: &str) {
        let since = match self.store.find_setting(BACKUP_TROUBLE_SETTING).await {
            Ok(Some(held)) => held.split_once(' ').and_then(|(since, _)| since.parse().ok()).unwrap_or(now),
            _ => now,
        };
        // A store that cannot be written, on a full disk say, cannot note this either; the log has it.
        let _ = self.store.save_setting(BACKUP_TROUBLE_SETTING, format!("{since} {cause}")).await;
    }

    async fn forget_trouble(&self) -> crate::store::Result<()> {
        let place = Record::Setting(Setting { name: BACKUP_TROUBLE_SETTING.to_owned(), value: String::new() }).key();
        match self.store.find_setting(BACKUP_TROUBLE_SETTING).await? {
            Some(_) => self.store.save_records(Vec::new(), vec![place]).await,
            None => Ok(()),
        }
    }
}

/// Why there are no backups, without the instant before it.
pub(super) fn cause_of(trouble: &str) -> Option<&str> {
    trouble.split_once(' ').map(|(_, cause)| cause)
}

/// The last time that this hour came, in this zone.
fn last_hour(now: Timestamp, at: Time, zone: &TimeZone) -> Timestamp {
    let today = zone.to_datetime(now).date();
    [today, today.saturating_sub(1.day()), today.saturating_sub(2.days())]
        .into_iter()
        .filter_map(|day| day.to_datetime(at).to_zoned(zone.clone()).ok())
        .map(|hour| hour.timestamp())
        .find(|hour| *hour <= now)
        .unwrap_or(Timestamp::MIN)
}
