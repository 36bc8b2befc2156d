//! Leases, and the writes that count only while one is ours.

use super::fault::commit;
use super::{Done, PgStore, limit, sql};
use crate::store::{Lease, StoreError};
use jiff::Timestamp;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};

/// The end of a lease that has ended.
const ENDED: i64 = 0;

impl PgStore {
    pub(super) async fn lease_once(
        &self,
        names: &[String],
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Done<Vec<Lease>> {
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = names.into_iter().collect();
        sqlx::query(sql::ADD_LEASES).bind(&self.tenant).bind(&names).execute(&self.pool).await?;
        let mut transaction = self.pool.begin().await?;
        let free = sqlx::query_as(sql::HOLD_FREE_LEASES).bind(&self.tenant).bind(&names);
        let free = free.bind(now.as_millisecond()).bind(limit(max));
        let free: Vec<(String, i64)> = free.fetch_all(&mut *transaction).await?;
        let taken: Vec<&str> = free.iter().map(|(name, _)| name.as_str()).collect();
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let take = sqlx::query(sql::TAKE_LEASES).bind(&self.tenant).bind(taken).bind(until.as_millisecond());
        take.execute(&mut *transaction).await?;
        commit(transaction).await?;
        let ours = |(name, attempt): (String, i64)| Lease { name, attempt: attempt.cast_unsigned() + 1, until };
        Ok(free.into_iter().map(ours).collect())
    }

    pub(super) async fn renew_once(&self, leases: &[Lease], until: Timestamp) -> Done<Vec<Lease>> {
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.pool.begin().await?;
        let ours = self.hold_ours(&mut transaction, leases.iter()).await?;
        self.move_ends(&mut transaction, &ours, until.as_millisecond()).await?;
        commit(transaction).await?;
        Ok(ours.into_iter().map(|lease| Lease { until, ..lease.clone() }).collect())
    }

    pub(super) async fn read_lease(&self, name: &str) -> Done<Option<Lease>> {
        let row = sqlx::query_as(sql::FIND_LEASE).bind(&self.tenant).bind(name);
        let row: Option<(i64, i64)> = row.fetch_optional(&self.pool).await?;
        let lease = row.map(|(attempt, free_at_ms)| {
            let until =
                Timestamp::from_millisecond(free_at_ms).map_err(|error| StoreError::Failed(error.to_string()))?;
            Ok::<_, StoreError>(Lease { name: name.to_owned(), attempt: attempt.cast_unsigned(), until })
        });
        Ok(lease.transpose()?)
    }

    /// Those of these leases that nobody else has taken since, held until the transaction ends.
    pub(super) async fn hold_ours<'a>(
        &self,
        connection: &mut PgConnection,
        leases: impl Iterator<Item = &'a Lease>,
    ) -> Done<Vec<&'a Lease>> {
        let leases: Vec<&Lease> = leases.collect();
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = leases.iter().map(|lease| lease.name.as_str()).collect();
        let rows = sqlx::query_as(sql::HOLD_LEASES).bind(&self.tenant).bind(names);
        let rows: Vec<(String, i64)> = rows.fetch_all(connection).await?;
        let attempts: HashMap<_, _> = rows.into_iter().collect();
        let is_ours = |lease: &&Lease| attempts.get(&lease.name).is_some_and(|at| at.cast_unsigned() == lease.attempt);
        Ok(leases.into_iter().filter(is_ours).collect())
    }

    /// Gives names free that are held and ours.
    pub(super) async fn end(&self, connection: &mut PgConnection, ours: &[&Lease]) -> Done<()> {
        self.move_ends(connection, ours, ENDED).await
    }

    async fn move_ends(&self, connection: &mut PgConnection, ours: &[&Lease], until_ms: i64) -> Done<()> {
        if ours.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = ours.iter().map(|lease| lease.name.as_str()).collect();
        sqlx::query(sql::MOVE_LEASES).bind(&self.tenant).bind(names).bind(until_ms).execute(connection).await?;
        Ok(())
    }
}
