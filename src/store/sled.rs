//! The store of one process: sled 0.34 in one folder.
//!
//! Everything lies in one tree under a one-letter prefix, because a batch on one tree is atomic and cheap while a
//! transaction over several takes sled's process-wide lock. Writers queue behind one mutex (they read before they
//! write); then each flushes outside of it, in a blocking thread: `flush_async` from many tasks hangs in 0.34.7.
//!
//! | prefix | key | value |
//! |---|---|---|
//! | `s` | source id | SourceState |
//! | `p` | post id | Post with its identity keys |
//! | `k` | number of a run | identity keys claimed and released by one write |
//! | `c` | post id, comment id | Comment |
//! | `t` | due instant, post id | nothing: threads to fetch |
//! | `q` | seq | post id: changes in order |
//! | `r` | post id | seq of its newest change |
//! | `d` | kind, owner, id | Record |
//! | `m` | name | schema and counters |

mod engine;
mod identities;
mod keys;
mod tree;
mod writes;

use super::codec::{self, KeptPost};
use super::leases::MemoryLeases;
use super::limits::MemoryLimits;
use super::witness::{self, Witness};
use super::{
    Change, CheckReport, CrawlBatch, Lease, Limit, PostQuery, Record, RecordKey, RecordKind, Result, Store, StoreError,
    Used,
};
use crate::model::{Comment, Post, PostId, SourceId, SourceState};
use async_trait::async_trait;
use engine::{engine_error, open_engine};
use jiff::Timestamp;
use keys::*;
use sled::{Db, IVec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use writes::{Known, Writes};

/// Writes stop while the disk has less room than this, in bytes: the engine gives up for good where a write of its
/// own fails, and cleaning up needs room too.
const ROOM_BYTES_MIN: u64 = 24 * 1024 * 1024;

/// A store in one folder, held by one process.
#[derive(Clone, Debug)]
pub struct SledStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// None only while an engine that gave up could not be opened again.
    engine: RwLock<Option<Db>>,
    /// Held while writing.
    known: Mutex<Known>,
    leases: MemoryLeases,
    limits: MemoryLimits,
}

impl SledStore {
    /// Opens the folder, or makes it. Nothing is read beyond what the engine needs; [`super::recovery::open`] also
    /// looks for damage.
    ///
    /// # Errors
    /// A folder that another process holds, that is damaged, or that a newer version wrote says so; sled's own panics
    /// on damaged files are caught.
    pub fn open(folder: &Path) -> Result<Self> {
        let engine = open_engine(folder)?;
        let known = Mutex::new(known(&engine, folder)?);
        witness::dismiss(folder);
        let (leases, limits) = (MemoryLeases::default(), MemoryLimits::default());
        let inner = Inner { folder: folder.to_owned(), engine: RwLock::new(Some(engine)), known, leases, limits };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads everything and compares it with what was written; `closed_with` is the digest that the store was closed
    /// with, where it is known.
    pub(super) async fn prove(&self, closed_with: Option<u64>) -> Result<()> {
        let place = self.inner.folder.display().to_string();
        self.blocking(move |engine| tree::prove(engine, closed_with, &place)).await
    }

    /// Runs engine calls where they may block.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
        self.off_thread(move |inner| inner.with_engine(work)).await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(done) => done,
            Err(error) => Err(StoreError::Failed(format!("the engine stopped in the middle of a call: {error}"))),
        }
    }

    /// Runs a write behind the writers' lock and makes it durable before returning.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db, &mut Writes<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.off_thread(move |inner| {
            if fs4::available_space(&inner.folder).is_ok_and(|free| free < ROOM_BYTES_MIN) {
                return Err(StoreError::Full);
            }
            let written = inner.with_engine(|engine| {
                let done = {
                    let mut known = inner.known();
                    let mut writes = Writes::new(engine, &known);
                    let done = work(engine, &mut writes)?;
                    let applied = writes.apply()?;
                    known.take(applied);
                    done
                };
                engine.flush().map_err(engine_error)?;
                Ok(done)
            });
            if written.is_err() {
                inner.open_again();
            }
            written
        })
        .await
    }
}

impl Inner {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_engine<T>(&self, work: impl FnOnce(&Db) -> Result<T>) -> Result<T> {
        let held = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = held.as_ref() {
            return work(engine);
        }
        drop(held);
        self.open_again();
        match self.engine.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(engine) => work(engine),
            None => Err(StoreError::Failed(format!("{} cannot be opened again after an error", self.folder.display()))),
        }
    }

    /// After a failed write the engine refuses everything: it is opened again, as of its last durable write.
    fn open_again(&self) {
        let mut held = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        *held = None;
        if let Ok(engine) = open_engine(&self.folder)
            && let Ok(known) = known(&engine, &self.folder)
        {
            *self.known() = known;
            *held = Some(engine);
        }
    }
}

