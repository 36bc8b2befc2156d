//! A store in memory, for tests and for commands that need none on disk.

use super::leases::MemoryLeases;
use super::limits::MemoryLimits;
use super::{
    Change, CheckReport, CrawlBatch, KeyedPost, Lease, Limit, PostQuery, Record, RecordKey, RecordKind, Result, Store,
    Used,
};
use crate::model::{Comment, CommentId, Post, PostId, SourceId, SourceState};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps everything in ordinary maps behind one lock.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
    leases: MemoryLeases,
    limits: MemoryLimits,
}

#[derive(Debug, Default)]
struct Kept {
    states: BTreeMap<SourceId, SourceState>,
    posts: BTreeMap<PostId, Post>,
    keys: HashMap<String, PostId>,
    keys_of: HashMap<PostId, BTreeSet<String>>,
    comments: BTreeMap<PostId, BTreeMap<CommentId, Comment>>,
    records: BTreeMap<RecordKey, Record>,
    changes: BTreeMap<u64, PostId>,
    changed: HashMap<PostId, u64>,
    seq: u64,
}

impl Kept {
    fn changed(&mut self, post: &PostId) {
        self.seq += 1;
        if let Some(earlier) = self.changed.insert(post.clone(), self.seq) {
            self.changes.remove(&earlier);
        }
        self.changes.insert(self.seq, post.clone());
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn save_crawl(&self, batch: CrawlBatch) -> Result<bool> {
        let mut fence = self.leases.fence();
        if !fence.is_ours(batch.lease.as_ref()) {
            return Ok(false);
        }
        let mut kept = self.kept();
        if let Some(state) = batch.state {
            kept.states.insert(state.source_id.clone(), state);
        }
        for KeyedPost { post, keys } in batch.posts {
            for key in keys {
                if kept.keys.entry(key.clone()).or_insert_with(|| post.id.clone()) == &post.id {
                    kept.keys_of.entry(post.id.clone()).or_default().insert(key);
                }
            }
            kept.changed(&post.id);
            kept.posts.insert(post.id.clone(), post);
        }
        for comment in batch.comments {
            kept.changed(&comment.post_id);
            kept.comments.entry(comment.post_id.clone()).or_default().insert(comment.id.clone(), comment);
        }
        fence.end(batch.lease.as_ref());
        Ok(true)
    }

    async fn lease(&self, names: &[String], now: Timestamp, until: Timestamp, max: usize) -> Result<Vec<Lease>> {
        Ok(self.leases.lease(names, now, until, max))
    }

    async fn renew(&self, leases: &[Lease], until: Timestamp) -> Result<Vec<Lease>> {
        Ok(self.leases.renew(leases, until))
    }

    async fn use_up(&self, name: &str, limit: Limit, now: Timestamp) -> Result<Used> {
        Ok(self.limits.use_up(name, limit, now))
    }

    async fn find_lease(&self, name: &str) -> Result<Option<Lease>> {
        Ok(self.leases.find(name))
    }

    async fn find_states(&self, sources: &[SourceId]) -> Result<Vec<SourceState>> {
        let kept = self.kept();
        Ok(sources.iter().filter_map(|source| kept.states.get(source).cloned()).collect())
    }

    async fn find_identities(&self, keys: &[String]) -> Result<Vec<Option<PostId>>> {
        let kept = self.kept();
        Ok(keys.iter().map(|key| kept.keys.get(key).cloned()).collect())
    }

    async fn list_states(&self) -> Result<Vec<SourceState>> {
        Ok(self.kept().states.values().cloned().collect())
    }

    async fn find_posts(&self, ids: &[PostId]) -> Result<Vec<Post>> {
        let kept = self.kept();
        Ok(ids.iter().filter_map(|id| kept.posts.get(id).cloned()).collect())
    }

    async fn list_keys(&self, posts: &[PostId]) -> Result<Vec<Vec<String>>> {
        let kept = self.kept();
        let held_by = |post| kept.keys_of.get(post).map_or_else(Vec::new, |keys| keys.iter().cloned().collect());
        Ok(posts.iter().map(held_by).collect())
    }

    async fn list_posts(&self, query: &PostQuery) -> Result<Vec<Post>> {
        let kept = self.kept();
        let of_source = |post: &&Post| query.source.as_ref().is_none_or(|source| &post.source_id == source);
        let after = |post: &&Post| query.after.as_ref().is_none_or(|after| &post.id > after);
        Ok(kept.posts.values().filter(of_source).filter(after).take(query.max).cloned().collect())
    }

    async fn list_changes(&self, seq: u64, max: usize) -> Result<Vec<Change>> {
        let kept = self.kept();
        let newer = kept.changes.range(seq.saturating_add(1)..).take(max);
        Ok(newer.map(|(seq, post)| Change { seq: *seq, post: post.clone() }).collect())
    }

    async fn list_comments(&self, posts: &[PostId]) -> Result<Vec<Comment>> {
        let kept = self.kept();
        Ok(posts.iter().filter_map(|id| kept.comments.get(id)).flat_map(by_date).collect())
    }

    async fn list_threads_due(&self, now: Timestamp, max: usize) -> Result<Vec<PostId>> {
        let kept = self.kept();
        let mut due: Vec<_> = kept
            .posts
            .values()
            .filter_map(|post| Some((post.thread.due_at.filter(|at| *at <= now)?, &post.id)))
            .collect();
        due.sort();
        Ok(due.into_iter().take(max).map(|(_, id)| id.clone()).collect())
    }

    async fn remove_posts(&self, ids: &[PostId]) -> Result<()> {
        let mut kept = self.kept();
        for id in ids {
            if kept.posts.remove(id).is_some() {
                kept.comments.remove(id);
                for key in kept.keys_of.remove(id).unwrap_or_default() {
                    kept.keys.remove(&key);
                }
                kept.changed(id);
            }
        }
        Ok(())
    }

    async fn find_record(&self, key: &RecordKey) -> Result<Option<Record>> {
        Ok(self.kept().records.get(key).cloned())
    }

    async fn list_records(
        &self,
        kind: RecordKind,
        owner: Option<&str>,
        after: Option<&RecordKey>,
        max: usize,
    ) -> Result<Vec<Record>> {
        let kept = self.kept();
        let wanted = |key: &RecordKey| {
            key.kind == kind && owner.is_none_or(|owner| key.owner == owner) && after.is_none_or(|after| key > after)
        };
        Ok(kept.records.iter().filter(|(key, _)| wanted(key)).take(max).map(|(_, record)| record.clone()).collect())
    }

    async fn save_records(&self, save: Vec<Record>, remove: Vec<RecordKey>) -> Result<()> {
        let mut kept = self.kept();
        for key in remove {
            kept.records.remove(&key);
        }
        for record in save {
            kept.records.insert(record.key(), record);
        }
        Ok(())
    }

    async fn swap_record(&self, key: &RecordKey, expected: Option<&Record>, new: Option<Record>) -> Result<bool> {
        let mut kept = self.kept();
        if kept.records.get(key) != expected {
            return Ok(false);
        }
        match new {
            Some(record) => kept.records.insert(key.clone(), record),
            None => kept.records.remove(key),
        };
        Ok(true)
    }

    async fn check(&self) -> Result<CheckReport> {
        let kept = self.kept();
        Ok(CheckReport {
            posts: kept.posts.len() as u64,
            comments: kept.comments.values().map(|thread| thread.len() as u64).sum(),
            records: kept.records.len() as u64,
            faults: Vec::new(),
        })
    }

    async fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// The comments of one post, oldest first; those without a date last.
fn by_date(thread: &BTreeMap<CommentId, Comment>) -> Vec<Comment> {
    let mut comments: Vec<_> = thread.values().cloned().collect();
    comments.sort_by_key(|comment| comment.published_at.unwrap_or(Timestamp::MAX));
    comments
}
