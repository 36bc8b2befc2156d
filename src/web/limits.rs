//! How often who may do what. Uses are counted in the store, so that a limit holds over all processes that share it.

use crate::store::{Limit, Result, Store};
use jiff::{SignedDuration, Timestamp};

/// Tries to sign in from one network address.
const TRIES: Limit = Limit { at_once: 60, every: SignedDuration::from_secs(2) };
/// Links mailed to one mail address.
const LINKS: Limit = Limit { at_once: 3, every: SignedDuration::from_mins(5) };
/// Guesses at one account's password.
const GUESSES: Limit = Limit { at_once: 5, every: SignedDuration::from_mins(1) };
/// Searches of one rep, who searches as they type.
const SEARCHES: Limit = Limit { at_once: 120, every: SignedDuration::from_millis(250) };
/// Requests by one token of the API.
const CALLS: Limit = Limit { at_once: 300, every: SignedDuration::from_millis(100) };

/// How a token stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Requests at once.
    pub(super) quota: u32,
    /// Seconds in which a used up quota fills again.
    pub(super) window_s: u32,
    /// Requests that are left now.
    pub(super) left: u32,
    /// Seconds to wait before the next request; none where it may go on.
    pub(super) wait_s: Option<u64>,
}

/// The limits as of one instant.
pub(super) struct Limits<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) now: Timestamp,
}

impl Limits<'_> {
    /// Whether this network address may try once more.
    pub(super) async fn may_try(&self, address: &str) -> Result<bool> {
        self.may("try", address, TRIES).await
    }

    /// Whether one more password may be tried for this account.
    pub(super) async fn may_guess(&self, email: &str) -> Result<bool> {
        self.may("guess", email, GUESSES).await
    }

    /// Whether this rep may search once more.
    pub(super) async fn may_search(&self, email: &str) -> Result<bool> {
        self.may("search", email, SEARCHES).await
    }

    /// Whether one more link may be mailed to this address.
    pub(super) async fn may_mail(&self, email: &str) -> Result<bool> {
        self.may("link", email, LINKS).await
    }

    /// Counts one request by this token of the API.
    pub(super) async fn call(&self, token: &str) -> Result<Allowance> {
        let used = self.store.use_up(&format!("call {token}"), CALLS, self.now).await?;
        let window_s = CALLS.every.as_secs_f64() * f64::from(CALLS.at_once);
        Ok(Allowance {
            quota: CALLS.at_once,
            window_s: window_s as u32,
            left: used.left,
            wait_s: used.wait.map(|wait| wait.unsigned_abs().as_secs() + 1),
        })
    }

    async fn may(&self, what: &str, who: &str, limit: Limit) -> Result<bool> {
        Ok(self.store.use_up(&format!("{what} {who}"), limit, self.now).await?.wait.is_none())
    }
}
