//! robots.txt (RFC 9309): asked once a day per origin, for pages and comment pages, and for feeds that name us.

mod rules;

pub use rules::Rules;

use super::schedule::{ROBOTS, plus};
use crate::clock::Clock;
use crate::net::{Client, Request};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// The name that robots.txt addresses us by.
pub const PRODUCT_TOKEN: &str = "Ridealong";

/// How long an unreachable robots.txt forbids everything (RFC 9309, section 2.3.1.4).
const UNREACHABLE: SignedDuration = SignedDuration::from_hours(1);

/// Origins whose rules are remembered.
const ORIGINS_MAX: usize = 10_000;

/// What is known about an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// The rules it publishes; none at all where it has no robots.txt.
    Rules(Arc<Rules>),
    /// It could not be asked: nothing is allowed for a while.
    Unreachable,
}

impl Known {
    /// What an answer says: a file, none (4xx), or trouble (5xx, 429).
    pub fn of_answer(status: u16, body: &[u8]) -> Self {
        match status {
            200..300 => Known::Rules(Arc::new(Rules::parse(body, PRODUCT_TOKEN))),
            429 => Known::Unreachable,
            400..500 => Known::Rules(Arc::default()),
            _ => Known::Unreachable,
        }
    }

    /// Whether a page may be fetched.
    pub fn allow(&self, url: &Url) -> bool {
        match self {
            Known::Rules(rules) => rules.allow(url),
            Known::Unreachable => false,
        }
    }

    /// Whether a feed that the team has listed by hand must not be fetched: only where it names us.
    pub fn forbid_feed(&self, url: &Url) -> bool {
        match self {
            Known::Rules(rules) => rules.forbid_by_name(url),
            Known::Unreachable => false,
        }
    }
}

/// The rules of every origin asked within a day.
#[derive(Default)]
pub struct Robots {
    origins: Mutex<HashMap<String, (Known, Timestamp)>>,
}

impl Robots {
    /// What an origin allows, asked over the network where it is not known. The caller holds the origin's gate.
    pub async fn ask(&self, client: &Client, url: &Url, allow_net: &[IpNet], clock: &dyn Clock) -> Known {
        let origin = url.origin().ascii_serialization();
        if let Some(known) = self.known(&origin, clock.now()) {
            return known;
        }
        let known = fetch(client, url, allow_net).await;
        let now = clock.now();
        let until = plus(now, if known == Known::Unreachable { UNREACHABLE } else { ROBOTS });
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if origins.len() >= ORIGINS_MAX {
            origins.retain(|_, (_, until)| *until > now);
        }
        if origins.len() < ORIGINS_MAX {
            origins.insert(origin, (known.clone(), until));
        }
        known
    }

    fn known(&self, origin: &str, now: Timestamp) -> Option<Known> {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.get(origin).filter(|(_, until)| *until > now).map(|(known, _)| known.clone())
    }
}

async fn fetch(client: &Client, url: &Url, allow_net: &[IpNet]) -> Known {
    let Ok(address) = url.join("/robots.txt") else { return Known::Unreachable };
    let request = Request {
        accept: "text/plain, */*;q=0.5",
        allow_net: allow_net.to_vec(),
        body_bytes_max: Some(rules::BYTES_MAX),
        cut: true,
        ..Request::get(address)
    };
    match client.fetch(request).await {
        Ok(response) => Known::of_answer(response.status, &response.body),
        Err(_) => Known::Unreachable,
    }
}
