//! `ridealong parse`: one feed document to JSON, as the crawler would store it.

use super::output;
use crate::clock::{Clock, SystemClock};
use crate::crawl::parse::{Feed, FeedEntry, parse};
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// One feed document to JSON, as the crawler would store it.
#[derive(Args, Clone, Debug)]
pub struct ParseArgs {
    /// The document; `-` reads standard input.
    pub file: PathBuf,
    /// The address that it came from: relative links are resolved against it.
    #[arg(long, value_name = "BASE")]
    pub url: Option<Url>,
    /// The Content-Type that the server sent, with its charset.
    #[arg(long, value_name = "T")]
    pub content_type: Option<String>,
}

/// Parses the file and prints one JSON object.
///
/// # Errors
/// The file cannot be read, or it is no feed.
pub fn run(args: ParseArgs) -> anyhow::Result<ExitCode> {
    let bytes = output::read_input(&args.file)?;
    let feed = parse(&bytes, args.content_type.as_deref(), args.url.as_ref(), SystemClock.now())
        .with_context(|| format!("{} was not parsed", args.file.display()))?;
    output::print_json(&FeedOut::of(&feed))?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct FeedOut<'a> {
    format: &'a str,
    repaired: bool,
    notes: &'a [String],
    title: Option<&'a str>,
    url: Option<&'a str>,
    description: Option<&'a str>,
    language: Option<&'a str>,
    ttl_minutes: Option<u32>,
    entries: Vec<EntryOut<'a>>,
}

#[derive(Serialize)]
struct EntryOut<'a> {
    id: Option<&'a str>,
    url: Option<&'a str>,
    title: Option<&'a str>,
    mentor: Option<&'a str>,
    published_at: Option<jiff::Timestamp>,
    updated_at: Option<jiff::Timestamp>,
    summary_html: Option<String>,
    content_html: Option<String>,
    text: String,
    categories: &'a [String],
    enclosures: &'a [crate::model::Enclosure],
    duration_s: Option<u32>,
    transcript_url: Option<&'a str>,
    comments_url: Option<&'a str>,
    comments_feed_url: Option<&'a str>,
    comments_count: Option<u32>,
    in_reply_to: Option<&'a str>,
}

impl<'a> FeedOut<'a> {
    fn of(feed: &'a Feed) -> Self {
        Self {
            format: feed.format,
            repaired: feed.repaired,
            notes: &feed.notes,
            title: feed.title.as_deref(),
            url: feed.url.as_deref(),
            description: feed.description.as_deref(),
            language: feed.language.as_deref(),
            ttl_minutes: feed.ttl_minutes,
            entries: feed.entries.iter().map(EntryOut::of).collect(),
        }
    }
}

impl<'a> EntryOut<'a> {
    fn of(entry: &'a FeedEntry) -> Self {
        Self {
            id: entry.id.as_deref(),
            url: entry.url.as_deref(),
            title: entry.title.as_deref(),
            mentor: entry.mentor.as_deref(),
            published_at: entry.published_at,
            updated_at: entry.updated_at,
            summary_html: entry.summary_html(),
            content_html: entry.content_html(),
            text: entry.text(),
            categories: &entry.categories,
            enclosures: &entry.enclosures,
            duration_s: entry.duration_s,
            transcript_url: entry.transcript_url.as_deref(),
            comments_url: entry.comments_url.as_deref(),
            comments_feed_url: entry.comments_feed_url.as_deref(),
            comments_count: entry.comments_count,
            in_reply_to: entry.in_reply_to.as_deref(),
        }
    }
}
