//! What the last minutes brought, so that a network of our own that fails is known also where few sources are due at once.

use crate::crawl::outage::{self, Met};
use crate::model::SourceState;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// For how long an outcome counts.
const COUNTS_FOR: SignedDuration = SignedDuration::from_mins(15);

/// What one source met.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub host: String,
    /// Whether it had been read well before; while nothing ever was, every source counts.
    pub was_good: bool,
    /// Whether it failed without a byte from the host.
    pub silent: bool,
}

/// A source that failed silently, for which nobody is to blame should our network turn out to be down.
#[derive(Clone, Debug)]
pub(super) struct Silent {
    pub before: Option<SourceState>,
    pub failed: SourceState,
}

/// The outcomes of the last minutes.
#[derive(Default)]
pub(super) struct Recent(Mutex<Vec<(Timestamp, Outcome, Option<Silent>)>>);

impl Recent {
    /// Adds what a round met, oldest first, each with the silent failure where it was one. Where most hosts are silent,
    /// it gives every silent failure that has not been given yet: these are to be forgiven.
    pub fn add(&self, round: Vec<(Outcome, Option<Silent>)>, now: Timestamp) -> Option<Vec<Silent>> {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(at, ..)| now.duration_since(*at) < COUNTS_FOR);
        for (outcome, silent) in round {
            // The newest word of a host is the one that counts.
            recent.retain(|(at, old, _)| old.host != outcome.host || *at == now);
            recent.push((now, outcome, silent));
        }
        let met = recent.iter().map(|(_, outcome, _)| Met {
            host: &outcome.host,
            was_good: outcome.was_good,
            silent: outcome.silent,
        });
        if !outage::is_ours(met) {
            return None;
        }
        Some(recent.iter_mut().filter_map(|(.., silent)| silent.take()).collect())
    }
}
