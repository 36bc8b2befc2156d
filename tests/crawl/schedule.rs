use crate::helpers::make::now;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use ridealong::crawl::outage::{Met, forgive, is_ours};
use ridealong::crawl::schedule::*;
use ridealong::model::{SourceId, SourceState, Validators};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Posts every `gap`, the newest one `age` old.
fn every(gap: SignedDuration, age: SignedDuration) -> Vec<Timestamp> {
    (0..10).map(|n| now() - age - gap * n).collect()
}

fn pace(recent_at: &[Timestamp]) -> Pace<'_> {
    Pace { recent_at, start_s: 3600, conditional: true, ..Pace::default() }
}

#[test]
fn the_interval_is_half_of_the_gap_between_posts_from_one_hour_to_a_day() {
    for (gap, hours) in [(HOUR, 1), (HOUR * 8, 4), (DAY, 12), (DAY * 3, 20), (DAY * 7, 20)] {
        assert_eq!(interval(&pace(&every(gap, HOUR)), now()), HOUR * hours, "{gap}");
    }
    assert_eq!(interval(&pace(&[]), now()), HOUR, "where nothing is known it begins where the source says");
}

#[test]
fn a_source_that_fell_silent_is_asked_less_and_less_often() {
    for (days, hours) in [(6, 1), (8, 6), (15, 12), (31, 20), (900, 20)] {
        assert_eq!(interval(&pace(&every(HOUR, DAY * days)), now()), HOUR * hours, "{days} days");
    }
}

#[test]
fn what_feed_and_server_ask_for_raises_the_interval_and_only_they_lower_it_below_an_hour() {
    let recent = every(HOUR, HOUR);
    assert_eq!(interval(&Pace { asked_s: Some(6 * 3600), ..pace(&recent) }, now()), HOUR * 6);
    assert_eq!(interval(&Pace { max_age_s: Some(3 * 3600), ..pace(&recent) }, now()), HOUR * 3);
    assert_eq!(interval(&Pace { asked_s: Some(365 * 24 * 3600), ..pace(&recent) }, now()), HOUR * 20);
    assert_eq!(interval(&Pace { asked_s: Some(1800), ..pace(&recent) }, now()), HOUR / 2);
    assert_eq!(interval(&Pace { max_age_s: Some(1), ..pace(&every(HOUR / 60, HOUR / 60)) }, now()), INTERVAL_FLOOR);
    assert_eq!(interval(&Pace { max_age_s: Some(0), ..pace(&recent) }, now()), HOUR, "0 asks for nothing");
    assert_eq!(interval(&Pace { pushed: true, ..pace(&recent) }, now()), HOUR * 12);
}

#[test]
fn without_validators_a_source_is_asked_daily() {
    let recent = every(HOUR, HOUR);
    let next = after_success(&Pace { conditional: false, ..pace(&recent) }, &Skip::default(), now(), 0.0);
    assert_eq!(next.duration_since(now()), DAY);
    let asked = SourceState { unconditional_at: Some(now()), ..SourceState::default() };
    assert_eq!(leave(&asked, Bounds::default(), now() + HOUR * 5), Leave::NotBefore(now() + DAY));
    assert_eq!(leave(&asked, Bounds::default(), now() + DAY), Leave::Now);
    let validators = Validators { etag: Some("\"1\"".to_owned()), last_modified: None };
    let conditional = SourceState { validators, checked_at: Some(now()), ..asked };
    assert_eq!(leave(&conditional, Bounds::default(), now() + HOUR / 2), Leave::NotBefore(now() + HOUR));
    assert_eq!(leave(&conditional, Bounds::default(), now() + HOUR), Leave::Now);
}

#[test]
fn hours_and_days_that_the_feed_skips_are_skipped() {
    // 07:00 on a Monday, UTC.
    let night = Skip { hours: (7..=9).collect(), days: Vec::new() };
    assert_eq!(night.first_open(now()).duration_since(now()), HOUR * 3);
    let monday = Skip { hours: Vec::new(), days: vec![1] };
    assert_eq!(monday.first_open(now()).duration_since(now()), HOUR * 17);
    let never = Skip { hours: (0..24).collect(), days: Vec::new() };
    assert_eq!(never.first_open(now()), now(), "one that skips everything is not believed");
}

