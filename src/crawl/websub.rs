//! WebSub (W3C Recommendation of 2018): a hub tells us that a feed has changed. Pure: states, requests and verdicts.
//!
//! The subscriber's part only. A push is taken as a hint to ask the feed itself, so a forged one could do nothing
//! worse than an early, guarded request; its signature is checked all the same. Polling stays as the net below.

use super::schedule::plus;
use crate::model::SourceState;
use crate::net::Request;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use url::Url;

/// The lease that is asked for, in seconds: ten days.
const LEASE_S: u64 = 10 * 24 * 60 * 60;
/// The longest lease that is believed, in seconds.
const LEASE_MAX_S: u64 = 90 * 24 * 60 * 60;
/// A hub that has not verified a request for so long is asked again.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// A hub that said no is asked again after so long.
const DENIED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A subscription to one topic at one hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The hub.
    pub hub: String,
    /// The topic: the feed's own address as it names it.
    pub topic: String,
    /// Known to the hub and us alone; signs pushes. At least 128 random bits.
    pub secret: String,
    /// Where it stands.
    pub state: SubscriptionState,
    /// When the hub was last asked.
    pub asked_at: Option<Timestamp>,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// Asked for, not verified yet.
    Pending,
    /// Verified; pushes come until the lease ends.
    Active {
        /// When the lease began.
        since: Timestamp,
        /// When it ends.
        until: Timestamp,
    },
    /// The hub said no.
    Denied {
        /// When.
        at: Timestamp,
    },
    /// We no longer want it.
    Leaving,
}

/// What a hub asks at the callback (section 5.3), as it stands in the query.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Verification {
    /// `subscribe`, `unsubscribe` or `denied`.
    #[serde(rename = "hub.mode", default)]
    pub mode: String,
    /// The topic.
    #[serde(rename = "hub.topic", default)]
    pub topic: String,
    /// To be echoed.
    #[serde(rename = "hub.challenge", default)]
    pub challenge: String,
    /// The lease, in seconds.
    #[serde(rename = "hub.lease_seconds", default)]
    pub lease_seconds: Option<u64>,
}

impl Subscription {
    /// The subscription that a source's feed offers; none where it names no hub or no topic.
    pub fn offered(state: &SourceState, secret: String) -> Option<Self> {
        let (hub, topic) = (state.hub.clone()?, state.topic.clone()?);
        Some(Self { hub, topic, secret, state: SubscriptionState::Pending, asked_at: None })
    }

    /// Whether this is still the one that the feed offers.
    pub fn is_of(&self, state: &SourceState) -> bool {
        state.hub.as_deref() == Some(&self.hub) && state.topic.as_deref() == Some(&self.topic)
    }

    /// Whether pushes come.
    pub fn is_active(&self, now: Timestamp) -> bool {
        matches!(self.state, SubscriptionState::Active { until, .. } if until > now)
    }

    /// Whether the hub is to be asked: never asked, not verified in time, denied long ago, or two thirds of the lease over.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let asked_long_ago = self.asked_at.is_none_or(|at| plus(at, PATIENCE) <= now);
        match self.state {
            SubscriptionState::Pending => asked_long_ago,
            SubscriptionState::Active { since, until } => {
                let renew_at = plus(since, until.duration_since(since) * 2 / 3);
                renew_at <= now && asked_long_ago
            }
            SubscriptionState::Denied { at } => plus(at, DENIED) <= now,
            SubscriptionState::Leaving => false,
        }
    }

    /// The request that asks the hub to subscribe `callback` (section 5.1), to go out through the guarded client.
    ///
    /// # Errors
    /// The hub is no address.
    pub fn ask(&mut self, callback: &Url, now: Timestamp) -> Result<Request, url::ParseError> {
        let hub = Url::parse(&self.hub)?;
        self.asked_at = Some(now);
        if !matches!(self.state, SubscriptionState::Active { .. }) {
            self.state = SubscriptionState::Pending;
        }
        let lease = LEASE_S.to_string();
        let form = [
            ("hub.mode", "subscribe"),
            ("hub.topic", &self.topic),
            ("hub.callback", callback.as_str()),
            ("hub.lease_seconds", &lease),
            ("hub.secret", &self.secret),
        ];
        Ok(post_form(hub, &form))
    }

    /// The request that ends the subscription.
    ///
    /// # Errors
    /// The hub is no address.
    pub fn leave(&mut self, callback: &Url) -> Result<Request, url::ParseError> {
        let hub = Url::parse(&self.hub)?;
        self.state = SubscriptionState::Leaving;
        let form = [("hub.mode", "unsubscribe"), ("hub.topic", &self.topic), ("hub.callback", callback.as_str())];
        Ok(post_form(hub, &form))
    }

    /// Answers a hub's question at the callback: the challenge to echo with 200, or none for 404 (section 5.3.1).
    pub fn verify(&mut self, asked: &Verification, now: Timestamp) -> Option<String> {
        if asked.topic != self.topic {
            return None;
        }
        match (asked.mode.as_str(), &self.state) {
            // Only what we have asked for ourselves, and not long ago.
            ("subscribe", SubscriptionState::Pending | SubscriptionState::Active { .. })
                if self.asked_at.is_some_and(|at| plus(at, PATIENCE) > now) && !asked.challenge.is_empty() =>
            {
                let lease = asked.lease_seconds.unwrap_or(LEASE_S).clamp(1, LEASE_MAX_S);
                let until = plus(now, SignedDuration::from_secs(i64::try_from(lease).unwrap_or(i64::MAX)));
                self.state = SubscriptionState::Active { since: now, until };
                Some(asked.challenge.clone())
            }
            ("unsubscribe", SubscriptionState::Leaving) => Some(asked.challenge.clone()),
            ("denied", _) => {
                self.state = SubscriptionState::Denied { at: now };
                Some(String::new())
            }
            _ => None,
        }
    }

    /// Whether a push comes from the hub: `X-Hub-Signature: method=hex` over its body (section 7.1), in constant time.
    pub fn is_authentic(&self, signature: Option<&str>, body: &[u8]) -> bool {
        let Some((method, hex)) = signature.and_then(|text| text.trim().split_once('=')) else { return false };
        let secret = self.secret.as_bytes();
        let expected = match method.to_ascii_lowercase().as_str() {
            "sha1" => sign::<Hmac<sha1::Sha1>>(secret, body),
            "sha256" => sign::<Hmac<Sha256>>(secret, body),
            "sha384" => sign::<Hmac<Sha384>>(secret, body),
            "sha512" => sign::<Hmac<Sha512>>(secret, body),
            _ => return false,
        };
        let expected = expected.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        bool::from(expected.as_bytes().ct_eq(hex.trim().to_ascii_lowercase().as_bytes()))
    }
}

fn sign<M: Mac + hmac::digest::KeyInit>(secret: &[u8], body: &[u8]) -> Vec<u8> {
    // Any length of key is good for HMAC (RFC 2104), so the fallback is never taken.
    let Ok(mut mac) = <M as Mac>::new_from_slice(secret) else { return Vec::new() };
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn post_form(hub: Url, form: &[(&str, &str)]) -> Request {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    Request::post(hub, "application/x-www-form-urlencoded", body.into_bytes())
}
