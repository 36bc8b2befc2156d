//! The admin hears once a week what needs a person, and nothing otherwise.

use crate::helpers::{mailing, make};
use jiff::{SignedDuration, Timestamp};
use ridealong::jobs::tell_admins;
use ridealong::mail::{Mailer, Outbox};
use ridealong::model::*;
use ridealong::render::mail::notice;
use ridealong::store::Record;

fn due() -> Timestamp {
    "2026-11-23T07:30:00Z".parse().unwrap()
}

fn admin() -> Rep {
    let mut admin = Rep::new(make::email("nina@example.com"), "Nina");
    admin.role = Role::Admin;
    admin.mail.enabled = false;
    admin
}

fn state(id: &str, health: Health, good_days_ago: Option<i64>) -> (String, SourceState) {
    let mut state = SourceState::new(SourceId::new(id));
    state.health = health;
    state.failures = 4;
    state.cause = Some(format!("{id} answers with trouble"));
    state.last_good_at = good_days_ago.map(|days| due() - SignedDuration::from_hours(24 * days));
    (id.to_owned(), state)
}

#[test]
fn only_what_will_not_mend_itself_is_told() {
    let well = [
        state("fine", Health::Ok, Some(0)),
        state("quiet", Health::Quiet, Some(1)),
        state("since-yesterday", Health::Unreachable, Some(1)),
        state("new", Health::New, None),
    ];
    assert_eq!(notice(&well, &[admin()], None, "https://ride.example.com/sources", due()), None);
    let ill = [
        state("gone-blog", Health::Gone, Some(0)),
        state("walled-blog", Health::Blocked, Some(9)),
        state("fine", Health::Ok, Some(0)),
    ];
    let mut stopped = make::rep();
    stopped.mail.stopped_because = Some("no such user".to_owned());
    let (subject, text) = notice(&ill, &[stopped], None, "https://ride.example.com/sources", due()).unwrap();
    assert_eq!(subject, "Ridealong needs you: 2 sources, 1 rep");
    assert!(text.contains("* gone-blog (gone): gone-blog answers with trouble"), "{text}");
    assert!(text.contains("* maya@example.com: no such user") && !text.contains("* fine"), "{text}");
}

#[tokio::test]
async fn every_admin_is_told_once_a_week_while_the_trouble_lasts() {
    let outbox = Outbox::default();
    let mut stopped = make::rep();
    stopped.mail.enabled = false;
    stopped.mail.stopped_because = Some("no such user".to_owned());
    let (job, clock) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[admin(), stopped.clone()]).await;
    for hour in 0..24 * 14 {
        clock.set(due() + SignedDuration::from_hours(hour));
        tell_admins::run(&job, &SourceSet::default()).await.unwrap();
    }
    assert_eq!(outbox.list().len(), 2);
    assert!(outbox.list().iter().all(|mail| mail.to() == "nina@example.com"));
    stopped.mail.stopped_because = None;
    job.store.save(Record::Rep(stopped)).await.unwrap();
    clock.set(due() + SignedDuration::from_hours(24 * 14));
    assert_eq!(tell_admins::run(&job, &SourceSet::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_notice_that_the_relay_does_not_take_is_tried_again() {
    let mut stopped = make::rep();
    stopped.mail.stopped_because = Some("no such user".to_owned());
    let down = Mailer::Smtp(std::sync::Arc::new(ridealong::mail::Relay::new("smtp://127.0.0.1:9?tls=none").unwrap()));
    let (mut job, _) = mailing::job(down, due(), &[admin(), stopped]).await;
    assert!(tell_admins::run(&job, &SourceSet::default()).await.is_err());
    let outbox = Outbox::default();
    job.mailer = Mailer::Memory(outbox.clone());
    assert_eq!(tell_admins::run(&job, &SourceSet::default()).await.unwrap(), 1);
}
