//! `ridealong send`: the weekly mails that are due.

use super::output::{print, table};
use super::service::Service;
use super::wiring::{Wired, load_sources};
use crate::jobs::send_digests::{Ask, Outcome};
use crate::mail::schedule::{self, Due};
use crate::model::{Email, Rep, SourceSet};
use crate::sources::Running;
use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct Send {
    /// Only this rep's, now, whatever the weekday
    #[arg(long, value_name = "EMAIL")]
    rep: Option<String>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// Exits 1 where a mail could not be sent.
pub(super) async fn run(wired: Wired, args: Send) -> anyhow::Result<ExitCode> {
    // Names of sources are shown where the file is there; a mail does not fail for want of it.
    let set = load_sources(&wired.settings.sources).unwrap_or_else(|_| SourceSet::default());
    let service = Service::assemble(&wired, Running::new(set), None).await?;
    let only: Option<Email> = args.rep.as_deref().map(str::parse).transpose()?;
    if let Some(email) = &only
        && wired.store.find_rep(email).await?.is_none()
    {
        bail!("there is no rep {email}; `ridealong reps list` shows who there is");
    }
    service.desk.follow().await?;
    if args.dry_run {
        return preview(&service, only.as_ref()).await;
    }
    if !service.mail.mailer.is_on() {
        bail!("mail is off; say how it goes out with --mail smtp://user:password@host:587 or --mail file:DIR");
    }
    let ask = if only.is_some() { Ask::Person } else { Ask::Schedule };
    let sendings = service.mail.run(only.as_ref(), ask).await?;
    let trouble = sendings.iter().any(|sending| sending.outcome.is_trouble());
    if sendings.is_empty() {
        print("No mail is due.")?;
    }
    for sending in sendings {
        print(&format!("{}: {}", sending.rep, sending.outcome))?;
    }
    Ok(if trouble { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn preview(service: &Service, only: Option<&Email>) -> anyhow::Result<ExitCode> {
    let mut rows = Vec::new();
    for rep in service.wired.store.list_reps().await? {
        if only.is_some_and(|only| only != &rep.email) {
            continue;
        }
        let week = service.desk.week_of(&rep);
        let shown = match service.mail.preview(&rep, week).await? {
            Some((parts, mail)) => vec![parts.subject, format!("{} KB", mail.bytes.len().div_ceil(1_024))],
            None => vec!["(nothing fits this week: no mail)".to_owned(), String::new()],
        };
        let state = state(service, &rep).await?;
        rows.push([vec![rep.email.to_string(), week.to_string(), rep.zone, state], shown].concat());
    }
    print(&table(&["REP", "WEEK", "ZONE", "STATE", "SUBJECT", "SIZE"], &rows))?;
    Ok(ExitCode::SUCCESS)
}

/// What `send` would do about a rep's mail at this instant, and when the next one is due.
async fn state(service: &Service, rep: &Rep) -> anyhow::Result<String> {
    let now = service.wired.clock.now();
    let at = |at: Timestamp| at.to_zoned(rep.time_zone()).strftime("%a %-d %b %H:%M").to_string();
    let next = || schedule::next(rep, now).map_or_else(|| "none planned".to_owned(), |(_, next)| at(next));
    Ok(match schedule::due(rep, now) {
        Due::Never => next(),
        Due::Skip { reason, .. } => format!("next {}; this week: {reason}", next()),
        Due::Now { week, at: due, .. } => match service.wired.store.find_mail(&rep.email, week).await? {
            None => format!("due since {}", at(due)),
            Some(claim) => format!("{}; next {}", Outcome::Settled(claim), next()),
        },
    })
}
