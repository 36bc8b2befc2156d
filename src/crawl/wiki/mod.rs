//! The team's own wiki: a folder or git repository of Markdown, MediaWiki, Confluence. The parsing is pure; loaders
//! are thin.

pub mod confluence;
pub mod folder;
mod front_matter;
pub mod git;
mod markdown;
pub mod mediawiki;

pub use markdown::pages;

use super::parse::title_of;
use super::{clean, post, text};
use crate::model::{Audience, Post, PostId, Source, SourceKind, Stage, Tagged, Thread};
use jiff::Timestamp;
use std::fmt;
use url::Url;

/// Fewer words than this on a wiki page are a stub.
const WORDS_MIN: u32 = 40;
/// What unfinished pages say; a short page that says so is a stub.
const STUB_MARKS: &[&str] = &[
    "todo",
    "tbd",
    "coming soon",
    "work in progress",
    "placeholder",
    "under construction",
    "lorem ipsum",
    "[insert",
    "fill in",
];
/// Above this many words such a mark is a detail of a real page.
const STUB_WORDS_MAX: u32 = 150;

/// One file of a folder wiki.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WikiFile {
    /// Below the wiki's root, with `/`.
    pub path: String,
    /// The content.
    pub text: String,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
}

/// One page of any wiki.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WikiPage {
    /// Its identity in the wiki: the path of its file, or the platform's id.
    pub key: String,
    /// Where people open it, where it has an address.
    pub url: Option<Url>,
    /// Plain text.
    pub title: String,
    /// Who keeps it.
    pub mentor: Option<String>,
    /// As published, not safe.
    pub html: String,
    /// What relative links are relative to.
    pub base: Option<Url>,
    /// "Changed on".
    pub changed_at: Option<Timestamp>,
    /// Stages that the page itself claims.
    pub stages: Vec<Stage>,
    /// Who may see it, where the page says so.
    pub audience: Option<Audience>,
    /// Labels.
    pub labels: Vec<String>,
}

/// Why a wiki could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WikiError {
    /// The folder is not there or may not be read.
    Folder(String),
    /// The `git` program failed.
    Git(String),
    /// The answer of the platform is not what its API promises.
    Answer(String),
}

impl fmt::Display for WikiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WikiError::Folder(why) => write!(
                f,
                "the folder of the wiki cannot be read ({why}); correct url in sources.yaml or its permissions"
            ),
            WikiError::Git(why) => {
                write!(f, "git could not fetch the wiki ({why}); try the same address with git clone")
            }
            WikiError::Answer(why) => write!(
                f,
                "the wiki's API did not answer as expected ({why}); look whether the address is its API and the token still works"
            ),
        }
    }
}

impl std::error::Error for WikiError {}

/// A page as a Post. Its own stages are given: whoever tags it leaves them first.
pub fn assemble(source: &Source, page: &WikiPage, now: Timestamp) -> Post {
    let html = clean::clean(&page.html, page.base.as_ref());
    let plain = text::plain(&html);
    let title =
        if page.title.is_empty() { title_of(&plain).unwrap_or_else(|| page.key.clone()) } else { page.title.clone() };
    let mut post = Post {
        id: PostId::of(&source.id, &page.key),
        source_id: source.id.clone(),
        kind: SourceKind::Wiki,
        guid: Some(page.key.clone()),
        url: page.url.as_ref().map(Url::to_string).unwrap_or_default(),
        title,
        mentor: page.mentor.clone(),
        mentor_role: source.mentor_role,
        published_at: None,
        updated_at: page.changed_at,
        seen_at: now,
        changed_at: page.changed_at.unwrap_or(now),
        language: None,
        html: String::new(),
        text: String::new(),
        excerpt: String::new(),
        words: 0,
        categories: page.labels.clone(),
        enclosures: Vec::new(),
        duration_s: None,
        thread: Thread::default(),
        audience: page.audience.clone().unwrap_or_else(|| source.audience.clone()),
        trust: source.trust,
        tagged: Tagged::default().led_by(&page.stages),
        thin: false,
        simhash: 0,
        also_at: Vec::new(),
        listed_url: None,
    };
    post::set_body(&mut post, html, plain);
    post.thin = is_stub(&post.text, post.words);
    post
}

fn is_stub(text: &str, words: u32) -> bool {
    let lower = text.to_lowercase();
    words < WORDS_MIN || (words < STUB_WORDS_MAX && STUB_MARKS.iter().any(|mark| lower.contains(mark)))
}
