//! Whose fault is it when many fail at once? Pure.

use super::schedule::{OUTAGE, after, jitter};
use crate::model::SourceState;
use jiff::Timestamp;
use std::collections::HashMap;

/// Hosts that must have worked before and fail now, at least.
const HOSTS_MIN: usize = 3;

/// What one source of a round met.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// Its host.
    pub host: &'a str,
    /// Whether it had been read well when it was last asked; while nothing ever was, every source counts.
    pub was_good: bool,
    /// Whether it failed now without a byte from the host (no name, no connection, no answer).
    pub silent: bool,
}

/// Whether a round failed because of our own network: most hosts that worked before are silent at once.
///
/// Hosts that failed before do not count, else a round of long dead ones would excuse itself for ever.
pub fn is_ours<'a>(round: impl IntoIterator<Item = Met<'a>>) -> bool {
    let mut hosts: HashMap<&str, bool> = HashMap::new();
    for met in round.into_iter().filter(|met| met.was_good) {
        // One source of a host that was answered clears the host.
        hosts.entry(met.host).and_modify(|silent| *silent &= met.silent).or_insert(met.silent);
    }
    let silent = hosts.values().filter(|silent| **silent).count();
    silent >= HOSTS_MIN && silent * 2 > hosts.len()
}

/// What is said of a source that nobody could reach because of that.
pub const OURS: &str = "nothing at all could be reached: our own network seems to be down; look at this machine's connection, all is tried again soon";

/// The state of a source that failed then: not blamed, and tried again soon. `failed` is what would be said of it.
pub fn forgive(before: Option<&SourceState>, failed: &SourceState, now: Timestamp) -> SourceState {
    let next_check_at = Some(after(OUTAGE, now, jitter(&failed.source_id, now)));
    match before.filter(|before| before.last_good_at.is_some()) {
        Some(before) => SourceState { next_check_at, ..before.clone() },
        // It was never read, so it cannot be called well; but it did not fail either.
        None => SourceState {
            next_check_at,
            failures: before.map_or(0, |before| before.failures),
            cause: Some(OURS.to_owned()),
            ..failed.clone()
        },
    }
}