impl Drop for Inner {
    /// Closes the engine and leaves a witness of how its files look.
    fn drop(&mut self) {
        let engine = self.engine.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let digest = self.known.get_mut().unwrap_or_else(PoisonError::into_inner).digest;
        let flushed = engine.as_ref().is_some_and(|engine| engine.flush().is_ok());
        drop(engine);
        if flushed && let Ok(witness) = Witness::of(&self.folder, digest) {
            witness.leave(&self.folder);
        }
    }
}

/// What is read when a store is opened; what cannot be read is damaged.
fn known(engine: &Db, folder: &Path) -> Result<Known> {
    let read = catch_unwind(AssertUnwindSafe(|| Known::read(engine)));
    let damaged = |cause: String| StoreError::Damaged { place: folder.display().to_string(), cause };
    match read {
        Ok(Ok(known)) => Ok(known),
        Ok(Err(StoreError::Full)) => Err(StoreError::Full),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("the engine gave up on its files".to_owned())),
    }
}

#[async_trait]
impl Store for SledStore {
    async fn save_crawl(&self, batch: CrawlBatch) -> Result<bool> {
        let inner = Arc::clone(&self.inner);
        self.write(move |engine, writes| {
            let mut fence = inner.leases.fence();
            if !fence.is_ours(batch.lease.as_ref()) {
                return Ok(false);
            }
            tree::save_crawl(engine, writes, &batch)?;
            fence.end(batch.lease.as_ref());
            Ok(true)
        })
        .await
    }

    async fn save_states(&self, states: Vec<(SourceState, Option<Lease>)>) -> Result<()> {
        if states.is_empty() {
            return Ok(());
        }
        let inner = Arc::clone(&self.inner);
        self.write(move |_, writes| {
            let mut fence = inner.leases.fence();
            for (state, lease) in &states {
                if fence.is_ours(lease.as_ref()) {
                    tree::save_state(writes, state)?;
                    fence.end(lease.as_ref());
                }
            }
            Ok(())
        })
        .await
    }

    async fn lease(&self, names: &[String], now: Timestamp, until: Timestamp, max: usize) -> Result<Vec<Lease>> {
        Ok(self.inner.leases.lease(names, now, until, max))
    }

    async fn renew(&self, leases: &[Lease], until: Timestamp) -> Result<Vec<Lease>> {
        Ok(self.inner.leases.renew(leases, until))
    }

    async fn use_up(&self, name: &str, limit: Limit, now: Timestamp) -> Result<Used> {
        Ok(self.inner.limits.use_up(name, limit, now))
    }

    async fn find_lease(&self, name: &str) -> Result<Option<Lease>> {
        Ok(self.inner.leases.find(name))
    }

    async fn find_identities(&self, keys: &[String]) -> Result<Vec<Option<PostId>>> {
        let marks: Vec<u64> = keys.iter().map(|key| identities::mark(key)).collect();
        self.off_thread(move |inner| {
            let known = inner.known();
            Ok(marks.into_iter().map(|mark| known.identities.holder(mark)).collect())
        })
        .await
    }

    async fn find_states(&self, sources: &[SourceId]) -> Result<Vec<SourceState>> {
        let sources = sources.to_vec();
        self.blocking(move |engine| {
            let state = |source: &SourceId| tree::find(engine, &keyed(b's', source.as_str()), "a source's state");
            sources.iter().filter_map(|source| state(source).transpose()).collect()
        })
        .await
    }

    async fn list_states(&self) -> Result<Vec<SourceState>> {
        self.blocking(|engine| engine.scan_prefix(b"s").map(|entry| value(entry, "a source's state")).collect()).await
    }

    async fn find_posts(&self, ids: &[PostId]) -> Result<Vec<Post>> {
        let ids = ids.to_vec();
        self.blocking(move |engine| {
            let found = ids.iter().filter_map(|id| tree::find(engine, &keyed(b'p', id.as_str()), "a post").transpose());
            found.map(|kept: Result<KeptPost>| Ok(kept?.post)).collect()
        })
        .await
    }

    async fn list_keys(&self, posts: &[PostId]) -> Result<Vec<Vec<String>>> {
        let posts = posts.to_vec();
        self.blocking(move |engine| {
            let held_by = |id: &PostId| {
                let kept: Option<KeptPost> = tree::find(engine, &keyed(b'p', id.as_str()), "a post")?;
                Ok(kept.map_or_else(Vec::new, |kept| kept.keys))
            };
            posts.iter().map(held_by).collect()
        })
        .await
    }

