//! `ridealong crawl`: fetch what is due once, and say what came of it.

use super::output::{print, table};
use super::service::{self, Service};
use super::wiring::{Wired, load_sources};
use crate::jobs::crawl_due::{Round, RoundSummary};
use crate::model::SourceId;
use crate::sources::Running;
use anyhow::bail;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct Crawl {
    /// Every source now, whatever the schedule says
    #[arg(long)]
    all: bool,
    /// Only this source, now
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// How to print the summary
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Exits 0 when the round ran and was stored; failing sources stand in its summary.
pub(super) async fn run(wired: Wired, args: Crawl) -> anyhow::Result<ExitCode> {
    let set = load_sources(&wired.settings.sources)?;
    let only = args.source.map(SourceId::new);
    if let Some(id) = &only
        && set.find(id).is_none()
    {
        bail!("there is no source {id}; `ridealong sources list` shows which there are");
    }
    let library = service::open_library(&wired).await?;
    let service = Service::assemble(&wired, Running::new(set), None).await?;
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} sources  {elapsed}") {
        bar.set_style(style);
    }
    let done = |finished: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(finished as u64);
    };
    let summary =
        service.crawl.run(&Round { asked: args.all || only.is_some(), only, ..Round::default() }, &done).await?;
    bar.finish_and_clear();
    service.desk.follow_library(&library).await?;
    library.commit()?;
    match args.format {
        Format::Json => print(&serde_json::to_string_pretty(&summary)?)?,
        Format::Text => print(&told(&summary))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn told(summary: &RoundSummary) -> String {
    let mut text = format!(
        "{} sources in {:.1} s: {} new posts, {} updated, {} new comments; {} sources unchanged, {} failed.\n",
        summary.sources,
        summary.seconds,
        summary.posts_new,
        summary.posts_updated,
        summary.comments_new,
        summary.unchanged,
        summary.failed,
    );
    if !summary.failures.is_empty() {
        let rows: Vec<_> = summary
            .failures
            .iter()
            .map(|failure| vec![failure.source.to_string(), failure.state.as_str().to_owned(), failure.cause.clone()])
            .collect();
        text.push_str(&table(&["SOURCE", "STATE", "CAUSE"], &rows));
    }
    text
}
