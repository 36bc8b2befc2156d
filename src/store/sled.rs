//! The store of one process: sled 0.34 in one folder.
//!
//! Everything lies in one tree under a one-letter prefix, because a batch on one tree is atomic and cheap while a
//! transaction over several takes sled's process-wide lock. Writers queue behind one mutex (they read before they
//! write); then each flushes outside of it, in a blocking thread: `flush_async` from many tasks hangs in 0.34.7.
//!
//! | prefix | key | value |
//! |---|---|---|
//! | `s` | source id | SourceState |
//! | `p` | post id | Post |
//! | `k` | identity key | post id |
//! | `c` | post id, comment id | Comment |
//! | `t` | due instant, post id | nothing: threads to fetch |
//! | `q` | seq | post id: changes in order |
//! | `r` | post id | seq of its newest change |
//! | `d` | kind, owner, id | Record |
//! | `m` | name | schema and counters |

use super::codec::{self, SCHEMA};
use super::{
    Change, CheckReport, CrawlBatch, KeyedPost, PostQuery, Record, RecordKey, RecordKind, Result, Store, StoreError,
};
use crate::model::{Comment, Post, PostId, SourceState};
use async_trait::async_trait;
use jiff::Timestamp;
use sled::{Batch, IVec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Pages of the tree that sled keeps in memory, in bytes; its own default is 1 GiB.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

const SCHEMA_KEY: &[u8] = b"mschema";

/// A store in one folder, held by one process.
#[derive(Clone, Debug)]
pub struct SledStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: sled::Db,
    writing: Mutex<()>,
}

impl SledStore {
    /// Opens the folder, or makes it.
    ///
    /// A folder that another process holds, that is damaged, or that a newer version wrote is an error that says so;
    /// sled's own panics on damaged files are caught.
    pub fn open(folder: &Path) -> Result<Self> {
        let place = folder.display().to_string();
        let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(Some(500));
        let opened = catch_unwind(AssertUnwindSafe(|| config.open())).map_err(|_| StoreError::Damaged {
            place: place.clone(),
            cause: "the engine gave up on its files".to_owned(),
        })?;
        let engine = opened.map_err(|error| open_error(&place, error))?;
        match engine.get(SCHEMA_KEY).map_err(engine_error)? {
            None => {
                engine.insert(SCHEMA_KEY, &[SCHEMA]).map_err(engine_error)?;
            }
            Some(found) => {
                let found = found.first().copied().unwrap_or(0);
                if found > SCHEMA {
                    return Err(StoreError::Newer { place, found: found.into(), known: SCHEMA.into() });
                }
            }
        }
        Ok(Self { inner: Arc::new(Inner { engine, writing: Mutex::new(()) }) })
    }

    /// Runs engine calls where they may block.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> Result<T> + Send + 'static) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(done) => done,
            Err(error) => Err(StoreError::Failed(format!("the engine stopped in the middle of a call: {error}"))),
        }
    }

    /// Runs a write behind the writers' lock and makes it durable before returning.
    async fn write<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> Result<T> + Send + 'static) -> Result<T> {
        self.blocking(move |inner| {
            let done = {
                let _one_at_a_time = inner.writing.lock().unwrap_or_else(PoisonError::into_inner);
                work(inner)?
            };
            inner.engine.flush().map_err(engine_error)?;
            Ok(done)
        })
        .await
    }
}

impl Inner {
    fn find<T: serde::de::DeserializeOwned>(&self, key: &[u8], what: &str) -> Result<Option<T>> {
        match self.engine.get(key).map_err(engine_error)? {
            Some(bytes) => codec::decode(&bytes, what).map(Some),
            None => Ok(None),
        }
    }

    fn last_seq(&self) -> Result<u64> {
        match self.engine.scan_prefix(b"q").next_back() {
            Some(entry) => Ok(number(&entry.map_err(engine_error)?.0[1..])),
            None => Ok(0),
        }
    }

    /// Adds the marks of a changed post to a batch.
    fn mark_changed(&self, batch: &mut Batch, post: &PostId, seq: u64) -> Result<()> {
        let place = keyed(b'r', post.as_str());
        if let Some(earlier) = self.engine.get(&place).map_err(engine_error)? {
            batch.remove(numbered(b'q', number(&earlier)));
        }
        batch.insert(numbered(b'q', seq), post.as_str().as_bytes());
        batch.insert(place, &seq.to_be_bytes());
        Ok(())
    }

