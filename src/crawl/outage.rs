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
    /// Whether it had been read well when it was last asked.
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

/// The state of a source that failed in such a round: as before, and tried again soon.
pub fn forgive(before: &SourceState, now: Timestamp) -> SourceState {
    let next = after(OUTAGE, now, jitter(&before.source_id, now));
    SourceState { next_check_at: Some(next), ..before.clone() }
}
