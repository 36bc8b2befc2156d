use crate::clock::Clock;
use governor::clock::{Clock as GovernorClock, Reference};
use governor::middleware::{NoOpMiddleware, StateInformationMiddleware};
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use jiff::Timestamp;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

/// Tries to sign in from one network address: so many at once, one more every two seconds.
const TRIES_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).unwrap();
const TRY_EVERY: Duration = Duration::from_secs(2);
/// Links mailed to one mail address: so many at once, one more every five minutes.
const LINKS_AT_ONCE: NonZeroU32 = NonZeroU32::new(3).unwrap();
const LINK_EVERY: Duration = Duration::from_secs(300);
/// Guesses at one account's password: so many at once, one more every minute.
const GUESSES_AT_ONCE: NonZeroU32 = NonZeroU32::new(5).unwrap();
const GUESS_EVERY: Duration = Duration::from_secs(60);
/// Searches of one rep, who searches as they type: so many at once, one more every quarter of a second.
const SEARCHES_AT_ONCE: NonZeroU32 = NonZeroU32::new(120).unwrap();
const SEARCH_EVERY: Duration = Duration::from_millis(250);
/// Requests by one token of the API: so many at once, ten more every second.
const CALLS_AT_ONCE: NonZeroU32 = NonZeroU32::new(300).unwrap();
const CALLS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Keys remembered before those that have rested are dropped.
const KEYS_MAX: usize = 10_000;

type LimiterWith<M> = RateLimiter<String, DashMapStateStore<String>, OurClock, M>;
type Limiter = LimiterWith<NoOpMiddleware<Instant>>;

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

/// How often who may try to sign in, and search.
pub(super) struct Limits {
    tries: Limiter,
    links: Limiter,
    guesses: Limiter,
    searches: Limiter,
    calls: LimiterWith<StateInformationMiddleware>,
    clock: OurClock,
}

impl Limits {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let limiter = |quota: Option<Quota>, at_once| {
            let quota = quota.unwrap_or(Quota::per_minute(at_once)).allow_burst(at_once);
            RateLimiter::new(quota, DashMapStateStore::default(), OurClock(Arc::clone(&clock)))
        };
        let calls = Quota::per_second(CALLS_PER_SECOND).allow_burst(CALLS_AT_ONCE);
        Self {
            calls: RateLimiter::new(calls, DashMapStateStore::default(), OurClock(Arc::clone(&clock))),
            clock: OurClock(Arc::clone(&clock)),
            tries: limiter(Quota::with_period(TRY_EVERY), TRIES_AT_ONCE),
            links: limiter(Quota::with_period(LINK_EVERY), LINKS_AT_ONCE),
            guesses: limiter(Quota::with_period(GUESS_EVERY), GUESSES_AT_ONCE),
            searches: limiter(Quota::with_period(SEARCH_EVERY), SEARCHES_AT_ONCE),
        }
    }

    /// Whether this network address may try once more.
    pub(super) fn may_try(&self, address: &str) -> bool {
        check(&self.tries, address)
    }

    /// Whether one more password may be tried for this account.
    pub(super) fn may_guess(&self, email: &str) -> bool {
        check(&self.guesses, email)
    }

    /// Whether this rep may search once more.
    pub(super) fn may_search(&self, email: &str) -> bool {
        check(&self.searches, email)
    }

    /// Counts one request by this token of the API.
    pub(super) fn call(&self, token: &str) -> Allowance {
        if self.calls.len() > KEYS_MAX {
            self.calls.retain_recent();
        }
        let (left, wait_s) = match self.calls.check_key(&token.to_owned()) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => (0, Some(until.wait_time_from(self.clock.now()).as_secs() + 1)),
        };
        let window_s = CALLS_AT_ONCE.get() / CALLS_PER_SECOND.get();
        Allowance { quota: CALLS_AT_ONCE.get(), window_s, left, wait_s }
    }

    /// Whether one more link may be mailed to this address.
    pub(super) fn may_mail(&self, email: &str) -> bool {
        check(&self.links, email)
    }
}

fn check(limiter: &Limiter, key: &str) -> bool {
    if limiter.len() > KEYS_MAX {
        limiter.retain_recent();
    }
    limiter.check_key(&key.to_owned()).is_ok()
}

/// The program's clock as the limiter reads it.
#[derive(Clone)]
struct OurClock(Arc<dyn Clock>);

impl GovernorClock for OurClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        Instant(self.0.now())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(Timestamp);

impl Add<Nanos> for Instant {
    type Output = Self;

    fn add(self, nanos: Nanos) -> Self {
        Self(self.0.saturating_add(Duration::from(nanos)).unwrap_or(Timestamp::MAX))
    }
}

impl Reference for Instant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or_default().into()
    }

    fn saturating_sub(&self, nanos: Nanos) -> Self {
        Self(self.0.checked_sub(Duration::from(nanos)).unwrap_or(self.0))
    }
}