    fn save_crawl(&self, crawled: CrawlBatch) -> Result<()> {
        let mut batch = Batch::default();
        let mut seq = self.last_seq()?;
        let mut marked = std::collections::HashSet::new();
        if let Some(state) = &crawled.state {
            batch.insert(keyed(b's', state.source_id.as_str()), codec::encode(state)?);
        }
        for KeyedPost { post, keys } in &crawled.posts {
            let place = keyed(b'p', post.id.as_str());
            if let Some(earlier) = self.find::<Post>(&place, "a post")?
                && let Some(at) = earlier.thread.due_at
            {
                batch.remove(due_key(at, &post.id));
            }
            if let Some(at) = post.thread.due_at {
                batch.insert(due_key(at, &post.id), &[]);
            }
            batch.insert(place, codec::encode(post)?);
            for key in keys {
                let place = keyed(b'k', key);
                if !self.engine.contains_key(&place).map_err(engine_error)? {
                    batch.insert(place, post.id.as_str().as_bytes());
                }
            }
            if marked.insert(post.id.clone()) {
                seq += 1;
                self.mark_changed(&mut batch, &post.id, seq)?;
            }
        }
        for comment in &crawled.comments {
            batch.insert(comment_key(comment), codec::encode(comment)?);
            if marked.insert(comment.post_id.clone()) {
                seq += 1;
                self.mark_changed(&mut batch, &comment.post_id, seq)?;
            }
        }
        self.engine.apply_batch(batch).map_err(engine_error)
    }

    fn remove_posts(&self, ids: &[PostId]) -> Result<()> {
        let mut batch = Batch::default();
        let mut seq = self.last_seq()?;
        for id in ids {
            let place = keyed(b'p', id.as_str());
            let Some(post) = self.find::<Post>(&place, "a post")? else { continue };
            if let Some(at) = post.thread.due_at {
                batch.remove(due_key(at, id));
            }
            batch.remove(place);
            for entry in self.engine.scan_prefix(keyed(b'c', id.as_str())) {
                batch.remove(entry.map_err(engine_error)?.0);
            }
            seq += 1;
            self.mark_changed(&mut batch, id, seq)?;
        }
        // Keys do not know their post's other keys, so all are looked through: pruning is a nightly job.
        for entry in self.engine.scan_prefix(b"k") {
            let (key, holder) = entry.map_err(engine_error)?;
            if ids.iter().any(|id| id.as_str().as_bytes() == &*holder) {
                batch.remove(key);
            }
        }
        self.engine.apply_batch(batch).map_err(engine_error)
    }

    fn check(&self) -> Result<CheckReport> {
        let mut report = CheckReport::default();
        for entry in self.engine.iter() {
            let (key, value) = entry.map_err(engine_error)?;
            let name = String::from_utf8_lossy(&key[1..]).replace('\0', "/");
            let holder = |bytes: &[u8]| self.engine.contains_key([b"p", bytes].concat()).map_err(engine_error);
            let fault = match key[0] {
                b'p' => {
                    report.posts += 1;
                    codec::decode::<Post>(&value, &format!("post {name}")).err().map(|error| error.to_string())
                }
                b'c' => {
                    report.comments += 1;
                    codec::decode::<Comment>(&value, &format!("comment {name}")).err().map(|error| error.to_string())
                }
                b'd' => {
                    report.records += 1;
                    codec::decode::<Record>(&value, &format!("record {name}")).err().map(|error| error.to_string())
                }
                b's' => codec::decode::<SourceState>(&value, &format!("state of {name}"))
                    .err()
                    .map(|error| error.to_string()),
                b'k' if !holder(&value)? => Some(format!("identity key {name} points to a post that is not there")),
                b't' if !holder(&key[9..])? => Some("a due thread points to a post that is not there".to_owned()),
                _ => None,
            };
            report.faults.extend(fault);
        }
        Ok(report)
    }
}

#[async_trait]
impl Store for SledStore {
    async fn save_crawl(&self, batch: CrawlBatch) -> Result<()> {
        self.write(move |inner| inner.save_crawl(batch)).await
    }

    async fn find_identities(&self, keys: &[String]) -> Result<Vec<Option<PostId>>> {
        let keys = keys.to_vec();
        self.blocking(move |inner| {
            keys.iter().map(|key| Ok(inner.engine.get(keyed(b'k', key)).map_err(engine_error)?.map(post_id))).collect()
        })
        .await
    }

    async fn list_states(&self) -> Result<Vec<SourceState>> {
        self.blocking(|inner| inner.engine.scan_prefix(b"s").map(|entry| value(entry, "a source's state")).collect())
            .await
    }

    async fn find_posts(&self, ids: &[PostId]) -> Result<Vec<Post>> {
        let ids = ids.to_vec();
        self.blocking(move |inner| {
            ids.iter().filter_map(|id| inner.find(&keyed(b'p', id.as_str()), "a post").transpose()).collect()
        })
        .await
    }

    async fn list_posts(&self, query: &PostQuery) -> Result<Vec<Post>> {
        let query = query.clone();
        self.blocking(move |inner| {
            let prefix = query.source.as_ref().map_or_else(String::new, PostId::prefix_of);
            let start = match &query.after {
                Some(after) => [keyed(b'p', after.as_str()), vec![0]].concat(),
                None => keyed(b'p', &prefix),
            };
            let prefix = keyed(b'p', &prefix);
            let mut posts = Vec::new();
            for entry in inner.engine.range(start..) {
                let (key, bytes) = entry.map_err(engine_error)?;
                if posts.len() >= query.max || !key.starts_with(&prefix) {
                    break;
                }
                let post: Post = codec::decode(&bytes, "a post")?;
                if query.source.as_ref().is_none_or(|source| &post.source_id == source) {
                    posts.push(post);
                }
            }
            Ok(posts)
        })
        .await
    }

