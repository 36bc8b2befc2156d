//! A feed as parsed.

use crate::crawl::{clean, text};
use crate::model::Enclosure;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// One document as parsed; transient. Texts are as published: markup becomes safe by [`Markup::clean`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// `rss20`, `rss10`, `atom10`, `atom03`, `json11`, ...
    pub format: &'static str,
    /// Whether strict XML (or JSON) would have refused the document.
    pub repaired: bool,
    /// What was done to read it, in sentences.
    pub notes: Vec<String>,
    /// Plain text; an element that is there but empty is an empty text, here and below.
    pub title: Option<String>,
    /// The site that the feed belongs to.
    pub url: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// As published (`en-us`).
    pub language: Option<String>,
    /// How long the publisher asks us to wait, in minutes.
    pub ttl_minutes: Option<u32>,
    /// Hours (UTC, 0 to 23) in which the publisher asks us not to come.
    pub skip_hours: Vec<u8>,
    /// Days (`Saturday`) on which the publisher asks us not to come.
    pub skip_days: Vec<String>,
    /// The interval of `sy:updatePeriod` and `sy:updateFrequency`, in seconds.
    pub update_period_s: Option<u64>,
    /// A WebSub hub.
    pub hub: Option<String>,
    /// The feed's address as it names it.
    pub self_url: Option<String>,
    /// In the order of the document.
    pub entries: Vec<FeedEntry>,
}

/// One entry of a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedEntry {
    /// The identity as published.
    pub id: Option<String>,
    /// Absolute, without tracking parameters.
    pub url: Option<String>,
    /// Plain text; made of the text where the entry has no title at all.
    pub title: Option<String>,
    /// A name.
    pub mentor: Option<String>,
    /// Never after the `now` given to the parser.
    pub published_at: Option<Timestamp>,
    /// Never after the `now` given to the parser.
    pub updated_at: Option<Timestamp>,
    /// The summary.
    pub summary: Option<Markup>,
    /// The full content.
    pub content: Option<Markup>,
    /// Labels that the publisher gave.
    pub categories: Vec<String>,
    /// Audio, video, files.
    pub enclosures: Vec<Enclosure>,
    /// Length of an episode in seconds.
    pub duration_s: Option<u32>,
    /// The transcript of an episode.
    pub transcript_url: Option<String>,
    /// Its MIME type, where published.
    pub transcript_type: Option<String>,
    /// The page that shows the comments.
    pub comments_url: Option<String>,
    /// A feed of the comments.
    pub comments_feed_url: Option<String>,
    /// How many comments there are.
    pub comments_count: Option<u32>,
    /// The identity or address of what this answers.
    pub in_reply_to: Option<String>,
    /// Votes, where the format has them.
    pub votes: Option<i64>,
    /// The language that the feed declares (ISO 639-1).
    pub language: Option<String>,
}

impl FeedEntry {
    /// The summary as safe HTML.
    pub fn summary_html(&self) -> Option<String> {
        self.summary.as_ref().map(Markup::clean)
    }

    /// The content as safe HTML.
    pub fn content_html(&self) -> Option<String> {
        self.content.as_ref().map(Markup::clean)
    }

    /// The fuller of content and summary.
    pub fn body(&self) -> Option<&Markup> {
        self.content.as_ref().filter(|content| !content.source.trim().is_empty()).or(self.summary.as_ref())
    }

    /// The body as plain text; empty where there is none.
    pub fn text(&self) -> String {
        self.body().map(Markup::plain).unwrap_or_default()
    }
}

/// Text with markup as published, not safe to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markup {
    /// HTML, or plain text where `html` is false.
    pub source: String,
    /// Whether the source is HTML.
    pub html: bool,
    /// What relative addresses in it are relative to.
    pub base: Option<Arc<Url>>,
}

impl Markup {
    /// Safe HTML with absolute addresses.
    pub fn clean(&self) -> String {
        if self.html {
            clean::clean(&self.source, self.base.as_deref())
        } else {
            crate::crawl::entities::escape(&self.source).into_owned()
        }
    }

    /// Plain text.
    pub fn plain(&self) -> String {
        if self.html { text::plain(&self.source) } else { self.source.clone() }
    }
}

/// Why a document is no feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAFeed {
    /// Nothing but white space.
    Empty,
    /// An ordinary page.
    HtmlPage {
        /// The title of the page, or empty.
        title: String,
    },
    /// A page that asks for a password.
    LoginPage,
    /// A page that checks whether its visitor is a person.
    Challenge,
    /// Something else.
    NoFeed {
        /// How it begins, for the message.
        begins: String,
    },
}

impl fmt::Display for NotAFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAFeed::Empty => f.write_str("the document is empty; look whether the address still serves a feed"),
            NotAFeed::HtmlPage { title } if title.is_empty() => {
                f.write_str("this is a web page, not a feed; give the address of its feed, or use kind: page with selectors")
            }
            NotAFeed::HtmlPage { title } => write!(
                f,
                "this is the web page {title:?}, not a feed; give the address of its feed, or use kind: page with selectors"
            ),
            NotAFeed::LoginPage => f.write_str("this is a login page, not a feed; the feed is not public at this address"),
            NotAFeed::Challenge => {
                f.write_str("the server is blocked by a bot check (a challenge page), not a feed; ask the publisher to let feed readers in")
            }
            NotAFeed::NoFeed { begins } => {
                write!(f, "there is no feed in this document, which begins with {begins:?}; look whether the address still serves one")
            }
        }
    }
}

impl std::error::Error for NotAFeed {}
