//! A store in a PostgreSQL database, or in an engine that speaks its protocol, shared by any number of processes.
//!
//! Values are the same bytes as in the folder store (`codec`); what they are found by stands in columns beside them.
//! Every row belongs to a tenant, and a store sees one tenant only. Every write is one transaction. A serialisation
//! failure, a deadlock or a database that restarts is met by doing it again; what may have been done is done again only
//! where that is harmless.

mod check;
mod fault;
mod leases;
mod limits;
mod migrate;
mod reads;
mod sql;
mod writes;

use super::codec;
use super::{
    Change, CheckReport, CrawlBatch, Lease, Limit, PostQuery, Record, RecordKey, RecordKind, Result, Store, StoreError,
    Used,
};
use crate::model::{Comment, Post, PostId, SourceId, SourceState};
use async_trait::async_trait;
use fault::{Again, Fault, insist, retry};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

pub use sql::STATEMENTS;

/// Connections of one process; a database gives a hundred to all of them by default.
const CONNECTIONS_MAX: u32 = 16;
/// How long a request waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// A connection that was used so lately is not asked whether it lives before it is used again: what fails because it does
/// not is tried again anyway.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// A tenant's part of a database.
#[derive(Clone, Debug)]
pub struct PgStore {
    pool: PgPool,
    tenant: String,
    /// Uses that this process counted.
    uses: Arc<AtomicU64>,
}

impl PgStore {
    /// Connects, and brings the schema to the newest step; the first of several processes does so, the others wait. A
    /// database that is just starting gets as long as one that restarts.
    ///
    /// # Errors
    /// An address that is none, a database that does not answer, or one that a newer version has changed.
    pub async fn connect(url: &str, tenant: &str) -> Result<Self> {
        let options: PgConnectOptions =
            url.parse().map_err(|_| StoreError::Failed("that is no address of a database".to_owned()))?;
        // Statements are never told: they are always the same, and values are none of the log's business.
        let options = options.application_name("ridealong").disable_statement_logging();
        let socket = options.get_socket().map(|socket| socket.display().to_string());
        let host = socket.as_deref().unwrap_or(options.get_host());
        let place = format!("postgres://{host}/{}", options.get_database().unwrap_or_default());
        let opened = insist(Again::Harmless, || open(&options, &place)).await;
        let pool = opened.map_err(|fault| match fault {
            Fault::Sql(error) | Fault::Unsure(error) => unreachable_at(&place, &error),
            Fault::Store(error) => error,
        })?;
        Ok(Self { pool, tenant: tenant.to_owned(), uses: Arc::default() })
    }
}

async fn open(options: &PgConnectOptions, place: &str) -> Done<PgPool> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(CONNECTION_WAIT);
    let pool = pool.test_before_acquire(false).before_acquire(|connection, known| {
        Box::pin(async move {
            if known.idle_for > TRUSTED_FOR {
                connection.ping().await?;
            }
            Ok(true)
        })
    });
    let pool = pool.connect_with(options.clone()).await.map_err(|error| match error {
        // The pool has waited long enough itself.
        sqlx::Error::PoolTimedOut => Fault::Store(unreachable_at(place, &error)),
        error => Fault::Sql(error),
    })?;
    migrate::run(&pool, place).await?;
    Ok(pool)
}

fn unreachable_at(place: &str, error: &sqlx::Error) -> StoreError {
    StoreError::Failed(format!("the database {place} cannot be reached: {error}"))
}

/// Keys may be long addresses; 16 bytes of their hash tell them apart.
fn identity_key(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes())[..16].to_vec()
}

fn texts(ids: &[PostId]) -> Vec<String> {
    ids.iter().map(|id| id.as_str().to_owned()).collect()
}

/// A number of rows as the database counts.
fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}

fn record(bytes: &[u8]) -> Result<Record> {
    codec::decode(bytes, "a record")
}

#[async_trait]
impl Store for PgStore {
    async fn save_crawl(&self, batch: CrawlBatch) -> Result<bool> {
        retry(Again::Harmless, || self.save_crawl_once(&batch)).await
    }

    async fn save_states(&self, states: Vec<(SourceState, Option<Lease>)>) -> Result<()> {
        retry(Again::Harmless, || self.save_states_once(&states)).await
    }

