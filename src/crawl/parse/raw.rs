//! A feed as its elements say it, before dates, addresses and titles are made sense of.

use std::sync::Arc;
use url::Url;

/// The text of an element, and what kind of text it is.
#[derive(Clone, Debug, Default)]
pub(super) struct RawText {
    pub value: String,
    /// The value is HTML; else it is plain text.
    pub html: bool,
    /// What relative addresses in it are relative to.
    pub base: Option<Arc<Url>>,
}

/// A link with its relation.
#[derive(Clone, Debug, Default)]
pub(super) struct RawLink {
    pub href: String,
    /// Lower-cased; `alternate` where none is given (RFC 4287, section 4.2.7.2).
    pub rel: String,
    pub mime: String,
    pub length: Option<u64>,
    /// `thr:count` (RFC 4685, section 4).
    pub count: Option<u32>,
    /// From an element's text, as RSS has it, not from `href`.
    pub plain: bool,
    pub base: Option<Arc<Url>>,
}

/// An entry's or a feed's elements; the first of several wins.
#[derive(Clone, Debug, Default)]
pub(super) struct RawEntry {
    pub id: Option<String>,
    /// The id may also be read as the address (`isPermaLink`).
    pub id_is_link: bool,
    pub title: Option<RawText>,
    pub other_title: Option<RawText>,
    pub links: Vec<RawLink>,
    pub original_link: Option<String>,
    pub summary: Option<RawText>,
    pub other_summary: Option<RawText>,
    pub content: Option<RawText>,
    pub mentor: Option<String>,
    pub published: Option<String>,
    pub created: Option<String>,
    pub updated: Option<String>,
    pub date: Option<String>,
    pub categories: Vec<String>,
    pub media: Vec<RawLink>,
    pub comments: Option<RawLink>,
    pub comment_feed: Option<RawLink>,
    pub comment_count: Option<u32>,
    pub in_reply_to: Option<String>,
    pub duration: Option<String>,
    pub transcript: Option<RawLink>,
    pub base: Option<Arc<Url>>,
}

/// What only a feed has.
#[derive(Clone, Debug, Default)]
pub(super) struct RawFeed {
    pub format: &'static str,
    pub head: RawEntry,
    pub language: Option<String>,
    pub ttl: Option<String>,
    pub skip_hours: Vec<u8>,
    pub skip_days: Vec<String>,
    pub update_period: Option<String>,
    pub update_frequency: Option<String>,
    pub entries: Vec<RawEntry>,
    /// Entries beyond the limit.
    pub dropped: usize,
}
