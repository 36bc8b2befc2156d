//! What this process has taken on of the work that only one may do at a time: kept while it is done, given back after.
//!
//! A lease is short and renewed while the work goes on, so what a killed process had taken on is free again soon. It
//! carries an attempt number: who comes back after having lost it is refused by the store (`save_crawl`), or is stopped
//! here ([`Leases::alone`]). Instants are those of each process, whose clocks have to agree within seconds.

use crate::clock::Clock;
use crate::crawl::Permit;
use crate::crawl::politeness::{HeldBack, Turn, Turns};
use crate::model::SourceId;
use crate::store::{Lease, Result, Store};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a lease lasts that is not renewed.
pub const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// How often leases are renewed.
const RENEW_EVERY: Duration = Duration::from_secs(30);
/// A source that was asked is nobody's for so long unless the answer is saved: the shortest interval between two checks
/// holds also where a process is killed in between.
const ASKED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How often it is looked whether another process has ended its turn at a rate group; doubles up to the second.
const TURN_LOOK: Duration = Duration::from_millis(50);
const TURN_LOOK_MAX: Duration = Duration::from_secs(2);

/// The leases of one process.
pub struct Leases {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    /// By name and attempt: what is renewed.
    held: Mutex<BTreeMap<(String, u64), Lease>>,
    /// What ended without its holder saying so to the store yet, with the instant from which others may have it.
    left: Mutex<Vec<(Lease, Timestamp)>>,
    /// Held while an end is moved in the store: a renewal that was begun earlier must not shorten what was lengthened
    /// meanwhile.
    moving: tokio::sync::Mutex<()>,
}

/// Some names that are ours. What is left of them when this is dropped is given back with the next leases; what was
/// asked by then rests for its interval.
pub struct Held {
    leases: Arc<Leases>,
    taken: BTreeMap<String, u64>,
}

impl Leases {
    /// None yet.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { store, clock, held: Mutex::default(), left: Mutex::default(), moving: Default::default() })
    }

    /// Takes those of these names that are free, at most `max`.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take(self: &Arc<Self>, names: &[String], max: usize) -> Result<Held> {
        self.give_back().await?;
        let now = self.clock.now();
        let taken = self.store.lease(names, now, later(now, LEASE), max).await?;
        let mut held = Held { leases: Arc::clone(self), taken: BTreeMap::new() };
        held.add(taken);
        Ok(held)
    }

    /// Renews what this process holds for as long as some work takes.
    pub async fn keep_while<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.keep() => match never {},
        }
    }

    /// Does work that one process does at a time. None where another is at it, or where it took over because we could
    /// not renew in time; the work then breaks off, as if the process had been killed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alone<T>(self: &Arc<Self>, name: &str, work: impl Future<Output = T>) -> Result<Option<T>> {
        let held = self.take(&[name.to_owned()], 1).await?;
        let Some(lease) = held.lease(name) else { return Ok(None) };
        let done = tokio::select! {
            done = work => Some(done),
            () = self.lost(&lease) => None,
        };
        drop(held);
        self.give_back().await?;
        Ok(done)
    }

    /// Gives back what broke off or has ended.
    ///
    /// # Errors
    /// The store failed; what was to be given back ends by itself.
    pub async fn give_back(&self) -> Result<()> {
        let mut ended: BTreeMap<Timestamp, Vec<Lease>> = BTreeMap::new();
        for (lease, free_at) in std::mem::take(&mut *self.left()) {
            ended.entry(free_at).or_default().push(lease);
        }
        for (free_at, leases) in ended {
            self.store.renew(&leases, free_at).await?;
        }
        Ok(())
    }

    /// Takes names over from whoever has them, for a person who wants the work done now: what was begun in a process
    /// that was killed, say. What this process itself is at is left alone.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take_over(&self, names: &[String], held: &mut Held) -> Result<()> {
        let ours = |name: &String| self.held().keys().any(|(held, _)| held == name);
        let names: Vec<String> = names.iter().filter(|name| !ours(name)).cloned().collect();
        let now = self.clock.now();
        let taken = self.store.lease(&names, later(now, ASKED_FOR), later(now, LEASE), usize::MAX).await?;
        held.add(taken);
        Ok(())
    }

    /// Renews what would end soon. What cannot be renewed is not ours any more.
    pub async fn renew(&self) {
        let moving = self.moving.lock().await;
        let now = self.clock.now();
        let soon = later(now, LEASE);
        let ending: Vec<Lease> = self.held().values().filter(|lease| lease.until < soon).cloned().collect();
        if ending.is_empty() {
            return;
        }
        match self.store.renew(&ending, soon).await {
            Ok(ours) => {
                let mut held = self.held();
                for lease in ending {
                    match ours.iter().find(|ours| ours.name == lease.name && ours.attempt == lease.attempt) {
                        // Unless it was given back while we asked.
                        Some(ours) => {
                            held.entry((lease.name, lease.attempt)).and_modify(|held| *held = ours.clone());
                        }
                        None if held.remove(&(lease.name.clone(), lease.attempt)).is_some() => {
                            tracing::warn!(name = lease.name, "another process has taken over what this one had begun");
                        }
                        None => {}
                    }
                }
            }
            Err(error) => {
                tracing::warn!("what this process has begun could not be kept for it: {error}");
                self.held().retain(|_, lease| lease.until > now);
            }
        }
        drop(moving);
        if let Err(error) = self.give_back().await {
            tracing::warn!("what this process has left could not be given back: {error}");
        }
    }

    async fn keep(&self) -> Infallible {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            self.renew().await;
        }
    }

    /// Keeps everything until this one is lost.
    async fn lost(&self, lease: &Lease) {
        let key = (lease.name.clone(), lease.attempt);
        while self.held().contains_key(&key) {
            tokio::time::sleep(RENEW_EVERY).await;
            self.renew().await;
        }
    }

    /// Moves the end of a lease; says whether it was still ours, and is still held here: what was given back meanwhile
    /// may be somebody else's before we have asked.
    async fn extend(&self, lease: Lease, until: Timestamp) -> bool {
        let _moving = self.moving.lock().await;
        match self.store.renew(std::slice::from_ref(&lease), until).await {
            Ok(ours) => match ours.into_iter().next() {
                Some(ours) => {
                    let mut all = self.held();
                    let held = all.get_mut(&(lease.name, lease.attempt));
                    held.map(|held| *held = ours).is_some()
                }
                None => false,
            },
            Err(error) => {
                tracing::warn!(name = lease.name, "nothing is asked while the store does not answer: {error}");
                false
            }
        }
    }

    /// Gives a lease back at the next [`Self::give_back`]. A source that was asked rests for its interval instead.
    fn leave(&self, name: &str, attempt: u64, free_at: Timestamp) {
        let left = self.held().remove(&(name.to_owned(), attempt));
        let rests = |lease: &Lease| lease.until > later(self.clock.now(), LEASE);
        self.left().extend(left.filter(|lease| !rests(lease)).map(|lease| (lease, free_at)));
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<(String, u64), Lease>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left(&self) -> MutexGuard<'_, Vec<(Lease, Timestamp)>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn add(&mut self, taken: Vec<Lease>) {
        for lease in taken {
            self.taken.insert(lease.name.clone(), lease.attempt);
            self.leases.held().insert((lease.name.clone(), lease.attempt), lease);
        }
    }

    /// How many names are ours.
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The lease of a name, for a write that counts only while it is ours.
    pub fn lease(&self, name: &str) -> Option<Lease> {
        // Only the attempt counts there, so its end may be of the past.
        self.taken.get(name).map(|attempt| Lease { name: name.to_owned(), attempt: *attempt, until: Timestamp::MIN })
    }

    /// A write has ended the lease of a name.
    pub fn ended(&mut self, name: &str) {
        if let Some(attempt) = self.taken.remove(name) {
            self.leases.held().remove(&(name.to_owned(), attempt));
        }
    }

    /// Gives a name back unused.
    pub fn leave(&mut self, name: &str) {
        if let Some(attempt) = self.taken.remove(name) {
            let now = self.leases.clock.now();
            self.leases.leave(name, attempt, now);
        }
    }

    /// Lets the sources be asked that are held here under `name_of` each.
    pub fn permit(&self, name_of: fn(&SourceId) -> String) -> Arc<dyn Permit> {
        Arc::new(Asking { leases: Arc::clone(&self.leases), taken: self.taken.clone(), name_of })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let now = self.leases.clock.now();
        for (name, attempt) in &self.taken {
            self.leases.leave(name, *attempt, now);
        }
    }
}

