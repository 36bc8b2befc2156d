//! What comes back by mail: dead addresses and unsubscribing, believed only where it is proven.

use crate::helpers::{mailing, make};
use jiff::Timestamp;
use ridealong::jobs::read_returns::{Returned, run};
use ridealong::jobs::send_digests::{Ask, SendDigests};
use ridealong::mail::{Mailer, Outbox};
use ridealong::model::*;
use std::path::Path;

fn due() -> Timestamp {
    "2026-11-23T07:30:00Z".parse().unwrap()
}

/// A job that has sent Maya's mail, with the bytes of that mail.
async fn sent() -> (SendDigests, String) {
    let outbox = Outbox::default();
    let (job, _) = mailing::job(Mailer::Memory(outbox.clone()), due(), &[make::rep()]).await;
    job.run(None, Ask::Schedule).await.unwrap();
    let text = String::from_utf8(outbox.list()[0].bytes.clone()).unwrap();
    (job, text)
}

/// A delivery report as mail servers write it, about this mail.
fn report(mail: &str, action: &str, status: &str) -> String {
    let head = mail.split("\r\n\r\n").next().unwrap();
    format!(
        "From: MAILER-DAEMON@relay.example\r\nTo: ride@sales.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
         --b1\r\nContent-Type: text/plain\r\n\r\nI am sorry to have to inform you.\r\n\r\n\
         --b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n\
         Final-Recipient: rfc822; maya@example.com\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 The account\r\n    does not exist\r\n\r\n\
         --b1\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--b1--\r\n"
    )
}

async fn returned(job: &SendDigests, maildir: &Path, mails: &[&str]) -> Returned {
    std::fs::create_dir_all(maildir.join("new")).unwrap();
    for (number, mail) in mails.iter().enumerate() {
        std::fs::write(maildir.join("new").join(format!("{number}.relay")), mail).unwrap();
    }
    run(&job.store, &mailing::key(), maildir, due()).await.unwrap()
}

async fn settings(job: &SendDigests) -> MailSettings {
    job.store.find_rep(&make::rep().email).await.unwrap().unwrap().mail
}

#[tokio::test]
async fn a_report_that_the_address_is_dead_stops_the_mail_with_its_words() {
    let (job, mail) = sent().await;
    let maildir = tempfile::tempdir().unwrap();
    let done = returned(&job, maildir.path(), &[&report(&mail, "failed", "5.1.1")]).await;
    assert_eq!(done.stopped.len(), 1);
    let mail = settings(&job).await;
    assert!(!mail.enabled);
    let because = mail.stopped_because.unwrap();
    assert_eq!(because, "the mail of 2026-W48 came back: 5.1.1 smtp; 550 5.1.1 The account does not exist");
    // Read mails are kept, but never read twice.
    assert_eq!(run(&job.store, &mailing::key(), maildir.path(), due()).await.unwrap(), Returned::default());
    assert_eq!(std::fs::read_dir(maildir.path().join("cur")).unwrap().count(), 1);
}

#[tokio::test]
async fn delays_full_mailboxes_policies_and_forged_reports_stop_nobody() {
    let (job, mail) = sent().await;
    let forged = mail.replace("<2026-W48.", "<2026-W48.0");
    let guessed = format!("Message-ID: <2026-W48.{}@sales.example>\r\n\r\n", "0".repeat(32));
    let maildir = tempfile::tempdir().unwrap();
    let mails = [
        report(&mail, "delayed", "4.4.1"),
        report(&mail, "failed", "5.2.2"),
        report(&mail, "failed", "5.7.1"),
        report(&mail, "delivered", "2.0.0"),
        report(&forged, "failed", "5.1.1"),
        report(&guessed, "failed", "5.1.1"),
        report(&mail, "failed", "5.1.1").replace("maya@", "tom@"),
        "Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.\r\n".to_owned(),
        String::new(),
        "\0\u{ff}\r\n\r\n".to_owned(),
    ];
    let mails: Vec<&str> = mails.iter().map(String::as_str).collect();
    let done = returned(&job, maildir.path(), &mails).await;
    assert_eq!(done, Returned { other: mails.len(), ..Returned::default() });
    assert!(settings(&job).await.enabled);
}

#[tokio::test]
async fn a_mail_to_the_address_of_list_unsubscribe_unsubscribes() {
    let (job, mail) = sent().await;
    let header = mail.replace("\r\n ", " ");
    let subject = header.split("?subject=").nth(1).unwrap().split('>').next().unwrap().replace("%20", " ");
    let maildir = tempfile::tempdir().unwrap();
    let stranger = "From: x@example.org\r\nSubject: unsubscribe AAAA\r\n\r\n";
    let wish = format!("From: other@example.org\r\nSubject: Re: {subject}\r\n\r\n");
    let done = returned(&job, maildir.path(), &[stranger, &wish]).await;
    assert_eq!((done.unsubscribed, done.other), (vec![make::rep().email], 1));
    let mail = settings(&job).await;
    assert_eq!((mail.enabled, mail.stopped_because), (false, None));
}
