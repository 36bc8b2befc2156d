//! Uses that are limited, counted over all processes.

use super::{Done, PgStore, sql};
use crate::store::{Limit, Used};
use jiff::Timestamp;
use std::sync::atomic::Ordering;

/// After so many uses a process clears away what nobody uses any more.
const CLEAR_EVERY: u64 = 1_000;

impl PgStore {
    pub(super) async fn use_up_once(&self, name: &str, limit: Limit, now: Timestamp) -> Done<Used> {
        let now_ms = now.as_millisecond();
        if self.uses.fetch_add(1, Ordering::Relaxed) % CLEAR_EVERY == CLEAR_EVERY - 1 {
            sqlx::query(sql::CLEAR_LIMITS).bind(&self.tenant).bind(now_ms).execute(&self.pool).await?;
        }
        let count = sqlx::query_scalar(sql::USE_UP).bind(&self.tenant).bind(name).bind(now_ms);
        let count = count.bind(limit.cost_ms()).bind(now_ms + limit.slack_ms());
        let counted: Option<i64> = count.fetch_optional(&self.pool).await?;
        let rests_at_ms = match counted {
            Some(rests_at_ms) => rests_at_ms,
            None => {
                let found = sqlx::query_scalar(sql::FIND_LIMIT).bind(&self.tenant).bind(name);
                found.fetch_optional(&self.pool).await?.unwrap_or(now_ms)
            }
        };
        Ok(limit.told(counted.is_some(), rests_at_ms - now_ms))
    }
}
