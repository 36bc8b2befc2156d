//! What one answer does to what is remembered of a source. Pure: answers and instants in, states out.

use super::health::{self, Trouble};
use super::schedule::{self, Bounds, Pace, Skip};
use crate::model::{Health, MovedTo, Source, SourceState, Validators};
use crate::net::Response;
use jiff::{SignedDuration, Timestamp};
use url::Url;

/// How long a permanent redirect has to hold before the remembered address moves.
pub const MOVED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Failures in a row after which a moved source is asked at its listed address again.
const MOVED_FAILURES_MAX: u32 = 3;

/// Instants of posts that are remembered.
const RECENT_MAX: usize = 20;

/// Weeks of the health chart.
const WEEKS: usize = 12;

const WEEK_S: i64 = 7 * 24 * 60 * 60;

/// The state to begin with: as it was, or anew where the team has changed the source's address.
pub fn begin(source: &Source, state: &SourceState) -> SourceState {
    if state.listed_url.as_deref() == Some(source.url.as_str()) {
        return state.clone();
    }
    let fresh = SourceState::new(source.id.clone());
    SourceState {
        listed_url: Some(source.url.clone()),
        last_good_at: state.last_good_at,
        newest_at: state.newest_at,
        newest_title: state.newest_title.clone(),
        recent_at: state.recent_at.clone(),
        posts_per_week: state.posts_per_week.clone(),
        posts: state.posts,
        ..fresh
    }
}

/// The address to ask: where a permanent redirect has led for long enough, else the listed one.
pub fn address<'a>(source: &'a Source, state: &'a SourceState) -> &'a str {
    state.url.as_deref().unwrap_or(&source.url)
}

/// Remembers where a good answer came from.
pub fn remember_move(state: &mut SourceState, asked: &Url, response: &Response, now: Timestamp) {
    let permanent = !response.redirects.is_empty() && response.redirects.iter().all(|hop| hop.is_permanent());
    let downgrade = asked.scheme() == "https" && response.url.scheme() == "http";
    if !permanent || downgrade {
        state.moved = None;
        return;
    }
    let since = state.moved.take().filter(|moved| moved.url == response.url.as_str()).map_or(now, |moved| moved.since);
    if is_upgrade(asked, &response.url) || now.duration_since(since) >= MOVED_AFTER {
        state.url = Some(response.url.to_string());
    } else {
        state.moved = Some(MovedTo { url: response.url.to_string(), since });
    }
}

/// Whether the new address is the old one over https, and nothing else.
fn is_upgrade(from: &Url, to: &Url) -> bool {
    let mut secured = from.clone();
    from.scheme() == "http" && secured.set_scheme("https").is_ok() && &secured == to
}

/// The validators to keep after an answer: new ones, and those that a 304 leaves out.
pub fn remember_validators(state: &mut SourceState, response: &Response) {
    let Validators { etag, last_modified } = response.validators.clone();
    if response.is_not_modified() {
        state.validators.etag = etag.or(state.validators.etag.take());
        state.validators.last_modified = last_modified.or(state.validators.last_modified.take());
    } else {
        state.validators = Validators { etag, last_modified };
    }
}

/// What a document says about itself and its posts.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What the feed asks for, in seconds.
    pub asked_s: Option<u64>,
    /// When it asks not to be read.
    pub skip: Skip,
    /// WebSub hub.
    pub hub: Option<String>,
    /// WebSub topic.
    pub topic: Option<String>,
    /// How it had to be repaired.
    pub notes: Vec<String>,
    /// Whether it had to be.
    pub repaired: bool,
    /// Dates and titles of its posts, in its order.
    pub posts: Vec<(Option<Timestamp>, String)>,
}

