//! `sources.yaml` to Sources; every error names file, line, column and key, and shows the line.
//!
//! Loading is all or nothing: a file with one bad entry loads nothing, so the running set stays as it was.

mod check;
mod edit;
mod file;
pub mod import;
pub mod opml;
mod running;
mod write;

use crate::model::{SourceId, SourceSet};
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::fmt;

pub use edit::{append, append_text, find_entry, line_of_entry, remove_entry, replace_entry, set_key};
pub use file::{EditError, load_or_new, save};
pub use running::Running;
pub use write::entry;

/// A fault of `sources.yaml`, shown with its place and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcesError {
    /// The file as the person named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: String,
    /// The line itself.
    pub text: String,
}

impl fmt::Display for SourcesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, text } = self;
        write!(f, "{file}:{line}:{column}: {message}\n  {line} | {text}")
    }
}

impl std::error::Error for SourcesError {}

/// Where a fault stands and what it is, before the file's name and line are put to it.
struct Fault {
    line: usize,
    column: usize,
    message: String,
}

impl Fault {
    fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> Self {
        Self {
            line: place.referenced.line() as usize,
            column: place.referenced.column() as usize,
            message: message.into(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    defaults: RawDefaults,
    sources: Vec<Spanned<RawSource>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawDefaults {
    check_every: Option<Spanned<String>>,
    full_text: Option<bool>,
    comments: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    id: Spanned<String>,
    name: Option<Spanned<String>>,
    kind: Option<Spanned<String>>,
    url: Spanned<String>,
    check_every: Option<Spanned<String>>,
    full_text: Option<bool>,
    paused: Option<bool>,
    comments: Option<Spanned<String>>,
    mentor_role: Option<Spanned<String>>,
    #[serde(default)]
    stages: Vec<Spanned<String>>,
    trust: Option<Spanned<f32>>,
    audience: Option<Spanned<String>>,
    allow_net: Option<OneOrMany>,
    rate_group: Option<String>,
    items: Option<Spanned<String>>,
    link: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    date: Option<Spanned<String>>,
    content: Option<Spanned<String>>,
    selectors: Option<RawSelectors>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSelectors {
    items: Spanned<String>,
    link: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    date: Option<Spanned<String>>,
    content: Option<Spanned<String>>,
    comments: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Reads the text of a `sources.yaml`; `file` is the name used in errors.
///
/// # Errors
/// The first fault of the file, with its place.
pub fn parse(text: &str, file: &str) -> Result<SourceSet, SourcesError> {
    parse_inner(text).map_err(|fault| {
        let shown = text.lines().nth(fault.line.saturating_sub(1)).unwrap_or_default();
        SourcesError {
            file: file.to_owned(),
            line: fault.line,
            column: fault.column,
            message: fault.message,
            text: shown.chars().take(160).collect(),
        }
    })
}

fn parse_inner(text: &str) -> Result<SourceSet, Fault> {
    let raw: RawFile = serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location();
        let message = error.without_snippet().to_string();
        Fault {
            line: place.map_or(1, |place| place.line() as usize),
            column: place.map_or(1, |place| place.column() as usize),
            message: plain(&message),
        }
    })?;
    let mut set = SourceSet::default();
    for entry in &raw.sources {
        let source = check::source(entry, &raw.defaults)?;
        if set.find(&source.id).is_some() {
            return Err(Fault::at(
                &entry.value.id,
                format!("id: {:?} is taken by an earlier source", source.id.as_str()),
            ));
        }
        set.sources.push(source);
    }
    Ok(set)
}

/// The parser's message without the place, which we put in front ourselves.
fn plain(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let message = message.split(" at line ").next().unwrap_or(message);
    let message = message.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == ' ');
    message.trim_start_matches("error: ").trim_start_matches("line ").to_owned()
}

/// The ids of a set, for messages.
pub fn ids(set: &SourceSet) -> impl Iterator<Item = &SourceId> {
    set.sources.iter().map(|source| &source.id)
}
