//! Exactly one mail for each rep and ISO week, whatever goes wrong.

use crate::helpers::{mailing, make};
use jiff::{SignedDuration, Timestamp};
use ridealong::jobs::send_digests::{Ask, Outcome};
use ridealong::mail::{Mailer, Outbox};
use ridealong::model::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday 23 November 2026, 07:30 UTC: when the mail of a rep with the defaults is due.
fn due() -> Timestamp {
    at("2026-11-23T07:30:00Z")
}

#[tokio::test]
async fn a_rep_gets_one_mail_a_week_however_often_the_job_runs() {
    let outbox = Outbox::default();
    let (job, clock) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[make::rep()]).await;
    for minutes in 0..200 {
        clock.set(due() + SignedDuration::from_mins(minutes * 10));
        job.run(None, Ask::Schedule).await.unwrap();
    }
    assert_eq!(outbox.list().len(), 1);
    clock.set(due() + SignedDuration::from_hours(24 * 7));
    job.run(None, Ask::Schedule).await.unwrap();
    assert_eq!(outbox.list().len(), 2);
    assert_ne!(outbox.list()[0].message_id, outbox.list()[1].message_id);
}

#[tokio::test]
async fn nothing_is_sent_before_its_time_or_more_than_a_day_late() {
    let outbox = Outbox::default();
    let (job, clock) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[make::rep()]).await;
    clock.set(due() - SignedDuration::from_secs(1));
    assert_eq!(
        job.step(&make::rep(), Ask::Schedule).await.unwrap().to_string(),
        "skipped: It was due on Monday 16 November, 07:30, more than 24 hours ago."
    );
    clock.set(due() + SignedDuration::from_hours(24) + SignedDuration::from_secs(1));
    assert_eq!(
        job.step(&make::rep(), Ask::Schedule).await.unwrap().to_string(),
        "skipped: It was due on Monday 23 November, 07:30, more than 24 hours ago."
    );
    assert!(outbox.list().is_empty());
}

#[tokio::test]
async fn a_person_can_ask_for_this_weeks_mail_on_any_day_but_never_for_a_second_one() {
    let outbox = Outbox::default();
    let thursday = at("2026-11-26T15:00:00Z");
    let (job, _) = mailing::job(Mailer::Memory(outbox.clone()), thursday, &[make::rep()]).await;
    assert!(matches!(job.step(&make::rep(), Ask::Schedule).await.unwrap(), Outcome::Skipped(_)));
    assert!(matches!(job.step(&make::rep(), Ask::Person).await.unwrap(), Outcome::Sent { .. }));
    assert_eq!(job.step(&make::rep(), Ask::Person).await.unwrap().to_string(), "was sent already for 2026-W48");
    assert_eq!(outbox.list().len(), 1);
}

#[tokio::test]
async fn an_empty_week_sends_nothing_and_says_why() {
    let outbox = Outbox::default();
    let (mut job, _) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[make::rep()]).await;
    job.builder = std::sync::Arc::new(mailing::Builds(|rep, week| {
        let mut empty = mailing::digest(rep, week);
        empty.deals.clear();
        empty.commitments.clear();
        Ok(empty)
    }));
    assert!(matches!(job.step(&make::rep(), Ask::Schedule).await.unwrap(), Outcome::Skipped(_)));
    let claim = job.store.find_mail(&make::rep().email, "2026-W48".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(claim.state, MailState::Skipped);
    assert_eq!(claim.cause.as_deref(), Some("Nothing fits this week: no pick, and no promise is due."));
    assert!(outbox.list().is_empty());
}

