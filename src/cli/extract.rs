//! `ridealong extract`: one page to JSON, as the crawler would store it.

use super::output;
use crate::clock::{Clock, SystemClock};
use crate::crawl::article::{Article, PageComment, extract};
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// One page to JSON: title, mentor, date, content, text, comments.
#[derive(Args, Clone, Debug)]
pub struct ExtractArgs {
    /// The page; `-` reads standard input.
    pub file: PathBuf,
    /// The address that it came from.
    #[arg(long, value_name = "URL")]
    pub url: Url,
    /// The Content-Type that the server sent, with its charset.
    #[arg(long, value_name = "T")]
    pub content_type: Option<String>,
}

/// Extracts the page and prints one JSON object.
///
/// # Errors
/// The file cannot be read, or a wall stands before its text.
pub fn run(args: ExtractArgs) -> anyhow::Result<ExitCode> {
    let bytes = output::read_input(&args.file)?;
    let article = extract(&bytes, args.content_type.as_deref(), &args.url, SystemClock.now())
        .with_context(|| format!("{} gives no article", args.file.display()))?;
    output::print_json(&ArticleOut::of(&article))?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct ArticleOut<'a> {
    url: &'a str,
    title: &'a str,
    mentor: Option<&'a str>,
    published_at: Option<jiff::Timestamp>,
    language: Option<&'a str>,
    content_html: &'a str,
    text: &'a str,
    excerpt: &'a str,
    comments: Vec<CommentOut<'a>>,
}

#[derive(Serialize)]
struct CommentOut<'a> {
    id: &'a str,
    parent_id: Option<&'a str>,
    mentor: Option<&'a str>,
    published_at: Option<jiff::Timestamp>,
    text: &'a str,
}

impl<'a> ArticleOut<'a> {
    fn of(article: &'a Article) -> Self {
        Self {
            url: &article.url,
            title: &article.title,
            mentor: article.mentor.as_deref(),
            published_at: article.published_at,
            language: article.language.as_deref(),
            content_html: &article.content_html,
            text: &article.text,
            excerpt: &article.excerpt,
            comments: article.comments.iter().map(CommentOut::of).collect(),
        }
    }
}

impl<'a> CommentOut<'a> {
    fn of(comment: &'a PageComment) -> Self {
        Self {
            id: &comment.id,
            parent_id: comment.parent_id.as_deref(),
            mentor: comment.mentor.as_deref(),
            published_at: comment.published_at,
            text: &comment.text,
        }
    }
}
