//! Rate groups: one request in flight per group, and a gap between two.
//!
//! A group is a host, a registrable domain, or a named set of domains. Waiting for a group costs no worker: gates
//! are entered before anything else is claimed.

use crate::config::{CrawlSettings, GroupBy, RateGroup};
use crate::model::Source;
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
pub struct Gates(Arc<Mutex<HashMap<String, Arc<Gate<Window>>>>>);

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
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.window.open_at = Some(Instant::now() + self.gap);
    }
}

impl Pass {
    /// Holds the whole group back: the server said so (429).
    pub fn hold_back(&mut self, wait: Duration) {
        self.window.held_until = Some(Instant::now() + wait);
    }
}

impl Gates {
    /// Waits, in the order of arrival, until the group may be asked.
    ///
    /// # Errors
    /// The group is held back; nobody waits for that.
    pub async fn enter(&self, group: &Group) -> Result<Pass, HeldBack> {
        let gate = self.gate(&group.key);
        let window = gate.lock_owned().await;
        let now = Instant::now();
        if let Some(until) = window.held_until.filter(|until| *until > now) {
            return Err(HeldBack { wait: until - now });
        }
        if let Some(open_at) = window.open_at {
            sleep_until(open_at).await;
        }
        Ok(Pass { window, gap: group.gap })
    }

    fn gate(&self, key: &str) -> Arc<Gate<Window>> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
