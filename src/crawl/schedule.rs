//! When a source is asked again. Pure: instants and a jitter come in, an instant comes out.
//!
//! An interval is half of the average gap between posts, longer where the source is quiet, raised by what the
//! feed and the server ask for, and spread so that sources that started together drift apart.

use crate::config::CrawlSettings;
use crate::model::{SourceId, SourceState};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The first wait after an error, and what a source is spared for where nothing else is said.
pub const INTERVAL_MIN: SignedDuration = SignedDuration::from_hours(1);
/// The shortest interval that a `ttl` or `max-age` can ask for.
pub const INTERVAL_FLOOR: SignedDuration = SignedDuration::from_mins(10);
/// The interval between requests that cannot be conditional.
pub const UNCONDITIONAL_MIN: SignedDuration = SignedDuration::from_hours(24);
/// The interval where WebSub pushes and polling is only the net below it.
pub const PUSHED_MIN: SignedDuration = SignedDuration::from_hours(12);
/// A 410 is asked again weekly.
pub const GONE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// robots.txt is asked again daily, also by a source that it forbids.
pub const ROBOTS: SignedDuration = SignedDuration::from_hours(24);
/// The longest wait after errors.
pub const BACK_OFF_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The longest wait after 429, unless the server itself asks for more.
pub const SLOW_DOWN_MAX: SignedDuration = SignedDuration::from_hours(6);
/// The wait after our own network failed.
pub const OUTAGE: SignedDuration = SignedDuration::from_mins(5);
/// How much longer than computed an interval may become, as a fraction.
const SPREAD: f64 = 0.2;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Between what the interval of a source that can be read stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The shortest, unless the feed's own `ttl` or `max-age` allows less.
    pub min: SignedDuration,
    /// The longest, spread included.
    pub max: SignedDuration,
}

impl Bounds {
    /// What the team has set.
    pub fn of(settings: &CrawlSettings) -> Self {
        let length = |span| SignedDuration::try_from(span).unwrap_or(DAY);
        Self { min: length(settings.check_every_min), max: length(settings.check_every_max) }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::of(&CrawlSettings::default())
    }
}

/// What the next interval is made of.
#[derive(Clone, Debug, Default)]
pub struct Pace<'a> {
    /// Instants of the last posts, newest first.
    pub recent_at: &'a [Timestamp],
    /// Where the interval starts while there are no posts to judge by, in seconds.
    pub start_s: u64,
    /// What the feed asks for (`ttl`, `sy:updatePeriod`), in seconds.
    pub asked_s: Option<u64>,
    /// What the server asks for (`Cache-Control: max-age`, `Expires`), in seconds.
    pub max_age_s: Option<u64>,
    /// Whether the next request can be conditional.
    pub conditional: bool,
    /// Whether WebSub pushes.
    pub pushed: bool,
    /// Between what it stays.
    pub bounds: Bounds,
}

/// The interval before jitter, `skipHours` and `Retry-After`.
pub fn interval(pace: &Pace<'_>, now: Timestamp) -> SignedDuration {
    let seconds = |s: u64| SignedDuration::from_secs(i64::try_from(s).unwrap_or(i64::MAX));
    let Bounds { min, max } = pace.bounds;
    let longest = max.mul_f64(1.0 / (1.0 + SPREAD));
    let asked = pace.asked_s.filter(|s| *s > 0).map(seconds);
    let max_age = pace.max_age_s.filter(|s| *s > 0).map(seconds);
    let wished = asked.max(max_age);
    let shortest = wished.map_or(min, |wish| wish.clamp(INTERVAL_FLOOR, min));
    let observed = half_gap(pace.recent_at, now).unwrap_or(seconds(pace.start_s));
    let quiet = quiet_interval(pace.recent_at.first().copied(), max, now);
    let pushed = if pace.pushed { PUSHED_MIN } else { SignedDuration::ZERO };
    let raised = observed.max(quiet).max(wished.unwrap_or_default()).max(pushed);
    let interval = raised.max(shortest).min(longest);
    if pace.conditional { interval } else { interval.max(UNCONDITIONAL_MIN) }
}

/// When to ask again after a good answer. `jitter` is 0 to 1.
pub fn after_success(pace: &Pace<'_>, skip: &Skip, now: Timestamp, jitter: f64) -> Timestamp {
    let interval = interval(pace, now);
    let spread = interval + interval.mul_f64(SPREAD * jitter);
    let spread = if pace.conditional { spread.min(pace.bounds.max) } else { spread };
    skip.first_open(plus(now, spread))
}

