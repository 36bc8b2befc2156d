//! `ridealong sources`: the sources that are crawled.

use super::output::{print, table};
use super::wiring::{Wired, load_sources, runtime, start_logs, with_store};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::crawl::{Crawler, How};
use crate::model::{Health, Source, SourceId, SourceState};
use crate::net::Client;
use crate::net::guard::judge_text as judge;
use crate::sources::{self, import, opml};
use anyhow::{Context, bail, ensure};
use clap::{Subcommand, ValueEnum};
use ipnet::IpNet;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List the sources and how they are doing
    List {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Fetch each source once, change nothing, and print what was found
    Check,
    /// Find the feed behind an address and add it
    Add {
        /// The address of a feed, a blog, a channel or a profile
        url: String,
        /// An internal address range that the source may reach, like 10.2.0.0/16
        #[arg(long, value_name = "CIDR")]
        allow_net: Vec<IpNet>,
    },
    /// Add the subscriptions of another reader's OPML file
    Import {
        /// The OPML file
        file: PathBuf,
        /// An internal address range that these sources may reach, like 10.2.0.0/16
        #[arg(long, value_name = "CIDR")]
        allow_net: Vec<IpNet>,
    },
    /// Print the sources as OPML
    Export,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

pub(super) fn run(settings: Settings, verbose: u8, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List { format } => with_store(&settings, verbose, |wired| list(wired, format)),
        Command::Check => check(&settings, verbose),
        Command::Add { url, allow_net } => add(&settings, verbose, &url, &allow_net),
        Command::Import { file, allow_net } => import(&settings.sources, &file, &allow_net),
        Command::Export => {
            print(&opml::write(&load_sources(&settings.sources)?))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    kind: &'static str,
    state: &'static str,
    paused: bool,
    cause: Option<&'a str>,
    posts: u64,
    newest_title: Option<&'a str>,
    last_good_at: Option<String>,
    next_check_at: Option<String>,
}

async fn list(wired: Wired, format: Format) -> anyhow::Result<ExitCode> {
    let set = load_sources(&wired.settings.sources)?;
    let states: HashMap<_, _> =
        wired.store.list_states().await?.into_iter().map(|state| (state.source_id.clone(), state)).collect();
    let lines: Vec<_> = set.sources.iter().map(|source| line(source, states.get(&source.id))).collect();
    match format {
        Format::Json => print(&serde_json::to_string_pretty(&lines)?)?,
        Format::Text => {
            let rows: Vec<_> = lines
                .iter()
                .map(|line| {
                    vec![
                        line.id.to_owned(),
                        line.kind.to_owned(),
                        line.state.to_owned(),
                        line.posts.to_string(),
                        line.next_check_at.clone().unwrap_or_else(|| "now".to_owned()),
                        line.cause.or(line.newest_title).unwrap_or_default().to_owned(),
                    ]
                })
                .collect();
            print(&table(&["ID", "KIND", "STATE", "POSTS", "NEXT CHECK", "CAUSE OR NEWEST POST"], &rows))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line<'a>(source: &'a Source, state: Option<&'a SourceState>) -> Line<'a> {
    Line {
        id: source.id.as_str(),
        name: &source.name,
        url: &source.url,
        kind: source.kind.as_str(),
        state: state.map_or(Health::New, |state| state.health).as_str(),
        paused: source.paused,
        cause: state.and_then(|state| state.cause.as_deref()),
        posts: state.map_or(0, |state| state.posts),
        newest_title: state.and_then(|state| state.newest_title.as_deref()),
        last_good_at: state.and_then(|state| state.last_good_at).map(|at| at.to_string()),
        next_check_at: state.and_then(|state| state.next_check_at).map(|at| at.to_string()),
    }
}

/// A crawler without a store, for commands that look only.
fn crawler(settings: &Settings) -> Crawler {
    Crawler::new(Client::new(&settings.net), settings.crawl.clone(), Arc::new(SystemClock))
}

fn check(settings: &Settings, verbose: u8) -> anyhow::Result<ExitCode> {
    start_logs(settings.log_format, verbose, "error");
    let set = load_sources(&settings.sources)?;
    let work: Vec<_> =
        set.sources.iter().map(|source| (Arc::new(source.clone()), SourceState::new(source.id.clone()))).collect();
    let mut found = HashMap::new();
    runtime()?.block_on(async {
        let mut arriving =
            crawler(settings).round(work, |_| How { asked: true, ..How::default() }, settings.jobs, None);
        while let Some(crawled) = arriving.recv().await {
            found.insert(crawled.state.source_id.clone(), crawled);
        }
    });
    let mut all_good = true;
    let rows: Vec<_> = set
        .sources
        .iter()
        .map(|source| {
            let crawled = found.get(&source.id);
            let health = crawled.map_or(Health::New, |crawled| crawled.state.health);
            all_good &= health.is_good();
            let newest = crawled
                .and_then(|crawled| crawled.state.newest_at)
                .map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string());
            vec![
                source.id.to_string(),
                health.as_str().to_owned(),
                crawled.map_or(0, |crawled| crawled.posts.len()).to_string(),
                newest,
                crawled
                    .and_then(|crawled| crawled.state.cause.clone().or_else(|| crawled.state.newest_title.clone()))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    print(&table(&["ID", "STATE", "POSTS", "NEWEST", "CAUSE OR NEWEST POST"], &rows))?;
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Adds the likeliest feed behind an address, and shows the others that were found.
fn add(settings: &Settings, verbose: u8, url: &str, allow_net: &[IpNet]) -> anyhow::Result<ExitCode> {
    start_logs(settings.log_format, verbose, "error");
    let (set, text) = sources::load_or_new(&settings.sources)?;
    let like = opml::with_defaults(SourceId::new("new"), String::new(), url.to_owned(), allow_net.to_vec());
    let found = runtime()?.block_on(crawler(settings).discover(url, &like))?;
    let rows: Vec<_> = found
        .iter()
        .map(|found| {
            vec![
                found.url.clone(),
                found.kind.as_str().to_owned(),
                found.posts.to_string(),
                found.title.clone(),
                found.why.clone(),
            ]
        })
        .collect();
    print(&table(&["FOUND", "KIND", "POSTS", "TITLE", "HOW"], &rows))?;
    let Some(best) = found.into_iter().next() else { bail!("no feed was found at {url}") };
    if let Some(known) = set.sources.iter().find(|source| source.url == best.url) {
        print(&format!("{} is there already, as {}.", best.url, known.id))?;
        return Ok(ExitCode::SUCCESS);
    }
    let source = opml::of_found(&best, &set, allow_net.to_vec());
    sources::save(&settings.sources, &sources::append(&text, std::slice::from_ref(&source)))?;
    print(&format!("Added {} to {}.", source.id, settings.sources.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn import(sources_file: &Path, file: &Path, allow_net: &[IpNet]) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("the file {} cannot be read", file.display()))?;
    let (set, text) = sources::load_or_new(sources_file)?;
    let given = import::from_opml(&String::from_utf8_lossy(&bytes), &set, allow_net, &judge);
    ensure!(
        given.count() > 0,
        "{} holds no subscription; an OPML file lists them as <outline xmlUrl=...>",
        file.display()
    );
    if !given.fresh.is_empty() {
        sources::save(sources_file, &sources::append(&text, &given.fresh))?;
    }
    let repaired = if given.broken { " The file was malformed; what could be read was taken." } else { "" };
    let mut said = format!(
        "Added {} of {} sources to {}; {} were there already or twice, {} refused.{repaired}",
        given.fresh.len(),
        given.count(),
        sources_file.display(),
        given.doubled.len(),
        given.refused.len(),
    );
    for not_taken in given.doubled.iter().chain(&given.refused) {
        said.push_str(&format!("\n  {}: {}", not_taken.what, not_taken.reason));
    }
    print(&said)?;
    Ok(ExitCode::SUCCESS)
}
