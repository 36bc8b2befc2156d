//! Leases of a store that one process has to itself: they are kept in memory, and end with the process.

use super::Lease;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often each name was taken, and when it is free.
#[derive(Debug, Default)]
pub(super) struct MemoryLeases(Mutex<HashMap<String, (u64, Timestamp)>>);

/// Nobody takes, renews or loses a lease while this is there.
pub(super) struct Fence<'a>(MutexGuard<'a, HashMap<String, (u64, Timestamp)>>);

impl MemoryLeases {
    /// As the store promises.
    pub(super) fn lease(&self, names: &[String], now: Timestamp, until: Timestamp, max: usize) -> Vec<Lease> {
        let mut held = self.fence().0;
        let mut names: Vec<&String> = names.iter().collect();
        names.sort();
        names.dedup();
        names.retain(|name| held.get(*name).is_none_or(|(_, free_at)| *free_at <= now));
        names.truncate(max);
        let taken = names.into_iter().map(|name| {
            let attempt = held.get(name).map_or(0, |(attempt, _)| *attempt) + 1;
            held.insert(name.clone(), (attempt, until));
            Lease { name: name.clone(), attempt, until }
        });
        taken.collect()
    }

    /// As the store promises.
    pub(super) fn renew(&self, leases: &[Lease], until: Timestamp) -> Vec<Lease> {
        let mut fence = self.fence();
        let ours: Vec<Lease> = leases.iter().filter(|lease| fence.is_ours(Some(lease))).cloned().collect();
        ours.iter().for_each(|lease| fence.move_end(lease, until));
        ours.into_iter().map(|lease| Lease { until, ..lease }).collect()
    }

    /// As the store promises.
    pub(super) fn find(&self, name: &str) -> Option<Lease> {
        let held = self.fence().0;
        held.get(name).map(|(attempt, until)| Lease { name: name.to_owned(), attempt: *attempt, until: *until })
    }

    /// For a write that counts only while a lease is ours.
    pub(super) fn fence(&self) -> Fence<'_> {
        Fence(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Fence<'_> {
    /// Whether nobody else has taken this lease since. Work without a lease is never fenced off.
    pub(super) fn is_ours(&self, lease: Option<&Lease>) -> bool {
        lease.is_none_or(|lease| self.0.get(&lease.name).is_some_and(|(attempt, _)| *attempt == lease.attempt))
    }

    /// Gives a name free.
    pub(super) fn end(&mut self, lease: Option<&Lease>) {
        if let Some(lease) = lease {
            self.move_end(lease, Timestamp::MIN);
        }
    }

    fn move_end(&mut self, lease: &Lease, until: Timestamp) {
        if let Some((_, free_at)) = self.0.get_mut(&lease.name) {
            *free_at = until;
        }
    }
}
