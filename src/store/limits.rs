//! Limits as an instant: until when a name would rest if nobody used it again (the generic cell rate algorithm).
//!
//! A name that rests already is unused. Each use moves the instant by what it costs; it may be ahead of now by what can
//! be used at once.

use super::{Limit, Used};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Names remembered in memory before those that rest are forgotten.
const NAMES_MAX: usize = 10_000;

impl Limit {
    /// What a name may be ahead of now, in milliseconds, for one more use.
    pub(super) fn slack_ms(self) -> i64 {
        self.cost_ms() * (i64::from(self.at_once) - 1)
    }

    /// What one use costs, in milliseconds.
    pub(super) fn cost_ms(self) -> i64 {
        i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX >> 32).max(1)
    }

    /// What a use came to; `ahead_ms` is how far ahead of now the name stands after it.
    pub(super) fn told(self, counted: bool, ahead_ms: i64) -> Used {
        let left = (self.slack_ms() + self.cost_ms() - ahead_ms) / self.cost_ms();
        let wait = SignedDuration::from_millis((ahead_ms - self.slack_ms()).max(1));
        Used { left: u32::try_from(left).unwrap_or(0), wait: (!counted).then_some(wait) }
    }
}

/// The uses of a store that one process has to itself: they are kept in memory, and forgotten with the process.
#[derive(Debug, Default)]
pub(super) struct MemoryLimits(Mutex<HashMap<String, i64>>);

impl MemoryLimits {
    /// As the store promises.
    pub(super) fn use_up(&self, name: &str, limit: Limit, now: Timestamp) -> Used {
        let now_ms = now.as_millisecond();
        let mut rests_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rests_at.len() >= NAMES_MAX {
            rests_at.retain(|_, at| *at > now_ms);
        }
        let ahead_ms = rests_at.get(name).map_or(0, |at| (at - now_ms).max(0));
        let counted = ahead_ms <= limit.slack_ms();
        let ahead_ms = if counted { ahead_ms + limit.cost_ms() } else { ahead_ms };
        rests_at.insert(name.to_owned(), now_ms + ahead_ms);
        limit.told(counted, ahead_ms)
    }
}
