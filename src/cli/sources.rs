//! `ridealong sources`: the sources that are crawled.

use super::output::{print, table};
use super::wiring::{Wired, load_sources, with_store};
use crate::config::Settings;
use crate::model::{Health, Source, SourceSet, SourceState};
use crate::net::guard;
use crate::sources::{self, opml};
use anyhow::{Context, ensure};
use clap::{Subcommand, ValueEnum};
use ipnet::IpNet;
use serde::Serialize;
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use url::Url;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List the sources and how they are doing
    List {
        /// How to print them
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
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
        cause: state.and_then(|state| state.cause.as_deref()),
        posts: state.map_or(0, |state| state.posts),
        newest_title: state.and_then(|state| state.newest_title.as_deref()),
        last_good_at: state.and_then(|state| state.last_good_at).map(|at| at.to_string()),
        next_check_at: state.and_then(|state| state.next_check_at).map(|at| at.to_string()),
    }
}

/// The set and the text of the sources file; both empty where there is no file yet.
pub(super) fn load_or_new(file: &Path) -> anyhow::Result<(SourceSet, String)> {
    if !file.exists() {
        return Ok((SourceSet::default(), String::new()));
    }
    let text =
        std::fs::read_to_string(file).with_context(|| format!("the sources file {} cannot be read", file.display()))?;
    if text.trim().is_empty() {
        return Ok((SourceSet::default(), String::new()));
    }
    Ok((sources::parse(&text, &file.display().to_string())?, text))
}

/// Writes the file whole or not at all: beside it first, then in its place.
pub(super) fn save(file: &Path, text: &str) -> anyhow::Result<()> {
    // What we write must be what we read; a fault here must not reach the running set.
    sources::parse(text, &file.display().to_string())?;
    let beside = file.with_extension("yaml.new");
    let write = || -> std::io::Result<()> {
        let mut out = std::fs::File::create(&beside)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&beside, file)
    };
    write().with_context(|| format!("the sources file {} cannot be written", file.display()))
}

fn import(sources_file: &Path, file: &Path, allow_net: &[IpNet]) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("the file {} cannot be read", file.display()))?;
    let (outlines, broken) = opml::parse(&String::from_utf8_lossy(&bytes));
    ensure!(
        !outlines.is_empty(),
        "{} holds no subscription; an OPML file lists them as <outline xmlUrl=...>",
        file.display()
    );
    let listed = outlines.len();
    let (set, text) = load_or_new(sources_file)?;
    let mut refused = Vec::new();
    let mut fresh = opml::adopt(outlines, &set, allow_net);
    let duplicates = listed - fresh.len();
    fresh.retain(|source| {
        let judged = Url::parse(&source.url)
            .map_err(|error| error.to_string())
            .and_then(|url| guard::judge(&url, allow_net).map_err(|refusal| refusal.to_string()));
        judged.map_err(|cause| refused.push(format!("  {}: {cause}", source.url))).is_ok()
    });
    if !fresh.is_empty() {
        save(sources_file, &sources::append(&text, &fresh))?;
    }
    let repaired = if broken { " The file was malformed; what could be read was taken." } else { "" };
    let mut said = format!(
        "Added {} of {listed} sources to {}; {duplicates} were there already or twice, {} refused.{repaired}",
        fresh.len(),
        sources_file.display(),
        refused.len(),
    );
    for line in refused {
        said.push('\n');
        said.push_str(&line);
    }
    print(&said)?;
    Ok(ExitCode::SUCCESS)
}