/// Remembers what a document says.
pub fn remember_told(state: &mut SourceState, told: Told, now: Timestamp) {
    let newest = told.posts.iter().filter(|(at, _)| at.is_some_and(|at| at <= now)).max_by_key(|(at, _)| *at);
    let newest = newest.or(told.posts.first());
    if let Some((at, title)) = newest
        && (at.is_none() || *at >= state.newest_at)
    {
        state.newest_at = at.or(state.newest_at);
        state.newest_title = Some(title.clone());
    }
    let mut recent: Vec<Timestamp> = told.posts.iter().filter_map(|(at, _)| *at).filter(|at| *at <= now).collect();
    if recent.is_empty() && !told.posts.is_empty() {
        // Without dates, the instants at which the document changed stand for them.
        recent.push(now);
    }
    state.posts_per_week = per_week(&state.posts_per_week, state.checked_at, &recent, now);
    recent.append(&mut state.recent_at);
    recent.sort_unstable_by(|a, b| b.cmp(a));
    recent.dedup();
    recent.truncate(RECENT_MAX);
    state.recent_at = recent;
    state.asked_interval_s = told.asked_s;
    (state.skip_hours, state.skip_days) = (told.skip.hours, told.skip.days);
    (state.hub, state.topic, state.notes) = (told.hub, told.topic, told.notes);
    state.health = if told.repaired { Health::Repaired } else { Health::Ok };
}

/// Posts per week, oldest first: what was counted before, moved on to this week, and what the document shows now.
fn per_week(before: &[u32], counted_at: Option<Timestamp>, dates: &[Timestamp], now: Timestamp) -> Vec<u32> {
    let week = |at: Timestamp| at.as_second().div_euclid(WEEK_S);
    let this = week(now);
    let mut weeks = vec![0_u32; WEEKS];
    let mut slot = |at_week: i64, count: u32, add: bool| {
        let back = usize::try_from(this - at_week).unwrap_or(usize::MAX);
        if let Some(place) = back.checked_add(1).and_then(|back| WEEKS.checked_sub(back)).and_then(|i| weeks.get_mut(i))
        {
            *place = if add { *place + count } else { (*place).max(count) };
        }
    };
    for at in dates {
        slot(week(*at), 1, true);
    }
    if let Some(counted) = counted_at.map(week) {
        for (back, count) in before.iter().rev().enumerate() {
            slot(counted - i64::try_from(back).unwrap_or(i64::MAX), *count, false);
        }
    }
    weeks
}

/// What makes a check cheap or rare.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leisure {
    /// WebSub pushes, so that polling is only the net below it.
    pub pushed: bool,
    /// The source is on this machine: nobody is bothered by asking it.
    pub at_hand: bool,
    /// Between what the interval stays.
    pub bounds: Bounds,
}

/// Ends a good check: health, and when to ask again.
pub fn succeed(
    state: &mut SourceState,
    source: &Source,
    max_age_s: Option<u64>,
    retry_after: Option<SignedDuration>,
    leisure: Leisure,
    now: Timestamp,
) {
    let repaired = state.health == Health::Repaired;
    (state.health, state.cause) =
        health::of_success(repaired, &source.url, address(source, state), state.newest_at, now);
    (state.failures, state.last_good_at) = (0, Some(now));
    let pace = Pace {
        recent_at: &state.recent_at,
        start_s: source.check_every_s,
        asked_s: state.asked_interval_s,
        max_age_s,
        conditional: leisure.at_hand || state.validators != Validators::default(),
        pushed: leisure.pushed,
        bounds: leisure.bounds,
    };
    state.fresh_s = max_age_s;
    let next = schedule::after_success(&pace, &Skip::of(state), now, schedule::jitter(&source.id, now));
    let asked = retry_after.map_or(now, |wait| schedule::plus(now, wait.min(schedule::BACK_OFF_MAX)));
    state.next_check_at = Some(next.max(asked));
}

/// Ends a failed check: what is known of the content stays, the wait grows.
pub fn fail(state: &mut SourceState, source: &Source, trouble: &Trouble, now: Timestamp) {
    state.failures = state.failures.saturating_add(1);
    (state.health, state.cause) = (trouble.health, Some(trouble.cause.clone()));
    let jitter = schedule::jitter(&source.id, now);
    let next = match trouble.health {
        Health::Gone => schedule::after(schedule::GONE, now, jitter),
        _ => schedule::after_failure(state.failures, trouble.wait_max(), trouble.retry_after, now, jitter),
    };
    let unconditional = state.validators == Validators::default();
    let daily = state.unconditional_at.filter(|_| unconditional);
    state.next_check_at = Some(daily.map_or(next, |at| next.max(schedule::plus(at, schedule::UNCONDITIONAL_MIN))));
    if state.failures >= MOVED_FAILURES_MAX {
        // The new address of a moved source may be the one that died.
        (state.url, state.moved) = (None, None);
    }
}
