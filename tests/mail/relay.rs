//! Handing mails to a relay that greylists, refuses, hangs up, dawdles or wants encryption.

use crate::helpers::smtp::{Manner, Relay};
use crate::helpers::{mailing, make};
use jiff::{SignedDuration, Timestamp};
use ridealong::clock::FixedClock;
use ridealong::jobs::send_digests::{Ask, Outcome, SendDigests};
use ridealong::mail::Mailer;
use ridealong::model::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn mailer(url: &str) -> Mailer {
    Mailer::Smtp(Arc::new(ridealong::mail::Relay::new(url).unwrap()))
}

async fn one_rep(url: &str) -> (SendDigests, Arc<FixedClock>) {
    let due: Timestamp = "2026-11-23T07:30:00Z".parse().unwrap();
    mailing::job(mailer(url), due, &[make::rep()]).await
}

/// Runs the job every minute for a day and a bit, and gives what happened that anybody needs to hear of.
async fn a_day(job: &SendDigests, clock: &FixedClock) -> Vec<Outcome> {
    let due: Timestamp = "2026-11-23T07:30:00Z".parse().unwrap();
    let mut happened = Vec::new();
    for minutes in 0..(25 * 60) {
        clock.set(due + SignedDuration::from_mins(minutes));
        happened.extend(job.run(None, Ask::Schedule).await.unwrap().into_iter().map(|sending| sending.outcome));
    }
    happened
}

async fn claim(job: &SendDigests) -> MailClaim {
    job.store.find_mail(&make::rep().email, "2026-W48".parse().unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_relay_that_greylists_gets_the_mail_some_minutes_later() {
    let relay = Relay::start(Manner { greylists: 2, ..Manner::default() }).await;
    let (job, clock) = one_rep(&relay.url("")).await;
    let happened = a_day(&job, &clock).await;
    assert!(
        matches!(happened.as_slice(), [Outcome::Retry { .. }, Outcome::Retry { .. }, Outcome::Sent { .. }]),
        "{happened:?}"
    );
    let taken = relay.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].from.as_str(), taken[0].to.as_str()), ("ride@sales.example", "maya@example.com"));
    assert_eq!(claim(&job).await.attempt, 3);
}

#[tokio::test]
async fn a_dead_address_stops_the_mail_of_that_rep_alone_and_says_why() {
    let relay = Relay::start(Manner { at_rcpt: vec![("maya@", "550 5.1.1 no such user")], ..Manner::default() }).await;
    let reps = [make::rep(), Rep::new(make::email("tom@example.com"), "Tom")];
    let due: Timestamp = "2026-11-23T07:30:00Z".parse().unwrap();
    let (job, clock) = mailing::job(mailer(&relay.url("")), due, &reps).await;
    let happened = a_day(&job, &clock).await;
    assert_eq!(happened.len(), 2, "{happened:?}");
    assert_eq!(relay.taken().len(), 1);
    let stopped = job.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    assert!(!stopped.mail.enabled);
    let because = stopped.mail.stopped_because.unwrap();
    assert!(because.ends_with("answered 550 at the rep's address: 5.1.1 no such user"), "{because}");
    assert_eq!(claim(&job).await.state, MailState::Failed);
    assert!(job.store.find_rep(&reps[1].email).await.unwrap().unwrap().mail.enabled);
}

#[tokio::test]
async fn a_refusal_that_is_about_us_never_stops_a_rep() {
    let quarrels = [
        Manner { at_rcpt: vec![("maya@", "554 5.7.1 relay access denied")], ..Manner::default() },
        Manner { at_rcpt: vec![("maya@", "552 mailbox full")], ..Manner::default() },
        Manner { at_mail: Some("550 5.7.1 sender not welcome"), ..Manner::default() },
        Manner { at_text: Some("554 5.6.0 looks like spam"), ..Manner::default() },
        Manner { login: Some(("ride", "secret")), ..Manner::default() },
    ];
    for quarrel in quarrels {
        let relay = Relay::start(quarrel.clone()).await;
        let (job, clock) = one_rep(&relay.url("")).await;
        let happened = a_day(&job, &clock).await;
        assert!(happened.len() >= 6, "{quarrel:?}: {happened:?}");
        assert!(matches!(happened.last(), Some(Outcome::Failed(_))), "{quarrel:?}: {happened:?}");
        assert!(job.store.find_rep(&make::rep().email).await.unwrap().unwrap().mail.enabled);
        let claim = claim(&job).await;
        assert!(claim.state == MailState::Failed && claim.retry_at.is_none() && claim.cause.is_some(), "{claim:?}");
    }
}

#[tokio::test]
async fn a_relay_that_hangs_up_after_the_text_gets_the_same_message_id_again() {
    let relay = Relay::start(Manner { hangs_up_after_text: 1, ..Manner::default() }).await;
    let (job, clock) = one_rep(&relay.url("")).await;
    let happened = a_day(&job, &clock).await;
    assert!(matches!(happened.as_slice(), [Outcome::Retry { .. }, Outcome::Sent { .. }]), "{happened:?}");
    let ids: Vec<_> = relay.taken().into_iter().map(|taken| taken.message_id).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_relay_that_dawdles_or_is_down_is_tried_again_later() {
    let relay = Relay::start(Manner { waits: Duration::from_secs(30), ..Manner::default() }).await;
    let (job, _) = one_rep(&relay.url("timeout=1")).await;
    let began = Instant::now();
    let outcome = job.step(&make::rep(), Ask::Schedule).await.unwrap();
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(10));

    let (job, _) = one_rep("smtp://127.0.0.1:9").await;
    let outcome = job.step(&make::rep(), Ask::Schedule).await.unwrap();
    assert!(outcome.to_string().contains("did not answer on connecting"), "{outcome}");
}