#[test]
fn errors_back_off_up_to_a_week_and_never_stop() {
    let wait = |failures, jitter| after_failure(failures, BACK_OFF_MAX, None, now(), jitter).duration_since(now());
    assert_eq!((wait(1, 0.0), wait(1, 1.0)), (HOUR, HOUR * 2));
    assert_eq!((wait(4, 0.0), wait(4, 1.0)), (HOUR, HOUR * 16));
    for failures in [8, 100, u32::MAX] {
        assert_eq!(wait(failures, 1.0), DAY * 7, "{failures}");
    }
    let slowed = after_failure(50, SLOW_DOWN_MAX, None, now(), 1.0).duration_since(now());
    assert_eq!(slowed, HOUR * 6);
    let asked = after_failure(1, SLOW_DOWN_MAX, Some(DAY), now(), 0.0).duration_since(now());
    assert_eq!(asked, DAY, "what the server asks for is honoured above our own cap");
}

#[test]
fn when_most_hosts_that_worked_fall_silent_at_once_our_own_network_is_blamed() {
    let met = |n: usize, was_good, silent| (format!("host{n}.example"), was_good, silent);
    let judge = |round: &[(String, bool, bool)]| {
        is_ours(round.iter().map(|(host, was_good, silent)| Met { host, was_good: *was_good, silent: *silent }))
    };
    let of = |silent: usize, all: usize, was_good| (0..all).map(|n| met(n, was_good, n < silent)).collect::<Vec<_>>();
    assert!(judge(&of(60, 100, true)));
    assert!(!judge(&of(40, 100, true)));
    assert!(judge(&of(3, 3, true)));
    assert!(!judge(&of(2, 2, true)), "two hosts may well be down at once");
    assert!(!judge(&of(50, 50, false)), "long dead hosts do not excuse each other for ever");
    let one_host: Vec<_> = (0..9).map(|_| met(1, true, true)).collect();
    assert!(!judge(&one_host), "many sources of one host are one host");
}

#[test]
fn a_source_whose_server_says_that_it_stays_fresh_for_minutes_may_be_asked_after_them() {
    let validators = Validators { etag: Some("1".to_owned()), last_modified: None };
    let state = SourceState { checked_at: Some(now()), validators, ..SourceState::default() };
    let half = now() + HOUR / 2;
    assert!(matches!(leave(&state, Bounds::default(), half), Leave::NotBefore(_)), "hourly, unless it says less");
    let fresh = SourceState { fresh_s: Some(900), ..state };
    assert_eq!(leave(&fresh, Bounds::default(), half), Leave::Now);
    let rare = Bounds { min: HOUR * 6, max: DAY };
    let pace = Pace { bounds: rare, ..pace(&[]) };
    assert_eq!(interval(&pace, now()), HOUR * 6, "a team may be more patient than that");
}

#[test]
fn a_source_that_is_forgiven_is_as_before_and_tried_again_soon() {
    let before = SourceState { failures: 0, last_good_at: Some(now() - DAY), ..SourceState::new(SourceId::new("a")) };
    let after = forgive(Some(&before), &SourceState { failures: 1, ..before.clone() }, now());
    let wait = after.next_check_at.unwrap().duration_since(now());
    assert!(wait >= OUTAGE && wait <= OUTAGE * 2, "{wait}");
    assert_eq!(SourceState { next_check_at: None, ..after }, before);
}

#[test]
fn sources_that_start_together_drift_apart() {
    let mut minutes: Vec<i64> = (0..600)
        .map(|n| {
            let jitter = jitter(&SourceId::new(format!("source-{n}")), now());
            let next = after_success(&pace(&every(DAY, HOUR)), &Skip::default(), now(), jitter);
            next.duration_since(now()).as_mins()
        })
        .collect();
    minutes.sort_unstable();
    let most = minutes.chunk_by(|a, b| a == b).map(<[i64]>::len).max().unwrap();
    assert!(most <= 15, "{most} of 600 in one minute");
    assert!(minutes[599] - minutes[0] > 120, "spread over {} minutes", minutes[599] - minutes[0]);
}

proptest! {
    #[test]
    fn every_interval_stays_within_its_bounds(
        ages in proptest::collection::vec(-100_000_i64..100_000_000, 0..25),
        asked in proptest::option::of(any::<u64>()),
        max_age in proptest::option::of(any::<u64>()),
        start in any::<u64>(),
        jitter in 0.0..1.0_f64,
    ) {
        let recent: Vec<Timestamp> = ages.iter().map(|s| now() - SignedDuration::from_secs(*s)).collect();
        let pace = Pace { asked_s: asked, max_age_s: max_age, start_s: start, ..pace(&recent) };
        let wait = after_success(&pace, &Skip::default(), now(), jitter).duration_since(now());
        prop_assert!(wait >= INTERVAL_FLOOR && wait <= HOUR * 24, "{wait}");
        if asked.is_none_or(|s| s == 0 || s >= 3600) && max_age.is_none_or(|s| s == 0 || s >= 3600) {
            prop_assert!(wait >= INTERVAL_MIN);
        }
    }
}
