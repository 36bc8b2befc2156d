//! The engine of one folder: opened, brought to this schema, kept within its memory, and its errors in our words.

use super::identities::Identities;
use super::keys::{SCHEMA_KEY, keyed};
use crate::model::PostId;
use crate::store::codec::SCHEMA;
use crate::store::{Result, StoreError};
use sled::{Batch, Db};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

/// Pages of the tree that sled keeps in memory, in bytes; its own default is 1 GiB.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// The engine is not even started with less, in bytes: it would write half of what it needs.
const START_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// A store that was just closed in this process lets go of its lock a moment later.
const LOCK_TRIES: u32 = 20;
const LOCK_RETRY: Duration = Duration::from_millis(25);

/// Posts that are read to trim the engine's memory. Pages belong to its 256 queues by number, so the chance that one is
/// left out is 256 * exp(-2,000 / 256), a tenth.
pub(super) const TRIMMED_BY: usize = 2_000;

pub(super) fn open_engine(folder: &Path) -> Result<Db> {
    let place = folder.display().to_string();
    // Every write flushes before it is acknowledged, behind a look at the room that is left. A flush in the background
    // would meet a full disk without that look, and the engine refuses everything after such an error.
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let free = fs4::available_space(folder.ancestors().find(|place| place.exists()).unwrap_or(folder));
    if free.is_ok_and(|free| free < START_BYTES_MIN) {
        return Err(StoreError::Full);
    }
    let mut tries = 0;
    let engine = loop {
        let opened = catch_unwind(AssertUnwindSafe(|| config.open())).map_err(|_| StoreError::Damaged {
            place: place.clone(),
            cause: "the engine gave up on its files".to_owned(),
        })?;
        match opened.map_err(|error| open_error(&place, error)) {
            Err(StoreError::InUse { .. }) if tries < LOCK_TRIES => {
                tries += 1;
                std::thread::sleep(LOCK_RETRY);
            }
            other => break other?,
        }
    };
    match engine.get(SCHEMA_KEY).map_err(engine_error)?.map(|found| found.first().copied().unwrap_or(0)) {
        None => {
            engine.insert(SCHEMA_KEY, &[SCHEMA]).map_err(engine_error)?;
        }
        Some(found) if found > SCHEMA => {
            return Err(StoreError::Newer { place, found: found.into(), known: SCHEMA.into() });
        }
        Some(found) if found < SCHEMA => upgrade(&engine)?,
        Some(_) => {}
    }
    Ok(engine)
}

/// Brings a store of an earlier schema to this one; all of it or nothing. Its values stay as they are until they change.
fn upgrade(engine: &Db) -> Result<()> {
    let mut batch = Batch::default();
    Identities::upgrade(engine, &mut batch)?;
    batch.insert(SCHEMA_KEY, &[SCHEMA]);
    engine.apply_batch(batch).map_err(engine_error)?;
    engine.flush().map(|_| ()).map_err(engine_error)
}

/// Gives back what a walk through everything has taken. The engine looks at the bounds of its cache only when 64 reads
/// were noted in one of its queues, so sixteen thousand pages stay in memory: some pages of every queue are read as
/// often as it takes.
///
/// # Errors
/// A page cannot be read.
pub(super) fn trim(engine: &Db, posts: &[PostId]) -> Result<()> {
    const NOTED: usize = 64;
    for key in posts.iter().map(|post| keyed(b'p', post.as_str())) {
        for _ in 0..NOTED {
            engine.get(&key).map_err(engine_error)?;
        }
    }
    Ok(())
}

fn open_error(place: &str, error: sled::Error) -> StoreError {
    let place = place.to_owned();
    match error {
        sled::Error::Io(cause) if cause.to_string().contains("lock") => StoreError::InUse { place },
        sled::Error::Corruption { .. } => {
            StoreError::Damaged { place, cause: "a part of its files is not what was written".to_owned() }
        }
        sled::Error::Io(cause) if cause.kind() == std::io::ErrorKind::StorageFull => StoreError::Full,
        sled::Error::Io(cause) => StoreError::Failed(format!("{place} cannot be opened: {cause}")),
        other => StoreError::Damaged { place, cause: other.to_string() },
    }
}

pub(super) fn engine_error(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(cause) if cause.kind() == std::io::ErrorKind::StorageFull => StoreError::Full,
        other => StoreError::Failed(other.to_string()),
    }
}
