//! A store whose user is killed at a chosen write.

use async_trait::async_trait;
use jiff::Timestamp;
use ridealong::model::*;
use ridealong::store::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// When the kill comes: so many swaps from now, just before or just after it is durable.
#[derive(Clone, Copy, Debug)]
pub struct Kill {
    pub swap: usize,
    pub after: bool,
}

/// The store; the caller of the chosen swap never comes back from it.
pub struct Perilous {
    inner: Arc<dyn Store>,
    kill: Kill,
    swaps: AtomicUsize,
    /// Notified when the caller hangs, so that the test can drop it.
    pub killed: Arc<Notify>,
}

impl Perilous {
    pub fn new(inner: Arc<dyn Store>, kill: Kill) -> Self {
        Self { inner, kill, swaps: AtomicUsize::new(0), killed: Arc::new(Notify::new()) }
    }

    async fn die(&self) {
        self.killed.notify_one();
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Store for Perilous {
    async fn swap_record(&self, key: &RecordKey, expected: Option<&Record>, new: Option<Record>) -> Result<bool> {
        let here = self.swaps.fetch_add(1, Ordering::SeqCst) + 1 == self.kill.swap;
        if here && !self.kill.after {
            self.die().await;
        }
        let done = self.inner.swap_record(key, expected, new).await;
        if here {
            self.die().await;
        }
        done
    }

    async fn save_crawl(&self, batch: CrawlBatch) -> Result<bool> {
        self.inner.save_crawl(batch).await
    }
    async fn find_identities(&self, keys: &[String]) -> Result<Vec<Option<PostId>>> {
        self.inner.find_identities(keys).await
    }
    async fn lease(&self, names: &[String], now: Timestamp, until: Timestamp, max: usize) -> Result<Vec<Lease>> {
        self.inner.lease(names, now, until, max).await
    }
    async fn renew(&self, leases: &[Lease], until: Timestamp) -> Result<Vec<Lease>> {
        self.inner.renew(leases, until).await
    }
    async fn find_lease(&self, name: &str) -> Result<Option<Lease>> {
        self.inner.find_lease(name).await
    }
    async fn use_up(&self, name: &str, limit: Limit, now: Timestamp) -> Result<Used> {
        self.inner.use_up(name, limit, now).await
    }
    async fn find_states(&self, sources: &[SourceId]) -> Result<Vec<SourceState>> {
        self.inner.find_states(sources).await
    }
    async fn list_states(&self) -> Result<Vec<SourceState>> {
        self.inner.list_states().await
    }
    async fn find_posts(&self, ids: &[PostId]) -> Result<Vec<Post>> {
        self.inner.find_posts(ids).await
    }

    async fn list_keys(&self, posts: &[PostId]) -> Result<Vec<Vec<String>>> {
        self.inner.list_keys(posts).await
    }
    async fn list_posts(&self, query: &PostQuery) -> Result<Vec<Post>> {
        self.inner.list_posts(query).await
    }
    async fn list_changes(&self, seq: u64, max: usize) -> Result<Vec<Change>> {
        self.inner.list_changes(seq, max).await
    }
    async fn list_comments(&self, posts: &[PostId]) -> Result<Vec<Comment>> {
        self.inner.list_comments(posts).await
    }
    async fn list_threads_due(&self, now: Timestamp, max: usize) -> Result<Vec<PostId>> {
        self.inner.list_threads_due(now, max).await
    }
    async fn remove_posts(&self, ids: &[PostId]) -> Result<()> {
        self.inner.remove_posts(ids).await
    }
    async fn find_record(&self, key: &RecordKey) -> Result<Option<Record>> {
        self.inner.find_record(key).await
    }
    async fn list_records(
        &self,
        kind: RecordKind,
        owner: Option<&str>,
        after: Option<&RecordKey>,
        max: usize,
    ) -> Result<Vec<Record>> {
        self.inner.list_records(kind, owner, after, max).await
    }
    async fn list_owned(&self, owner: &str, kinds: &[RecordKind]) -> Result<Vec<Record>> {
        self.inner.list_owned(owner, kinds).await
    }
    async fn save_records(&self, save: Vec<Record>, remove: Vec<RecordKey>) -> Result<()> {
        self.inner.save_records(save, remove).await
    }
    async fn check(&self) -> Result<CheckReport> {
        self.inner.check().await
    }
    async fn flush(&self) -> Result<()> {
        self.inner.flush().await
    }
}
