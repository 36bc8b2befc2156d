//! A year of Mondays in every corner of the world, over a real connection, with a clock that the test moves.

use crate::helpers::smtp::{Manner, Relay};
use crate::helpers::{mailing, make};
use jiff::civil::{Weekday, time};
use jiff::{SignedDuration, Timestamp, Zoned};
use ridealong::jobs::send_digests::Ask;
use ridealong::mail::schedule::{Due, due, next};
use ridealong::mail::{Mailer, Outbox};
use ridealong::model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Twelve zones: both hemispheres, half-hour and quarter-hour offsets, a half-hour of daylight saving, both sides of
/// the date line, and zones without daylight saving.
const ZONES: [&str; 12] = [
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Europe/London",
    "Africa/Cairo",
    "America/Santiago",
    "America/St_Johns",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
];

/// A rep in a zone; every second one wants the mail on Sunday at 02:30, an hour that daylight saving leaves out or
/// brings twice in many of these zones.
fn rep_in(number: usize) -> Rep {
    let mut rep = Rep::new(make::email(&format!("rep{number}@example.com")), format!("Rep {number}"));
    rep.zone = ZONES[number].to_owned();
    if number % 2 == 1 {
        rep.mail.weekday = Weekday::Sunday;
        rep.mail.at = time(2, 30, 0, 0);
    }
    rep
}

#[tokio::test]
async fn every_rep_in_twelve_zones_gets_one_mail_a_week_for_a_year() {
    let relay = Relay::start(Manner::default()).await;
    let mailer = Mailer::Smtp(Arc::new(ridealong::mail::Relay::new(&relay.url("per_second=10000")).unwrap()));
    let reps: Vec<Rep> = (0..ZONES.len()).map(rep_in).collect();
    let start: Timestamp = "2026-01-07T12:00:00Z".parse().unwrap();
    let (job, clock) = mailing::job(mailer, start, &reps).await;
    let mut now = start;
    while now < start + SignedDuration::from_hours(24 * 7 * 53) {
        clock.set(now);
        job.run(None, Ask::Schedule).await.unwrap();
        // From one due instant to the next, and every six hours between: a late mail would show in its local time.
        let soonest = reps.iter().filter_map(|rep| next(rep, now)).map(|(_, at)| at).min().unwrap();
        now = soonest.min(now + SignedDuration::from_hours(6));
    }
    let mut by_rep: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for taken in relay.taken() {
        let mail = mail_parser::MessageParser::default().parse(&taken.bytes).unwrap();
        let sent = Timestamp::from_second(mail.date().unwrap().to_timestamp()).unwrap();
        let rep = reps.iter().find(|rep| rep.email.as_str() == taken.to).unwrap();
        let local = Zoned::new(sent, rep.time_zone());
        assert_eq!(local.weekday(), rep.mail.weekday, "{} at {local}", rep.email);
        let hours = (local.time().hour(), local.time().minute());
        let moved = matches!(hours, (3, 0 | 30)) && rep.mail.at == time(2, 30, 0, 0);
        assert!(moved || hours == (rep.mail.at.hour(), rep.mail.at.minute()), "{} at {local}", rep.email);
        by_rep.entry(taken.to).or_default().push(taken.message_id);
    }
    for (rep, ids) in &mut by_rep {
        assert!((52..=54).contains(&ids.len()), "{rep} got {} mails", ids.len());
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{rep} got two mails in a week");
    }
    assert_eq!(by_rep.len(), 12);
    println!("a year, 12 zones: {} mails, one for each rep and week", relay.count());
}

#[tokio::test]
async fn a_clock_that_jumps_brings_no_second_mail_and_loses_none_of_the_weeks_it_stood_in() {
    let outbox = Outbox::default();
    let reps: Vec<Rep> = (0..ZONES.len()).map(rep_in).collect();
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let (job, clock) = mailing::job(Mailer::Memory(outbox.clone()), start, &reps).await;
    let mut now = start;
    for hour in 0_i64..24 * 7 * 5 {
        // Every few days the clock is set: two days back, three hours ahead, a quarter of an hour back.
        let jump = match hour % 61 {
            7 => -48,
            23 => 3,
            _ => 0,
        };
        clock.set(now + SignedDuration::from_hours(jump));
        job.run(None, Ask::Schedule).await.unwrap();
        clock.set(now - SignedDuration::from_mins(15));
        job.run(None, Ask::Schedule).await.unwrap();
        now += SignedDuration::from_hours(1);
    }
    let mut ids: Vec<_> = outbox.list().into_iter().map(|mail| mail.message_id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "somebody got two mails in a week");
    assert!(all >= 12 * 5, "only {all} mails in five weeks");
}

#[test]
fn a_change_of_zone_or_day_after_the_mail_was_sent_brings_no_second_one() {
    let sent_at: Timestamp = "2026-11-22T18:30:00Z".parse().unwrap();
    let mut rep = make::rep();
    rep.zone = "Pacific/Auckland".to_owned();
    let Due::Now { week, .. } = due(&rep, sent_at) else { panic!("Monday 07:30 in Auckland") };
    rep.zone = "Pacific/Honolulu".to_owned();
    let Due::Now { week: moved, .. } = due(&rep, "2026-11-23T17:30:00Z".parse().unwrap()) else {
        panic!("Monday 07:30 in Honolulu")
    };
    rep.mail.weekday = Weekday::Friday;
    let Due::Now { week: later, .. } = due(&rep, "2026-11-27T17:30:00Z".parse().unwrap()) else {
        panic!("Friday 07:30 in Honolulu")
    };
    assert_eq!((week, week), (moved, later));
}

#[test]
fn the_next_mail_is_told_for_the_settings_page() {
    let mut rep = make::rep();
    rep.zone = "Europe/Berlin".to_owned();
    let now: Timestamp = "2026-03-23T12:00:00Z".parse().unwrap();
    // The clocks go forward on 29 March: 07:30 is an hour earlier in UTC.
    assert_eq!(next(&rep, now), Some(("2026-W14".parse().unwrap(), "2026-03-30T05:30:00Z".parse().unwrap())));
    rep.mail.away = Some((jiff::civil::date(2026, 3, 28), jiff::civil::date(2026, 4, 12)));
    assert_eq!(next(&rep, now).unwrap().0, "2026-W16".parse().unwrap());
    rep.mail.away = Some((jiff::civil::date(2026, 1, 1), jiff::civil::date(2036, 1, 1)));
    assert_eq!(next(&rep, now), None);
    rep.mail.enabled = false;
    assert_eq!((next(&rep, now), due(&rep, now)), (None, Due::Never));
}

#[test]
fn the_last_week_of_a_long_year_and_the_first_of_the_next_are_two_weeks() {
    let rep = make::rep();
    let week = |at: &str| match due(&rep, at.parse().unwrap()) {
        Due::Now { week, .. } => week.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(week("2026-12-28T07:30:00Z"), "2026-W53");
    assert_eq!(week("2027-01-04T07:30:00Z"), "2027-W01");
}
