//! What feed readers get: one neutral list of items, written as RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1.
//!
//! Ids and dates of items depend on the pick alone, never on when it was rendered, so that a reader shows each
//! once. The reason comes first in the content. Names and amounts of deals are left out unless asked for, because
//! a feed's address is more easily passed on than a password.

mod atom;
mod items;
mod json;
mod rss;

pub use items::{Shelf, of_digests, of_plays, of_posts};

use super::words::printable;
use crate::model::PostId;
use jiff::Timestamp;

/// The mentor of what has none that can be written.
const NOBODY: &str = "Unknown mentor";

/// One list of items for a feed reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// Stable over renderings: a URN.
    pub id: String,
    /// Its title.
    pub title: String,
    /// One line about it.
    pub description: String,
    /// The page that shows the same.
    pub home_url: String,
    /// Its own address, where it has one.
    pub self_url: Option<String>,
    /// When anything of it last changed, for conditional requests; not written into it.
    pub changed_at: Timestamp,
    /// Newest first.
    pub items: Vec<Item>,
}

impl Edition {
    /// The newest date of its items; the epoch where it has none.
    pub fn updated_at(&self) -> Timestamp {
        self.items.iter().map(|item| item.published_at).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// One pick or post for a feed reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Stable over renderings: a URN.
    pub id: String,
    /// The post that it is, or that it was picked from.
    pub post_id: PostId,
    /// Plain text.
    pub title: String,
    /// Our page of it.
    pub url: String,
    /// The original, where it has an address on the web.
    pub original: Option<String>,
    /// The mentor's name.
    pub mentor: String,
    /// The reason in one sentence, where it is a pick.
    pub why: Option<String>,
    /// HTML: the reason, the first words, the best comment.
    pub html: String,
    /// Fixed when the pick was made: the start of its week, or the post's own date.
    pub published_at: Timestamp,
    /// Titles of the stages it serves.
    pub stages: Vec<&'static str>,
    /// ISO 639-1 code, where known.
    pub language: Option<String>,
}

impl Item {
    /// The address that a reader opens: the original where there is one, for it needs no sign-in.
    fn open_url(&self) -> &str {
        self.original.as_deref().unwrap_or(&self.url)
    }

    /// Plain text for readers that show no HTML.
    fn summary(&self) -> String {
        self.why.clone().unwrap_or_else(|| self.title.clone())
    }
}

/// The formats that feed readers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom, RFC 4287.
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

    /// The extension of its address.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Rss => "rss",
            Format::Atom => "atom",
            Format::Json => "json",
        }
    }

    /// The name that people know.
    pub fn title(self) -> &'static str {
        match self {
            Format::Rss => "RSS",
            Format::Atom => "Atom",
            Format::Json => "JSON Feed",
        }
    }

    /// Its media type.
    pub fn mime(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// The format with this extension.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

/// The edition in a format. Characters that no format can carry are left out.
pub fn render(edition: &Edition, format: Format) -> String {
    let edition = clean(edition);
    match format {
        Format::Rss => rss::render(&edition),
        Format::Atom => atom::render(&edition),
        Format::Json => json::render(&edition),
    }
}

fn clean(edition: &Edition) -> Edition {
    Edition {
        id: printable(&edition.id),
        title: printable(&edition.title),
        description: printable(&edition.description),
        home_url: printable(&edition.home_url),
        self_url: edition.self_url.as_deref().map(printable),
        changed_at: edition.changed_at,
        items: edition.items.iter().map(clean_item).collect(),
    }
}

fn clean_item(item: &Item) -> Item {
    Item {
        id: printable(&item.id),
        post_id: item.post_id.clone(),
        title: printable(&item.title),
        url: printable(&item.url),
        original: item.original.as_deref().map(printable),
        mentor: Some(printable(&item.mentor))
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| NOBODY.to_owned()),
        why: item.why.as_deref().map(printable),
        html: printable(&item.html),
        published_at: item.published_at,
        stages: item.stages.clone(),
        language: item.language.clone(),
    }
}
