//! Several processes crawl from one store: each source is asked by one of them, and each host by one at a time.

use crate::helpers::due::{Due, item, serve, source};
use crate::helpers::hostile::Hostile;
use crate::helpers::make::now;
use crate::helpers::stores;
use jiff::SignedDuration;
use ridealong::clock::{Clock as _, FixedClock};
use ridealong::crawl::politeness::Turns as _;
use ridealong::jobs::leases::{HostTurns, LEASE, Leases};
use ridealong::model::SourceId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

fn name_of(source: &SourceId) -> String {
    format!("source {source}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_round_has_broken_off_is_asked_by_nobody_of_that_round() {
    let clock = Arc::new(FixedClock::new(now()));
    let leases = Leases::new(stores::fresh().await, clock);
    let held = leases.take(&["source blog".to_owned()], 1).await.unwrap();
    let permit = held.permit(name_of);
    drop(held);
    assert!(!permit.may_ask(&SourceId::new("blog")).await, "another process may have it before we have asked");
    leases.give_back().await.unwrap();
    assert_eq!(leases.take(&["source blog".to_owned()], 1).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_asked_rests_for_an_hour_though_its_round_broke_off() {
    let clock = Arc::new(FixedClock::new(now()));
    let store = stores::fresh().await;
    let (ours, theirs) = (Leases::new(store.clone(), clock.clone()), Leases::new(store, clock.clone()));
    let held = ours.take(&["source blog".to_owned()], 1).await.unwrap();
    assert!(held.permit(name_of).may_ask(&SourceId::new("blog")).await);
    drop(held);
    ours.give_back().await.unwrap();
    clock.set(clock.now() + SignedDuration::from_mins(59));
    assert!(theirs.take(&["source blog".to_owned()], 1).await.unwrap().is_empty());
    clock.set(clock.now() + SignedDuration::from_mins(2));
    assert_eq!(theirs.take(&["source blog".to_owned()], 1).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_read_by_a_clock_a_little_ahead_is_left_alone() {
    let server = Hostile::start().await;
    serve(&server, &[item(&[("title", "One"), ("guid", "1")])]);
    let due = Due::new(vec![source("blog", &server.url("/f"))]).await;
    assert_eq!(due.run().await.sources, 1);
    assert_eq!(due.run_after(-SignedDuration::from_secs(90)).await.sources, 0);
    assert_eq!(due.run_after(-SignedDuration::from_hours(24)).await.sources, 1, "that clock was wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_take_turns_at_a_host_and_both_heed_what_one_was_told() {
    let clock = Arc::new(FixedClock::new(now()));
    let store = stores::fresh().await;
    let ours = HostTurns(Leases::new(store.clone(), clock.clone()));
    let theirs = HostTurns(Leases::new(store, clock.clone()));
    let turn = ours.take("blog.example").await.ok().unwrap();
    assert!(timeout(Duration::from_millis(300), theirs.take("blog.example")).await.is_err(), "one at a time");
    assert!(theirs.take("other.example").await.is_ok(), "another host is free");
    turn.end(Duration::ZERO);
    let turn = timeout(Duration::from_secs(20), theirs.take("blog.example")).await.unwrap().ok().unwrap();
    let hour = Duration::from_secs(3_600);
    turn.end(hour);
    let told = timeout(Duration::from_secs(20), ours.take("blog.example")).await.unwrap().err().unwrap();
    assert!(told.wait > LEASE.unsigned_abs() && told.wait <= hour, "{told:?}");
}