/// When to ask again after the `failures`th failure in a row: exponential with full jitter above one hour.
pub fn after_failure(
    failures: u32,
    cap: SignedDuration,
    retry_after: Option<SignedDuration>,
    now: Timestamp,
    jitter: f64,
) -> Timestamp {
    let doubled = INTERVAL_MIN * 2_i32.saturating_pow(failures.min(16));
    let widest = doubled.min(cap);
    let back_off = INTERVAL_MIN + (widest - INTERVAL_MIN).mul_f64(jitter);
    // What the server asks for is honoured, also above our own cap; a little later, so that not all come back at once.
    let asked = retry_after.map_or(SignedDuration::ZERO, |wait| {
        let wait = wait.min(BACK_OFF_MAX);
        wait + (wait.min(INTERVAL_MIN)).mul_f64(SPREAD * jitter)
    });
    plus(now, back_off.max(asked))
}

/// A fixed wait, spread.
pub fn after(wait: SignedDuration, now: Timestamp, jitter: f64) -> Timestamp {
    plus(now, wait + wait.mul_f64(SPREAD * jitter))
}

/// Hours (UTC) and days at which a feed asks not to be read (RSS 2.0 `skipHours`, `skipDays`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    /// 0 to 23.
    pub hours: Vec<u8>,
    /// 1 (Monday) to 7 (Sunday).
    pub days: Vec<u8>,
}

impl Skip {
    /// What a state remembers.
    pub fn of(state: &SourceState) -> Self {
        Self { hours: state.skip_hours.clone(), days: state.skip_days.clone() }
    }

    /// The first instant from `at` on that is not skipped; `at` itself where everything is.
    pub fn first_open(&self, at: Timestamp) -> Timestamp {
        if self.hours.is_empty() && self.days.is_empty() {
            return at;
        }
        const HOURS_A_WEEK: i64 = 7 * 24;
        (0..=HOURS_A_WEEK)
            .map(|hours| plus(at, SignedDuration::from_hours(hours)))
            .find(|candidate| {
                let civil = TimeZone::UTC.to_datetime(*candidate);
                let hour = u8::try_from(civil.hour()).unwrap_or_default();
                let day = weekday_number(civil.weekday());
                !self.hours.contains(&hour) && !self.days.contains(&day)
            })
            .unwrap_or(at)
    }
}

/// The number of a weekday: 1 is Monday, 7 is Sunday.
pub fn weekday_number(day: Weekday) -> u8 {
    u8::try_from(day.to_monday_one_offset()).unwrap_or_default()
}

/// Why a source may be asked now, or when it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Now.
    Now,
    /// Not before.
    NotBefore(Timestamp),
}

/// Whether the manners allow a request now: conditional ones hourly (or as often as the feed itself allows),
/// unconditional ones daily. A person who asks is not bound by it.
pub fn leave(state: &SourceState, bounds: Bounds, now: Timestamp) -> Leave {
    let conditional = state.validators.etag.is_some() || state.validators.last_modified.is_some();
    let from = if conditional {
        let asked = state.asked_interval_s.max(state.fresh_s).filter(|s| *s > 0).and_then(|s| i64::try_from(s).ok());
        let least = asked.map_or(bounds.min, |s| SignedDuration::from_secs(s).clamp(INTERVAL_FLOOR, bounds.min));
        state.checked_at.map(|at| plus(at, least))
    } else {
        state.unconditional_at.map(|at| plus(at, UNCONDITIONAL_MIN))
    };
    match from {
        Some(from) if from > now => Leave::NotBefore(from),
        _ => Leave::Now,
    }
}

/// A number from 0 to below 1 that differs from source to source and from check to check, and is the same on replay.
pub fn jitter(source: &SourceId, now: Timestamp) -> f64 {
    // FNV-1a over id and instant, finished by the mixer of splitmix64: cheap, and even over all bits.
    let bytes = source.as_str().bytes().chain(now.as_millisecond().to_le_bytes());
    let mut hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// Half of the average gap between the posts, where there are two at least.
fn half_gap(recent_at: &[Timestamp], now: Timestamp) -> Option<SignedDuration> {
    let past: Vec<Timestamp> = recent_at.iter().copied().filter(|at| *at <= now).collect();
    let newest = past.iter().max()?;
    let oldest = past.iter().min()?;
    let gaps = i32::try_from(past.len()).ok()? - 1;
    (gaps > 0).then(|| newest.duration_since(*oldest) / (2 * gaps))
}

/// The least interval of a source whose newest post is old.
fn quiet_interval(newest: Option<Timestamp>, max: SignedDuration, now: Timestamp) -> SignedDuration {
    let age = newest.map_or(SignedDuration::ZERO, |at| now.duration_since(at));
    if age > DAY * 30 {
        max
    } else if age > DAY * 14 {
        max / 2
    } else if age > DAY * 7 {
        max / 4
    } else {
        SignedDuration::ZERO
    }
}

/// Later by so much, or the end of time.
pub(super) fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