    async fn list_posts(&self, query: &PostQuery) -> Result<Vec<Post>> {
        let query = query.clone();
        self.blocking(move |engine| {
            let prefix = query.source.as_ref().map_or_else(String::new, PostId::prefix_of);
            let start = match &query.after {
                Some(after) => [keyed(b'p', after.as_str()), vec![0]].concat(),
                None => keyed(b'p', &prefix),
            };
            let prefix = keyed(b'p', &prefix);
            let mut posts = Vec::new();
            for entry in engine.range(start..) {
                let (key, bytes) = entry.map_err(engine_error)?;
                if posts.len() >= query.max || !key.starts_with(&prefix) {
                    break;
                }
                let post = codec::decode::<KeptPost>(&bytes, "a post")?.post;
                if query.source.as_ref().is_none_or(|source| &post.source_id == source) {
                    posts.push(post);
                }
            }
            Ok(posts)
        })
        .await
    }

    async fn list_changes(&self, seq: u64, max: usize) -> Result<Vec<Change>> {
        self.blocking(move |engine| {
            engine
                .range(numbered(b'q', seq.saturating_add(1))..numbered(b'q', u64::MAX))
                .take(max)
                .map(|entry| {
                    let (key, post) = entry.map_err(engine_error)?;
                    Ok(Change { seq: number(&key[1..]), post: post_id(post) })
                })
                .collect()
        })
        .await
    }

    async fn list_comments(&self, posts: &[PostId]) -> Result<Vec<Comment>> {
        let posts = posts.to_vec();
        self.blocking(move |engine| {
            let threads: Vec<Vec<Comment>> =
                posts.iter().map(|post| tree::thread(engine, post)).collect::<Result<_>>()?;
            Ok(threads.into_iter().flatten().collect())
        })
        .await
    }

    async fn list_threads_due(&self, now: Timestamp, max: usize) -> Result<Vec<PostId>> {
        self.blocking(move |engine| {
            engine
                .range(vec![b't']..due_prefix(now.as_second().saturating_add(1)))
                .take(max)
                .map(|entry| Ok(post_id(IVec::from(&entry.map_err(engine_error)?.0[9..]))))
                .collect()
        })
        .await
    }

    async fn remove_posts(&self, ids: &[PostId]) -> Result<()> {
        let ids = ids.to_vec();
        self.write(move |engine, writes| tree::remove_posts(engine, writes, &ids)).await
    }

    async fn find_record(&self, key: &RecordKey) -> Result<Option<Record>> {
        let key = record_key(key);
        self.blocking(move |engine| tree::find(engine, &key, "a record")).await
    }

    async fn find_records(&self, keys: &[RecordKey]) -> Result<Vec<Record>> {
        let keys: Vec<_> = keys.iter().map(record_key).collect();
        let find = |engine: &Db, key: &Vec<u8>| tree::find(engine, key, "a record").transpose();
        self.blocking(move |engine| keys.iter().filter_map(|key| find(engine, key)).collect()).await
    }

    async fn list_records(
        &self,
        kind: RecordKind,
        owner: Option<&str>,
        after: Option<&RecordKey>,
        max: usize,
    ) -> Result<Vec<Record>> {
        let mut prefix = keyed(b'd', kind.as_str());
        prefix.push(0);
        if let Some(owner) = owner {
            prefix.extend_from_slice(owner.as_bytes());
            prefix.push(0);
        }
        let start = match after {
            Some(after) => [record_key(after), vec![0]].concat(),
            None => prefix.clone(),
        };
        self.blocking(move |engine| {
            engine
                .range(start..)
                .take_while(|entry| entry.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
                .take(max)
                .map(|entry| value(entry, "a record"))
                .collect()
        })
        .await
    }

    async fn save_records(&self, save: Vec<Record>, remove: Vec<RecordKey>) -> Result<()> {
        self.write(move |_, writes| tree::save_records(writes, &save, &remove)).await
    }

    async fn swap_record(&self, key: &RecordKey, expected: Option<&Record>, new: Option<Record>) -> Result<bool> {
        let key = key.clone();
        let expected = expected.cloned();
        self.write(move |engine, writes| {
            if tree::find::<Record>(engine, &record_key(&key), "a record")? != expected {
                return Ok(false);
            }
            tree::save_records(writes, new.as_slice(), &[key])?;
            Ok(true)
        })
        .await
    }

    async fn check(&self) -> Result<CheckReport> {
        self.blocking(tree::check).await
    }

    async fn trim(&self) -> Result<()> {
        self.off_thread(|inner| {
            let posts: Vec<PostId> = inner.known().identities.holders().take(engine::TRIMMED_BY).collect();
            inner.with_engine(|engine| engine::trim(engine, &posts))
        })
        .await
    }

    async fn flush(&self) -> Result<()> {
        self.blocking(|engine| engine.flush().map(|_| ()).map_err(engine_error)).await
    }
}

type Entry = sled::Result<(IVec, IVec)>;

fn value<T: codec::Kept>(entry: Entry, what: &str) -> Result<T> {
    codec::decode(&entry.map_err(engine_error)?.1, what)
}
