//! The job that tells each admin once a week what needs a person, and stays silent otherwise.
//!
//! The week is noted before the mail is handed over, and taken back where the relay does not take it. A crash in
//! between loses one notice, never doubles it; what needs a person still does a week later, and is told again.

use crate::jobs::keep::{BACKUP_TROUBLE_SETTING, cause_of};
use crate::jobs::send_digests::SendDigests;
use crate::mail::schedule::{Due, due};
use crate::mail::{Mail, SendError, message_id, write};
use crate::model::{IsoWeek, Rep, Role, SourceSet};
use crate::render::mail::notice;
use crate::store::{Record, Setting};

/// Tells every admin whose hour has come; says how many mails were sent.
///
/// # Errors
/// A store that fails, or a relay that does not take the mail; it is tried again at the next run.
pub async fn run(mail: &SendDigests, sources: &SourceSet) -> anyhow::Result<usize> {
    let reps = mail.store.list_reps().await?;
    let now = mail.clock.now();
    let states = mail.store.list_states().await?;
    let named: Vec<_> = states
        .into_iter()
        .filter_map(|state| {
            let source = sources.sources.iter().find(|source| source.id == state.source_id)?;
            Some((source.name.clone(), state))
        })
        .collect();
    let trouble = mail.store.find_setting(BACKUP_TROUBLE_SETTING).await?;
    let page = format!("{}/sources", mail.sender.public_url.as_str().trim_end_matches('/'));
    let mut sent = 0;
    for admin in reps.iter().filter(|rep| rep.role == Role::Admin && rep.mail.stopped_because.is_none()) {
        // Whoever wants no digest is still the admin.
        let mut hours = admin.clone();
        hours.mail.enabled = true;
        let Due::Now { week, .. } = due(&hours, now) else { continue };
        let Some((subject, text)) = notice(&named, &reps, trouble.as_deref().and_then(cause_of), &page, now) else {
            continue;
        };
        sent += usize::from(tell(mail, admin, week, subject, text).await?);
    }
    Ok(sent)
}

async fn tell(mail: &SendDigests, admin: &Rep, week: IsoWeek, subject: String, text: String) -> anyhow::Result<bool> {
    let name = format!("told-admin:{}", admin.email);
    let held = mail.store.find_setting(&name).await?;
    if held.as_deref().is_some_and(|told| told >= week.to_string().as_str()) {
        return Ok(false);
    }
    let record = |value: String| Record::Setting(Setting { name: name.clone(), value });
    let (before, after) = (held.map(record), record(week.to_string()));
    let key = after.key();
    if !mail.store.swap_record(&key, before.as_ref(), Some(after.clone())).await? {
        return Ok(false);
    }
    let sender = &mail.sender;
    let fingerprint = sender.link_key.fingerprint(&["notice", admin.email.as_str(), &week.to_string()]);
    let notice = Mail {
        from: sender.from.clone(),
        from_name: sender.from_name.clone(),
        to: admin.email.clone(),
        to_name: admin.name.clone(),
        subject,
        text,
        html: None,
        message_id: message_id(&fingerprint, week, &sender.from),
        date: mail.clock.now(),
        kind: "notice",
        week,
        unsubscribe: None,
    };
    let done: Result<(), SendError> = async { mail.mailer.send(&write(&notice, sender.dkim.as_ref())?).await }.await;
    if let Err(error) = done {
        mail.store.swap_record(&key, Some(&after), before).await?;
        return Err(error.into());
    }
    Ok(true)
}
