//! When a post's comments are fetched. Pure.

use super::schedule::{after, jitter, plus};
use crate::model::{CommentsFrom, Post, Source, Thread};
use jiff::{SignedDuration, Timestamp};

/// Days after publication at which comments are fetched.
const DAYS: [i64; 4] = [1, 3, 7, 30];
/// Older posts that are seen for the first time have their comments fetched once, up to this age in days.
const LATE_DAYS_MAX: i32 = 365;
/// How soon that happens, spread over as long again.
const LATE: SignedDuration = SignedDuration::from_hours(6);

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// When the comments of a post that is seen for the first time are due; none where there is no stream, or never.
pub fn first_due(post: &Post, source: &Source, now: Timestamp) -> Option<Timestamp> {
    let Thread { url, feed_url, count, .. } = &post.thread;
    if source.comments == CommentsFrom::Off || (url.is_none() && feed_url.is_none()) {
        return None;
    }
    next_due(post, now).or_else(|| {
        let worth_it =
            count.is_some_and(|count| count > 0) && now.duration_since(post.dated_at()) < DAY * LATE_DAYS_MAX;
        worth_it.then(|| after(LATE, now, spread(post, now) * 5.0))
    })
}

/// The next of the days at which comments are fetched; none when they are over.
pub fn next_due(post: &Post, now: Timestamp) -> Option<Timestamp> {
    let dated_at = post.dated_at().min(now);
    let days = DAYS.into_iter().map(|days| plus(dated_at, SignedDuration::from_hours(24 * days)));
    days.into_iter().find(|at| *at > now)
}

/// Whether a fetch may bring anything: always the first time and where no count is published, else only where it moved.
pub fn count_moved(thread: &Thread) -> bool {
    thread.fetched_at.is_none() || thread.fetched_count.is_none() || thread.count != thread.fetched_count
}

/// The thread after its comments were fetched.
pub fn fetched(post: &Post, found: usize, now: Timestamp) -> Thread {
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let thread = &post.thread;
    // What was counted here says nothing about what the publisher will count next.
    let published = thread.count.filter(|_| thread.fetched_at.is_none() || thread.fetched_count.is_some());
    Thread {
        count: published.or(Some(found)),
        fetched_count: published,
        fetched_at: Some(now),
        due_at: next_due(post, now),
        ..thread.clone()
    }
}

/// The thread after a fetch was not needed or not possible: tried again on the next of the days.
pub fn passed_over(post: &Post, now: Timestamp) -> Thread {
    Thread { due_at: next_due(post, now), ..post.thread.clone() }
}

fn spread(post: &Post, now: Timestamp) -> f64 {
    jitter(&crate::model::SourceId::new(post.id.as_str()), now)
}
