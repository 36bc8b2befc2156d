//! The job that fulfils wishes for mails: "send me one now", and the admin's test mail.
//!
//! A crash in between repeats the wish: the weekly mail is claimed as ever, so it goes out once; a test mail may come
//! twice.

use super::send_digests::{Ask, Outcome, SendDigests};
use crate::mail::dns::{self, TxtLookup};
use crate::mail::{Mail, domain, message_id, write};
use crate::model::{AskedMail, Finding, IsoWeek, MailAnswer, MailAsk, Rep};
use jiff::Timestamp;

/// Fulfils every wish; says how many there were.
///
/// # Errors
/// The store fails; what is not fulfilled stays.
pub async fn run(mail: &SendDigests, txt: &dyn TxtLookup) -> anyhow::Result<usize> {
    let asks = mail.store.list_mail_asks().await?;
    for ask in &asks {
        let findings = match mail.store.find_rep(&ask.rep).await? {
            None => Vec::new(),
            Some(rep) => match ask.what {
                AskedMail::Weekly => vec![weekly(mail, &rep).await?],
                AskedMail::Test => test(mail, txt, &rep, ask).await,
            },
        };
        mail.store.answer_mail(ask, &MailAnswer { done_at: mail.clock.now(), findings }).await?;
    }
    Ok(asks.len())
}

async fn weekly(mail: &SendDigests, rep: &Rep) -> anyhow::Result<Finding> {
    let outcome = mail.step(rep, Ask::Person).await?;
    outcome.log(&rep.email);
    let good = matches!(outcome, Outcome::Sent { .. } | Outcome::Settled(_) | Outcome::Skipped(_));
    Ok(Finding { what: "Weekly mail".to_owned(), good: Some(good), said: outcome.to_string() })
}

/// Sends the test mail, and looks at what providers ask of the sender's domain.
async fn test(mail: &SendDigests, txt: &dyn TxtLookup, rep: &Rep, ask: &MailAsk) -> Vec<Finding> {
    let sender = &mail.sender;
    let selector = sender.dkim.as_ref().map(|dkim| dkim.selector());
    let domain = domain(&sender.from);
    let sent = match write(&test_mail(mail, rep, ask, &domain), sender.dkim.as_ref()) {
        Ok(ready) => mail.mailer.send(&ready).await,
        Err(error) => Err(error),
    };
    let relay = match sent {
        Ok(()) => Finding {
            what: "Relay".to_owned(),
            good: Some(true),
            said: format!("the test mail to {} was taken; it should be there within minutes", rep.email),
        },
        Err(error) => Finding { what: "Relay".to_owned(), good: Some(false), said: error.to_string() },
    };
    let mut findings = vec![relay];
    findings.extend(dns::look(txt, &domain, selector).await);
    findings
}

fn test_mail(mail: &SendDigests, rep: &Rep, ask: &MailAsk, domain: &str) -> Mail {
    let now: Timestamp = mail.clock.now();
    let sender = &mail.sender;
    let week = IsoWeek::of(now, &rep.time_zone());
    let fingerprint = sender.link_key.fingerprint(&["test", rep.email.as_str(), &ask.asked_at.to_string()]);
    Mail {
        from: sender.from.clone(),
        from_name: sender.from_name.clone(),
        to: rep.email.clone(),
        to_name: rep.name.clone(),
        subject: "Ridealong test mail".to_owned(),
        text: format!(
            "This is the test mail you asked for. It went out through the same relay\n\
             and under the same sender as the weekly mails.\n\n\
             Look at its headers: Authentication-Results should say spf=pass,\n\
             dkim=pass and dmarc=pass for {domain}. What is missing in DNS stands\n\
             here, with what to do about it:\n\n{}\n",
            format_args!("{}/admin/mail", sender.public_url.as_str().trim_end_matches('/'))
        ),
        html: None,
        message_id: message_id(&fingerprint, week, &sender.from),
        date: now,
        kind: "test",
        week,
        unsubscribe: None,
    }
}
