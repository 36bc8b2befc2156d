//! Rate groups: one request in flight per group, and a gap between two.
//!
//! A group is a host, a registrable domain, or a named set of domains. Waiting for a group costs no worker: gates
//! are entered before anything else is claimed. Where several processes crawl, they take turns at a group.

use crate::config::{CrawlSettings, GroupBy, RateGroup};
use crate::model::Source;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Gate, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};
use url::Url;

/// Gates kept before idle ones are swept away.
const GATES_SWEEP: usize = 10_000;

/// The rate group of a URL: its key, and the gap between two requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its gate is found by.
    pub key: String,
    /// Time between the end of one request and the start of the next.
    pub gap: Duration,
}

/// The rate group that a request of this source to this URL belongs to.
///
/// A group that the source names comes first, then the configured domains, then the host itself. The team's own
/// hosts (`allow_net`) are asked one at a time too, but without a gap.
pub fn group_of(url: &Url, source: &Source, settings: &CrawlSettings) -> Group {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let own = if source.allow_net.is_empty() { settings.gap } else { Duration::ZERO };
    if let Some(name) = &source.rate_group {
        if let Some(group) = settings.groups.iter().find(|group| &group.name == name) {
            return of_named(group);
        }
        // A domain as a name groups all its hosts without any further setting.
        return Group { key: format!("group {name}"), gap: own };
    }
    match settings.groups.iter().find(|group| group.domains.iter().any(|domain| belongs(&host, domain))) {
        Some(group) => of_named(group),
        None => match settings.group_by {
            GroupBy::Host => Group { key: format!("host {host}"), gap: own },
            GroupBy::Domain => Group { key: format!("domain {}", registrable(&host)), gap: own },
        },
    }
}

fn of_named(group: &RateGroup) -> Group {
    Group { key: format!("group {}", group.name), gap: group.gap }
}

fn belongs(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The registrable domain of a host (`blog.example.co.uk` -> `example.co.uk`), or the host itself.
pub fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// The gates of all groups. Cheap to clone.
#[derive(Clone, Default)]
pub struct Gates {
    gates: Arc<Mutex<HashMap<String, Arc<Gate<Window>>>>>,
    turns: Option<Arc<dyn Turns>>,
}

/// How processes that crawl together take turns at a group.
#[async_trait]
pub trait Turns: Send + Sync {
    /// Waits until no other process asks the group, and its gap has passed.
    ///
    /// # Errors
    /// Another process has learned that the group is held back; nobody waits for that.
    async fn take(&self, group: &str) -> Result<Box<dyn Turn>, HeldBack>;
}

/// The turn of one process at a group.
pub trait Turn: Send {
    /// Gives it to the next process, which may ask the group after this time.
    fn end(self: Box<Self>, closed_for: Duration);
}

/// When a group may be asked again.
#[derive(Debug, Default)]
struct Window {
    open_at: Option<Instant>,
    /// Until then the server wants no request of the group at all.
    held_until: Option<Instant>,
}

/// The group is held back: the server has asked for a longer wait than anybody should stand in line for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// For how long.
    pub wait: Duration,
}

/// The leave to make requests to one group, one after the other. The gap begins when it is dropped.
pub struct Pass {
    window: OwnedMutexGuard<Window>,
    gap: Duration,
    turn: Option<Box<dyn Turn>>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        let now = Instant::now();
        self.window.open_at = Some(now + self.gap);
        if let Some(turn) = self.turn.take() {
            let held_for = self.window.held_until.map_or(Duration::ZERO, |until| until - now);
            turn.end(held_for.max(self.gap));
        }
    }
}

impl Pass {
    /// Holds the whole group back: the server said so (429).
    pub fn hold_back(&mut self, wait: Duration) {
        self.window.held_until = Some(Instant::now() + wait);
    }
}

impl Gates {
    /// Gates of a process that is not the only one to crawl.
    pub fn in_turn(turns: Arc<dyn Turns>) -> Self {
        Self { turns: Some(turns), ..Self::default() }
    }

    /// Waits, in the order of arrival, until the group may be asked.
    ///
    /// # Errors
    /// The group is held back; nobody waits for that.
    pub async fn enter(&self, group: &Group) -> Result<Pass, HeldBack> {
        let gate = self.gate(&group.key);
        let mut window = gate.lock_owned().await;
        let now = Instant::now();
        if let Some(until) = window.held_until.filter(|until| *until > now) {
            return Err(HeldBack { wait: until - now });
        }
        if let Some(open_at) = window.open_at {
            sleep_until(open_at).await;
        }
        let turn = match &self.turns {
            None => None,
            Some(turns) => match turns.take(&group.key).await {
                Ok(turn) => Some(turn),
                Err(held) => {
                    window.held_until = Some(Instant::now() + held.wait);
                    return Err(held);
                }
            },
        };
        Ok(Pass { window, gap: group.gap, turn })
    }

    fn gate(&self, key: &str) -> Arc<Gate<Window>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(key) {
            return gate.clone();
        }
        if gates.len() >= GATES_SWEEP {
            let now = Instant::now();
            gates.retain(|_, gate| match gate.try_lock() {
                Ok(window) => Arc::strong_count(gate) > 1 || window.open_at.max(window.held_until) > Some(now),
                Err(_) => true,
            });
        }
        gates.entry(key.to_owned()).or_default().clone()
    }
}