struct Asking {
    leases: Arc<Leases>,
    taken: BTreeMap<String, u64>,
    name_of: fn(&SourceId) -> String,
}

#[async_trait]
impl Permit for Asking {
    async fn may_ask(&self, source: &SourceId) -> bool {
        let name = (self.name_of)(source);
        let Some(attempt) = self.taken.get(&name).copied() else { return false };
        let now = self.leases.clock.now();
        self.leases.extend(Lease { name, attempt, until: now }, later(now, ASKED_FOR)).await
    }
}

/// The turns of one process at rate groups, which lease each group while it is asked.
pub struct HostTurns(pub Arc<Leases>);

struct HostTurn {
    leases: Arc<Leases>,
    name: String,
    attempt: u64,
}

#[async_trait]
impl Turns for HostTurns {
    async fn take(&self, group: &str) -> std::result::Result<Box<dyn Turn>, HeldBack> {
        let name = format!("turn {group}");
        let mut look = TURN_LOOK;
        loop {
            match self.0.take(std::slice::from_ref(&name), 1).await {
                Ok(mut held) => {
                    if let Some(attempt) = held.taken.remove(&name) {
                        return Ok(Box::new(HostTurn { leases: Arc::clone(&self.0), name, attempt }));
                    }
                }
                Err(error) => tracing::warn!("nothing is asked while the store does not answer: {error}"),
            }
            if let Ok(Some(lease)) = self.0.store.find_lease(&name).await {
                let wait = lease.until.duration_since(self.0.clock.now());
                // Longer than any turn: the host has asked for it.
                if wait > LEASE
                    && let Ok(wait) = wait.try_into()
                {
                    return Err(HeldBack { wait });
                }
            }
            tokio::time::sleep(look).await;
            look = (look * 2).min(TURN_LOOK_MAX);
        }
    }
}

impl Turn for HostTurn {
    fn end(self: Box<Self>, closed_for: Duration) {
        let closed_for = SignedDuration::try_from(closed_for).unwrap_or(SignedDuration::MAX);
        let free_at = later(self.leases.clock.now(), closed_for);
        self.leases.leave(&self.name, self.attempt, free_at);
        tokio::spawn(async move {
            if let Err(error) = self.leases.give_back().await {
                tracing::warn!("a turn could not be ended and ends by itself: {error}");
            }
        });
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