    /// Names that were taken by a write whose end is not known are free again when that lease ends.
    async fn lease(&self, names: &[String], now: Timestamp, until: Timestamp, max: usize) -> Result<Vec<Lease>> {
        retry(Again::Harmless, || self.lease_once(names, now, until, max)).await
    }

    async fn renew(&self, leases: &[Lease], until: Timestamp) -> Result<Vec<Lease>> {
        retry(Again::Harmless, || self.renew_once(leases, until)).await
    }

    async fn use_up(&self, name: &str, limit: Limit, now: Timestamp) -> Result<Used> {
        retry(Again::Harmless, || self.use_up_once(name, limit, now)).await
    }

    async fn find_lease(&self, name: &str) -> Result<Option<Lease>> {
        retry(Again::Harmless, || self.read_lease(name)).await
    }

    async fn find_states(&self, sources: &[SourceId]) -> Result<Vec<SourceState>> {
        retry(Again::Harmless, || self.read_states_of(sources)).await
    }

    async fn find_identities(&self, keys: &[String]) -> Result<Vec<Option<PostId>>> {
        retry(Again::Harmless, || self.read_identities(keys)).await
    }

    async fn list_states(&self) -> Result<Vec<SourceState>> {
        retry(Again::Harmless, || self.read_states()).await
    }

    async fn find_posts(&self, ids: &[PostId]) -> Result<Vec<Post>> {
        Ok(retry(Again::Harmless, || self.read_posts(ids)).await?.into_iter().flatten().map(|kept| kept.post).collect())
    }

    async fn list_keys(&self, posts: &[PostId]) -> Result<Vec<Vec<String>>> {
        let found = retry(Again::Harmless, || self.read_posts(posts)).await?;
        Ok(found.into_iter().map(|kept| kept.map_or_else(Vec::new, |kept| kept.keys)).collect())
    }

    async fn list_posts(&self, query: &PostQuery) -> Result<Vec<Post>> {
        let page = retry(Again::Harmless, || self.read_page(query)).await?;
        Ok(page.into_iter().map(|kept| kept.post).collect())
    }

    async fn list_changes(&self, seq: u64, max: usize) -> Result<Vec<Change>> {
        retry(Again::Harmless, || self.read_changes(seq, max)).await
    }

    async fn list_comments(&self, posts: &[PostId]) -> Result<Vec<Comment>> {
        retry(Again::Harmless, || self.read_comments(posts)).await
    }

    async fn list_threads_due(&self, now: Timestamp, max: usize) -> Result<Vec<PostId>> {
        retry(Again::Harmless, || self.read_due(now, max)).await
    }

    async fn remove_posts(&self, ids: &[PostId]) -> Result<()> {
        retry(Again::Harmless, || self.remove_posts_once(ids)).await
    }

    async fn find_record(&self, key: &RecordKey) -> Result<Option<Record>> {
        retry(Again::Harmless, || self.read_record(key)).await
    }

    async fn find_records(&self, keys: &[RecordKey]) -> Result<Vec<Record>> {
        retry(Again::Harmless, || self.read_records_at(keys)).await
    }

    async fn list_owned(&self, owner: &str, kinds: &[RecordKind]) -> Result<Vec<Record>> {
        retry(Again::Harmless, || self.read_owned(owner, kinds)).await
    }

    async fn list_records(
        &self,
        kind: RecordKind,
        owner: Option<&str>,
        after: Option<&RecordKey>,
        max: usize,
    ) -> Result<Vec<Record>> {
        retry(Again::Harmless, || self.read_records(kind, owner, after, max)).await
    }

    async fn save_records(&self, save: Vec<Record>, remove: Vec<RecordKey>) -> Result<()> {
        retry(Again::Harmless, || self.save_records_once(&save, &remove)).await
    }

    async fn swap_record(&self, key: &RecordKey, expected: Option<&Record>, new: Option<Record>) -> Result<bool> {
        retry(Again::OnlyIfUndone, || self.swap_record_once(key, expected, new.as_ref())).await
    }

    async fn check(&self) -> Result<CheckReport> {
        self.check_all().await
    }

    /// Nothing to do: what a transaction has ended with is on the database's disk.
    async fn flush(&self) -> Result<()> {
        Ok(())
    }
}

type Done<T> = std::result::Result<T, Fault>;
