//! A sender that is killed at any point neither loses a mail nor doubles it.

use crate::helpers::perilous::{Kill, Perilous};
use crate::helpers::smtp::{Manner, Relay};
use crate::helpers::{mailing, make};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng as _, SeedableRng as _};
use ridealong::jobs::send_digests::{Ask, SendDigests};
use ridealong::mail::Mailer;
use ridealong::model::*;
use std::sync::Arc;
use std::time::Duration;

/// Kills at each point.
const KILLS: usize = 50;

fn due() -> Timestamp {
    "2026-11-23T07:30:00Z".parse().unwrap()
}

fn mailer(relay: &Relay) -> Mailer {
    Mailer::Smtp(Arc::new(ridealong::mail::Relay::new(&relay.url("per_second=10000&timeout=5&tls=none")).unwrap()))
}

/// Kills one sender as told, lets another finish an hour later, and counts the copies that the relay has.
async fn killed(kill: Kill) -> usize {
    let relay = Relay::start(Manner::default()).await;
    let (job, clock) = mailing::job(mailer(&relay), due(), &[make::rep()]).await;
    let perilous = Arc::new(Perilous::new(Arc::clone(&job.store), kill));
    let killed = Arc::clone(&perilous.killed);
    let victim = SendDigests { store: perilous, ..job.clone() };
    let task = tokio::spawn(async move { victim.run(None, Ask::Schedule).await });
    killed.notified().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    finish(&job, &clock).await;
    copies(&relay)
}

async fn finish(job: &SendDigests, clock: &ridealong::clock::FixedClock) {
    clock.set(due() + SignedDuration::from_hours(1));
    job.run(None, Ask::Schedule).await.unwrap();
    let claim = job.store.find_mail(&make::rep().email, "2026-W48".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(claim.state, MailState::Sent);
}

fn copies(relay: &Relay) -> usize {
    let mut ids: Vec<_> = relay.taken().into_iter().map(|taken| taken.message_id).collect();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), 1, "the mail was lost, or went out under two ids");
    all
}

#[tokio::test]
async fn fifty_kills_at_every_state_lose_no_mail_and_double_none_that_a_reader_would_see() {
    for (point, kill, copies_expected) in [
        ("before the claim", Kill { swap: 1, after: false }, 1),
        ("claimed", Kill { swap: 1, after: true }, 1),
        ("before built", Kill { swap: 2, after: false }, 1),
        ("built", Kill { swap: 2, after: true }, 1),
        // The one window: the relay has it, the store does not know. The copy bears the same Message-ID.
        ("sent, not marked", Kill { swap: 3, after: false }, 2),
        ("marked", Kill { swap: 3, after: true }, 1),
    ] {
        for _ in 0..KILLS {
            assert_eq!(killed(kill).await, copies_expected, "{point}");
        }
        println!("{KILLS} kills {point}: copies at the relay: {copies_expected}, Message-IDs: 1, lost: 0");
    }
}

#[tokio::test]
async fn kills_at_any_moment_of_the_conversation_with_the_relay_lose_no_mail() {
    let mut chance = rand::rngs::StdRng::seed_from_u64(8);
    let mut doubled = 0;
    for _ in 0..KILLS {
        let relay = Relay::start(Manner { waits: Duration::from_millis(2), ..Manner::default() }).await;
        let (job, clock) = mailing::job(mailer(&relay), due(), &[make::rep()]).await;
        let victim = job.clone();
        let task = tokio::spawn(async move { victim.run(None, Ask::Schedule).await });
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..120_000))).await;
        task.abort();
        let _ = task.await;
        finish(&job, &clock).await;
        doubled += copies(&relay) - 1;
    }
    println!("{KILLS} kills at any moment: lost: 0, second copies under the same Message-ID: {doubled}");
}