    async fn list_changes(&self, seq: u64, max: usize) -> Result<Vec<Change>> {
        self.blocking(move |inner| {
            inner
                .engine
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
        self.blocking(move |inner| {
            let mut all = Vec::new();
            for post in &posts {
                let scan = inner.engine.scan_prefix(keyed(b'c', post.as_str()));
                let mut thread: Vec<Comment> = scan.map(|entry| value(entry, "a comment")).collect::<Result<_>>()?;
                thread.sort_by_key(|comment| comment.published_at.unwrap_or(Timestamp::MAX));
                all.append(&mut thread);
            }
            Ok(all)
        })
        .await
    }

    async fn list_threads_due(&self, now: Timestamp, max: usize) -> Result<Vec<PostId>> {
        self.blocking(move |inner| {
            inner
                .engine
                .range(vec![b't']..due_prefix(now.as_second().saturating_add(1)))
                .take(max)
                .map(|entry| Ok(post_id(IVec::from(&entry.map_err(engine_error)?.0[9..]))))
                .collect()
        })
        .await
    }

    async fn remove_posts(&self, ids: &[PostId]) -> Result<()> {
        let ids = ids.to_vec();
        self.write(move |inner| inner.remove_posts(&ids)).await
    }

    async fn find_record(&self, key: &RecordKey) -> Result<Option<Record>> {
        let key = record_key(key);
        self.blocking(move |inner| inner.find(&key, "a record")).await
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
        self.blocking(move |inner| {
            inner
                .engine
                .range(start..)
                .take_while(|entry| entry.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
                .take(max)
                .map(|entry| value(entry, "a record"))
                .collect()
        })
        .await
    }

    async fn save_records(&self, save: Vec<Record>, remove: Vec<RecordKey>) -> Result<()> {
        self.write(move |inner| {
            let mut batch = Batch::default();
            for key in &remove {
                batch.remove(record_key(key));
            }
            for record in &save {
                batch.insert(record_key(&record.key()), codec::encode(record)?);
            }
            inner.engine.apply_batch(batch).map_err(engine_error)
        })
        .await
    }

    async fn swap_record(&self, key: &RecordKey, expected: Option<&Record>, new: Option<Record>) -> Result<bool> {
        let place = record_key(key);
        let expected = expected.cloned();
        self.write(move |inner| {
            if inner.find::<Record>(&place, "a record")? != expected {
                return Ok(false);
            }
            match new {
                Some(record) => inner.engine.insert(place, codec::encode(&record)?).map_err(engine_error)?,
                None => inner.engine.remove(place).map_err(engine_error)?,
            };
            Ok(true)
        })
        .await
    }

    async fn check(&self) -> Result<CheckReport> {
        self.blocking(Inner::check).await
    }

    async fn flush(&self) -> Result<()> {
        self.blocking(|inner| inner.engine.flush().map(|_| ()).map_err(engine_error)).await
    }
}

type Entry = sled::Result<(IVec, IVec)>;

fn value<T: serde::de::DeserializeOwned>(entry: Entry, what: &str) -> Result<T> {
    codec::decode(&entry.map_err(engine_error)?.1, what)
}

fn keyed(prefix: u8, rest: &str) -> Vec<u8> {
    [&[prefix], rest.as_bytes()].concat()
}

fn numbered(prefix: u8, number: u64) -> Vec<u8> {
    [&[prefix], number.to_be_bytes().as_slice()].concat()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Instants before 1970 sort as 1970: a thread that old is due anyway.
fn due_prefix(second: i64) -> Vec<u8> {
    numbered(b't', second.max(0) as u64)
}

fn due_key(at: Timestamp, post: &PostId) -> Vec<u8> {
    [due_prefix(at.as_second()).as_slice(), post.as_str().as_bytes()].concat()
}

fn comment_key(comment: &Comment) -> Vec<u8> {
    [b"c".as_slice(), comment.post_id.as_str().as_bytes(), comment.id.as_str().as_bytes()].concat()
}

fn record_key(key: &RecordKey) -> Vec<u8> {
    [b"d".as_slice(), key.kind.as_str().as_bytes(), &[0], key.owner.as_bytes(), &[0], key.id.as_bytes()].concat()
}

fn post_id(bytes: IVec) -> PostId {
    PostId::new(String::from_utf8_lossy(&bytes))
}

fn open_error(place: &str, error: sled::Error) -> StoreError {
    let place = place.to_owned();
    match error {
        sled::Error::Io(cause) if cause.to_string().contains("lock") => StoreError::InUse { place },
        sled::Error::Corruption { .. } => {
            StoreError::Damaged { place, cause: "a part of its files is not what was written".to_owned() }
        }
        sled::Error::Io(cause) => StoreError::Failed(format!("{place} cannot be opened: {cause}")),
        other => StoreError::Damaged { place, cause: other.to_string() },
    }
}

fn engine_error(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(cause) if cause.kind() == std::io::ErrorKind::StorageFull => StoreError::Full,
        other => StoreError::Failed(other.to_string()),
    }
}
