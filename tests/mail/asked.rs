//! "Send me one now", and the admin's test mail that says what the domain lacks.

use crate::helpers::{mailing, make};
use async_trait::async_trait;
use ridealong::jobs::answer_asks;
use ridealong::mail::dns::{Texts, TxtLookup};
use ridealong::mail::{Dkim, Mailer, Outbox};
use ridealong::model::*;
use std::collections::HashMap;

/// DNS as a test wants it; a name that is not listed has no records.
struct Zone(HashMap<&'static str, Texts>);

impl Zone {
    fn of(records: &[(&'static str, &'static str)]) -> Self {
        let mut zone: HashMap<&'static str, Texts> = HashMap::new();
        for (name, text) in records {
            match zone.entry(name).or_insert_with(|| Texts::Found(Vec::new())) {
                Texts::Found(texts) => texts.push((*text).to_owned()),
                Texts::Unknown(_) => unreachable!("only found records are listed"),
            }
        }
        Self(zone)
    }
}

#[async_trait]
impl TxtLookup for Zone {
    async fn texts(&self, name: &str) -> Texts {
        self.0.get(name).cloned().unwrap_or(Texts::Found(Vec::new()))
    }
}

fn ask(what: AskedMail) -> MailAsk {
    MailAsk { rep: make::rep().email, what, asked_at: make::now() }
}

async fn findings(mailer: Mailer, zone: &Zone, dkim: Option<Dkim>, what: AskedMail) -> Vec<Finding> {
    let (mut job, _) = mailing::job(mailer, make::now(), &[make::rep()]).await;
    job.sender.dkim = dkim;
    job.store.ask_mail(&ask(what)).await.unwrap();
    assert_eq!(answer_asks::run(&job, zone).await.unwrap(), 1);
    assert_eq!(job.store.list_mail_asks().await.unwrap(), []);
    job.store.find_mail_answer(&make::rep().email, what).await.unwrap().unwrap().findings
}

fn states(findings: &[Finding]) -> Vec<(&str, Option<bool>)> {
    findings.iter().map(|finding| (finding.what.as_str(), finding.good)).collect()
}

#[tokio::test]
async fn a_mail_that_is_asked_for_goes_out_once_and_a_second_wish_is_told_so() {
    let outbox = Outbox::default();
    let (job, _) = mailing::job(Mailer::Memory(outbox.clone()), make::now(), &[make::rep()]).await;
    let zone = Zone::of(&[]);
    for expected in ["sent: Negotiation and revival: 4 ideas, 8 min", "was sent already for 2026-W48"] {
        job.store.ask_mail(&ask(AskedMail::Weekly)).await.unwrap();
        answer_asks::run(&job, &zone).await.unwrap();
        let answer = job.store.find_mail_answer(&make::rep().email, AskedMail::Weekly).await.unwrap().unwrap();
        assert_eq!(answer.findings[0].said, expected);
    }
    assert_eq!(answer_asks::run(&job, &zone).await.unwrap(), 0, "a wish is fulfilled once");
    assert_eq!(outbox.list().len(), 1);
}

#[tokio::test]
async fn a_test_mail_finds_a_domain_in_order() {
    let outbox = Outbox::default();
    let zone = Zone::of(&[
        ("sales.example", "google-site-verification=abc"),
        ("sales.example", "v=spf1 include:relay.example -all"),
        ("ride._domainkey.sales.example", "v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA"),
        ("_dmarc.sales.example", "v=DMARC1; p=quarantine; rua=mailto:d@sales.example"),
    ]);
    let key = include_str!("../fixtures/mail/dkim-ed25519.txt");
    let dkim = Dkim::new("ride", "sales.example", key).unwrap();
    let found = findings(Mailer::Memory(outbox.clone()), &zone, Some(dkim), AskedMail::Test).await;
    assert_eq!(
        states(&found),
        [("Relay", Some(true)), ("SPF", Some(true)), ("DKIM", Some(true)), ("DMARC", Some(true))],
        "{found:#?}"
    );
    let mail = outbox.list().pop().unwrap();
    let text = String::from_utf8(mail.bytes).unwrap();
    assert!(text.contains("Subject: Ridealong test mail") && text.contains("DKIM-Signature"), "{text}");
    assert!(!text.contains("List-Unsubscribe:"), "a person asked for it");
}

#[tokio::test]
async fn a_bare_domain_is_told_what_to_publish() {
    let found = findings(Mailer::Memory(Outbox::default()), &Zone::of(&[]), None, AskedMail::Test).await;
    assert_eq!(states(&found), [("Relay", Some(true)), ("SPF", Some(false)), ("DKIM", None), ("DMARC", Some(false))]);
    assert!(found[1].said.contains("v=spf1 include:"), "{}", found[1].said);
    assert!(found[2].said.contains("d=sales.example"), "{}", found[2].said);
    assert!(found[3].said.contains("v=DMARC1; p=none"), "{}", found[3].said);
}

#[tokio::test]
async fn records_that_do_harm_are_told_from_those_that_help() {
    for (records, what, good, said) in [
        (&[("sales.example", "v=spf1 +all")][..], "SPF", Some(false), "every machine"),
        (
            &[("sales.example", "v=spf1 a -all"), ("sales.example", "v=spf1 mx -all")],
            "SPF",
            Some(false),
            "2 SPF records",
        ),
        (&[("sales.example", "v=spf10 -all")], "SPF", Some(false), "no SPF record"),
        (&[("sales.example", "V=SPF1 mx ~all")], "SPF", Some(true), "mx ~all"),
        (&[("_dmarc.sales.example", "v=DMARC1;p=none")], "DMARC", Some(true), "only counted"),
        (&[("_dmarc.sales.example", "v=DMARC1; rua=mailto:x@y")], "DMARC", Some(false), "says no p="),
    ] {
        let found = findings(Mailer::Memory(Outbox::default()), &Zone::of(records), None, AskedMail::Test).await;
        let finding = found.iter().find(|finding| finding.what == what).unwrap();
        assert_eq!(finding.good, good, "{records:?}: {}", finding.said);
        assert!(finding.said.contains(said), "{records:?}: {}", finding.said);
    }
}

#[tokio::test]
async fn a_withdrawn_key_and_dns_that_is_dead_are_told_apart_from_a_missing_record() {
    let key = include_str!("../fixtures/mail/dkim-ed25519.txt");
    let mut zone = Zone::of(&[("ride._domainkey.sales.example", "v=DKIM1; p=")]);
    zone.0.insert("sales.example", Texts::Unknown("timed out".to_owned()));
    let dkim = Dkim::new("ride", "sales.example", key).unwrap();
    let found = findings(Mailer::Off, &zone, Some(dkim), AskedMail::Test).await;
    assert_eq!(states(&found), [("Relay", Some(false)), ("SPF", None), ("DKIM", Some(false)), ("DMARC", Some(false))]);
    assert!(found[1].said.contains("timed out") && found[2].said.contains("withdrawn"), "{found:#?}");
}

#[tokio::test]
async fn a_company_domain_answers_for_the_domains_below_it() {
    use ridealong::mail::dns::look;
    let zone = Zone::of(&[("_dmarc.sales.example", "v=DMARC1; p=reject")]);
    let found = look(&zone, "mail.sales.example", None).await;
    assert_eq!((found[2].good, found[2].said.as_str()), (Some(true), "_dmarc.sales.example says p=reject"));
}