#[tokio::test]
async fn a_password_travels_encrypted_or_not_at_all() {
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mail/relay.pem");
    let login = Some(("ride", "s/cret"));
    let relay = Relay::start(Manner { tls: true, login, ..Manner::default() }).await;
    let (job, _) = one_rep(&relay.url_for("ride:s%2Fcret", &format!("tls=required&ca={certificate}"))).await;
    let outcome = job.step(&make::rep(), Ask::Schedule).await.unwrap();
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome}");
    assert!(relay.taken()[0].encrypted);

    // Nobody vouches for the relay's certificate: the password stays here.
    let relay = Relay::start(Manner { tls: true, login, ..Manner::default() }).await;
    let (job, _) = one_rep(&relay.url_for("ride:s%2Fcret", "")).await;
    assert!(job.step(&make::rep(), Ask::Schedule).await.unwrap().is_trouble());
    assert!(relay.taken().is_empty() && !relay.commands().contains(&"AUTH".to_owned()), "{:?}", relay.commands());

    // A relay that offers no encryption although we insist.
    let relay = Relay::start(Manner { login, ..Manner::default() }).await;
    let (job, _) = one_rep(&relay.url_for("ride:s%2Fcret", "tls=required")).await;
    assert!(job.step(&make::rep(), Ask::Schedule).await.unwrap().is_trouble());
    assert!(!relay.commands().contains(&"AUTH".to_owned()));
}

#[tokio::test]
async fn a_wrong_password_is_told_and_tried_again_when_somebody_may_have_mended_it() {
    let relay = Relay::start(Manner { login: Some(("ride", "right")), ..Manner::default() }).await;
    let (job, _) = one_rep(&relay.url_for("ride:wrong", "")).await;
    let outcome = job.step(&make::rep(), Ask::Schedule).await.unwrap();
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(outcome.to_string().contains("answered 535 on signing in: 5.7.8 wrong password"), "{outcome}");
    assert!(!outcome.to_string().contains("wrong@") && !outcome.to_string().contains("ride:"));
}

#[tokio::test]
async fn connections_are_used_again_and_never_more_than_agreed() {
    let reps: Vec<Rep> =
        (0..60).map(|n| Rep::new(make::email(&format!("rep{n}@example.com")), format!("Rep {n}"))).collect();
    let due: Timestamp = "2026-11-23T07:30:00Z".parse().unwrap();
    let relay = Relay::start(Manner { waits: Duration::from_millis(1), ..Manner::default() }).await;
    let (job, _) = mailing::job(mailer(&relay.url("connections=3&per_second=10000")), due, &reps).await;
    assert_eq!(job.run(None, Ask::Schedule).await.unwrap().len(), 60);
    assert_eq!(relay.taken().len(), 60);
    assert!(
        relay.open_max() <= 3 && relay.connections() <= 3,
        "{} open, {} in all",
        relay.open_max(),
        relay.connections()
    );

    // A relay that closes each connection after one mail costs nobody a try.
    let relay = Relay::start(Manner { one_a_connection: true, ..Manner::default() }).await;
    let (job, _) = mailing::job(mailer(&relay.url("connections=2&per_second=10000")), due, &reps[..10]).await;
    let happened = job.run(None, Ask::Schedule).await.unwrap();
    assert!(happened.iter().all(|sending| matches!(sending.outcome, Outcome::Sent { .. })), "{happened:?}");
}

#[tokio::test]
async fn the_pace_that_the_relay_wants_is_kept() {
    let reps: Vec<Rep> =
        (0..10).map(|n| Rep::new(make::email(&format!("rep{n}@example.com")), format!("Rep {n}"))).collect();
    let due: Timestamp = "2026-11-23T07:30:00Z".parse().unwrap();
    let relay = Relay::start(Manner::default()).await;
    let (job, _) = mailing::job(mailer(&relay.url("connections=10&per_second=20")), due, &reps).await;
    let began = Instant::now();
    job.run(None, Ask::Schedule).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(9 * 50), "{:?}", began.elapsed());
    assert_eq!(relay.taken().len(), 10);
}

#[test]
fn an_address_of_a_relay_that_does_not_fit_is_told_without_its_password() {
    for (url, part) in [
        ("smtp://ride:hunter2@relay.example?tls=maybe", "tls=maybe"),
        ("smtp://ride:hunter2@relay.example?timeout=0", "timeout=0"),
        ("smtp://ride:hunter2%zz@relay.example", "percent-encoded"),
        ("smtp://ride@relay.example", "no password"),
        ("smtp://relay.example?ca=/nowhere.pem", "/nowhere.pem"),
    ] {
        let error = ridealong::mail::Relay::new(url).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("hunter2"), "{url}: {error}");
    }
}
