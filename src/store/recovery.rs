//! Opening a store so that it always opens: a damaged one is moved aside and the newest good backup takes its place.

use super::backup::{self, Backup, off_thread};
use super::sled::SledStore;
use super::witness::{self, Testimony};
use super::{Result, Store, StoreError, swap};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A store that was opened.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// One sentence for the owner where something was wrong: what was found, what was done, what is lost.
    pub told: Option<String>,
}

/// Where things of an installation are kept.
#[derive(Clone, Debug)]
pub struct Places {
    /// The store's folder.
    pub store: PathBuf,
    /// The folder of backups.
    pub backups: PathBuf,
    /// The file of secrets, which backups leave out.
    pub secrets: PathBuf,
}

impl Places {
    /// The usual places within a data folder, for a store that may stand elsewhere.
    pub fn within(data: &Path, store: &Path) -> Self {
        Self { store: store.to_owned(), backups: data.join("backups"), secrets: data.join("secrets.jsonl") }
    }

    /// The bytes of the store on disk; 0 where it stands elsewhere.
    pub fn store_bytes(&self) -> u64 {
        swap::bytes_in(&self.store)
    }
}

/// Opens the store, or makes it. Damage is found by a hash of the files where the store was closed properly, else by
/// reading everything once.
///
/// # Errors
/// Another process holds it, a newer version wrote it, or the disk is full or not ours to write.
pub async fn open(places: &Places, now: Timestamp) -> Result<Opened> {
    let folder = places.store.clone();
    let (testimony, opened) = off_thread(move || {
        swap::finish(&folder);
        let testimony = witness::hear(&folder);
        match SledStore::open(&folder) {
            Err(StoreError::Damaged { cause, .. }) => Ok((testimony, Err(cause))),
            Err(other) => Err(other),
            Ok(store) => Ok((testimony, Ok(store))),
        }
    })
    .await?;
    let store = match opened {
        Ok(store) => store,
        Err(cause) => return recover(places, &cause, now).await,
    };
    let expected = match testimony {
        Testimony::Same => return Ok(Opened { store: Arc::new(store), told: None }),
        Testimony::Changed(digest) => Some(digest),
        Testimony::None => None,
    };
    match store.prove(expected).await {
        Ok(()) => {
            let told = expected.map(|_| {
                format!(
                    "The files of the store {} changed while it was closed; everything in it was read again and is whole.",
                    places.store.display()
                )
            });
            Ok(Opened { store: Arc::new(store), told })
        }
        Err(StoreError::Full) => Err(StoreError::Full),
        Err(error) => {
            drop(store);
            let cause = match error {
                StoreError::Damaged { cause, .. } => cause,
                other => other.to_string(),
            };
            recover(places, &cause, now).await
        }
    }
}

async fn recover(places: &Places, cause: &str, now: Timestamp) -> Result<Opened> {
    let folder = &places.store;
    let restored = restore_newest(places).await?;
    let aside = swap::in_place(folder, &format!("damaged-{}", backup::file_time(now)))?;
    let store = SledStore::open(folder)?;
    let what = match restored {
        Some(backup) => format!(
            "the backup of {} was restored ({} records): what was done after it is lost, and posts are crawled again",
            backup.made_at, backup.counts.records
        ),
        None => "there is no good backup, so it starts empty and posts are crawled again".to_owned(),
    };
    let told =
        format!("The store {} was damaged ({cause}). It was moved to {}; {what}.", folder.display(), aside.display());
    Ok(Opened { store: Arc::new(store), told: Some(told) })
}

/// Restores the newest good backup into a fresh folder beside the store; none leaves an empty store there.
async fn restore_newest(places: &Places) -> Result<Option<Backup>> {
    for file in backup::list(&places.backups) {
        match restore_fresh(&file, places).await {
            Ok(backup) => return Ok(Some(backup)),
            Err(StoreError::Full) => return Err(StoreError::Full),
            // A backup that is damaged too: the one before it is tried.
            Err(_) => {}
        }
    }
    let fresh = swap::fresh(&places.store)?;
    let store = SledStore::open(&fresh)?;
    backup::load_secrets(&places.secrets, &store).await?;
    Ok(None)
}

async fn restore_fresh(file: &Path, places: &Places) -> Result<Backup> {
    let fresh = swap::fresh(&places.store)?;
    let store = SledStore::open(&fresh)?;
    let backup = backup::load(file, &store).await?;
    backup::load_secrets(&places.secrets, &store).await?;
    Ok(backup)
}

/// Puts a backup in the place of a store that nobody holds. First the backup is verified and loaded beside it; the
/// earlier store is kept, and its folder returned.
///
/// # Errors
/// The backup is not whole, the store is in use, or there is no room; the store is then as it was.
pub async fn restore(file: &Path, places: &Places, now: Timestamp) -> Result<(Backup, Option<PathBuf>)> {
    backup::verify(file)?;
    let had_one = places.store.exists();
    if had_one {
        match SledStore::open(&places.store) {
            // Its secrets are newer than those saved last; a damaged store gives none.
            Ok(held) => backup::save_secrets(&held, &places.secrets).await?,
            Err(StoreError::Damaged { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    let backup = restore_fresh(file, places).await?;
    let aside = swap::in_place(&places.store, &format!("before-restore-{}", backup::file_time(now)))?;
    Ok((backup, had_one.then_some(aside)))
}

/// What compacting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes after.
    pub bytes_after: u64,
}

/// Copies a store that nobody holds into a fresh folder and puts that in its place.
///
/// # Errors
/// The store is in use or damaged, or there is no room for the copy; the store is then as it was.
pub async fn compact(folder: &Path, now: Timestamp) -> Result<Compacted> {
    let bytes_before = swap::bytes_in(folder);
    swap::check_room(folder, bytes_before)?;
    let fresh = swap::fresh(folder)?;
    {
        let held = SledStore::open(folder)?;
        let copy = SledStore::open(&fresh)?;
        let copied = super::copy::copy(&held, &copy).await?;
        let (old, new) = (held.check().await?, copy.check().await?);
        let same = (old.posts, old.comments, copied.records) == (new.posts, new.comments, new.records);
        if !same || !new.faults.is_empty() {
            let cause = old.faults.first().cloned().unwrap_or_else(|| "the copy is not the same".to_owned());
            return Err(StoreError::Failed(format!("{} was not compacted: {cause}", folder.display())));
        }
    }
    let aside = swap::in_place(folder, &format!("before-compact-{}", backup::file_time(now)))?;
    std::fs::remove_dir_all(&aside).map_err(|error| backup::file_error(&aside, &error))?;
    Ok(Compacted { bytes_before, bytes_after: swap::bytes_in(folder) })
}
