//! `ridealong digest`: one rep's digest of this week, in every form.

use super::output::print;
use super::service::Service;
use super::wiring::{Wired, load_sources};
use crate::model::{Email, SourceSet};
use crate::render::edition::{self, Format as FeedFormat};
use crate::render::{Links, digest_html, digest_text};
use crate::sources::Running;
use anyhow::bail;
use clap::{Args, ValueEnum};
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct Digest {
    /// Whose
    #[arg(long, value_name = "EMAIL")]
    rep: String,
    /// In which form
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Html,
    Json,
    Rss,
    Atom,
    Jsonfeed,
    Eml,
}

pub(super) async fn run(wired: Wired, args: Digest) -> anyhow::Result<ExitCode> {
    let email: Email = args.rep.parse()?;
    let Some(rep) = wired.store.find_rep(&email).await? else {
        bail!("there is no rep {email}; `ridealong reps list` shows who there is");
    };
    // Names of sources are shown where the file is there; a digest does not fail for want of it.
    let set = load_sources(&wired.settings.sources).unwrap_or_else(|_| SourceSet::default());
    let service = Service::assemble(&wired, Running::new(set), None).await?;
    service.desk.follow().await?;
    let week = service.desk.week_of(&rep);
    let digest = service.desk.build(&rep, week).await?;
    let links = Links::new(&wired.settings.public_url);
    let edition = edition::of_digests(std::slice::from_ref(&digest), None, &links, true);
    let feed = |format| edition::render(&edition, format);
    let text = match args.format {
        Format::Text => digest_text(&digest, &links),
        Format::Html => digest_html(&digest, &links),
        Format::Json => serde_json::to_string_pretty(&digest)?,
        Format::Rss => feed(FeedFormat::Rss),
        Format::Atom => feed(FeedFormat::Atom),
        Format::Jsonfeed => feed(FeedFormat::Json),
        Format::Eml => match service.mail.preview(&rep, week).await? {
            Some((_, mail)) => String::from_utf8_lossy(&mail.bytes).into_owned(),
            None => bail!("nothing fits this week, so there is no mail"),
        },
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