#[tokio::test]
async fn a_digest_that_cannot_be_built_is_tried_again_and_given_up_after_a_day() {
    let outbox = Outbox::default();
    let (mut job, clock) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[make::rep()]).await;
    let good = std::sync::Arc::clone(&job.builder);
    job.builder = std::sync::Arc::new(mailing::Builds(|_, _| anyhow::bail!("the store is being repaired")));
    let mut tries = 0;
    for minutes in 0..(24 * 60) {
        clock.set(due() + SignedDuration::from_mins(minutes));
        match job.step(&make::rep(), Ask::Schedule).await.unwrap() {
            Outcome::Retry { .. } => tries += 1,
            Outcome::Settled(claim) => assert!(claim.retry_at.is_some() || claim.state == MailState::Failed),
            Outcome::Failed(cause) => {
                assert_eq!(cause, "the digest could not be built: the store is being repaired; given up after 10 tries")
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(tries, 9);
    job.builder = good;
    assert!(matches!(job.step(&make::rep(), Ask::Person).await.unwrap(), Outcome::Sent { .. }));
}

#[tokio::test]
async fn a_rep_who_is_away_or_wants_no_mail_gets_none() {
    let outbox = Outbox::default();
    let mut away = make::rep();
    away.mail.away = Some((jiff::civil::date(2026, 11, 20), jiff::civil::date(2026, 11, 29)));
    let mut holiday = Rep::new(make::email("tom@example.com"), "Tom");
    holiday.mail.holidays = vec![jiff::civil::date(2026, 11, 23)];
    let mut off = Rep::new(make::email("ana@example.com"), "Ana");
    off.mail.enabled = false;
    let (job, _) =
        mailing::job(Mailer::Memory(outbox.clone()), due(), &[away.clone(), holiday.clone(), off.clone()]).await;
    assert_eq!(
        job.step(&away, Ask::Schedule).await.unwrap().to_string(),
        "skipped: Monday 23 November lies in your time away, which ends on 29 November."
    );
    assert_eq!(
        job.step(&holiday, Ask::Schedule).await.unwrap().to_string(),
        "skipped: Monday 23 November is one of your days without mail."
    );
    assert!(matches!(job.step(&off, Ask::Person).await.unwrap(), Outcome::Off(_)));
    assert!(outbox.list().is_empty());
}

#[tokio::test]
async fn unsubscribing_while_the_mail_is_built_counts() {
    let outbox = Outbox::default();
    let (job, _) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[make::rep()]).await;
    let mut gone = make::rep();
    gone.mail.enabled = false;
    job.store.save(ridealong::store::Record::Rep(gone)).await.unwrap();
    assert!(matches!(job.step(&make::rep(), Ask::Schedule).await.unwrap(), Outcome::Skipped(_)));
    assert!(outbox.list().is_empty());
}

#[tokio::test]
async fn the_folder_holds_one_file_a_mail_named_by_week_and_address() {
    let folder = tempfile::tempdir().unwrap();
    let reps = [make::rep(), Rep::new(make::email("o'neil/east@example.com"), "O'Neil")];
    let (job, _) = mailing::job(Mailer::Folder(folder.path().join("mails")), due(), &reps).await;
    assert_eq!(job.run(None, Ask::Person).await.unwrap().len(), 2);
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("mails"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["2026-W48-maya@example.com.eml", "2026-W48-o%27neil%2feast@example.com.eml"]);
}

#[tokio::test]
async fn two_senders_at_once_send_one_mail_a_rep() {
    let outbox = Outbox::default();
    let reps: Vec<Rep> =
        (0..40).map(|n| Rep::new(make::email(&format!("rep{n}@example.com")), format!("Rep {n}"))).collect();
    let (job, _) = mailing::job(Mailer::Memory(outbox.clone()), due(), &reps).await;
    let senders: Vec<_> = (0..6)
        .map(|_| {
            let job = job.clone();
            tokio::spawn(async move { job.run(None, Ask::Schedule).await.unwrap() })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let ids: std::collections::BTreeSet<_> = outbox.list().into_iter().map(|mail| mail.message_id).collect();
    assert_eq!((outbox.list().len(), ids.len()), (40, 40));
}
