//! Pages without a feed, read by selectors.

use super::article::{Article, Wall, extract_by};
use super::decode::{Syntax, decode};
use super::parse::{Feed, FeedEntry};
use super::{clean, dates, links, text};
use crate::model::Selectors;
use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};
use std::fmt;
use url::Url;

/// More items than this are not read of one page.
const ITEMS_MAX: usize = 500;

/// A selector that is no selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector {
    /// The key in `sources.yaml`.
    pub key: &'static str,
    /// As written.
    pub selector: String,
    /// What is wrong with it.
    pub cause: String,
}

impl fmt::Display for BadSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} is no CSS selector ({})", self.key, self.selector, self.cause)
    }
}

impl std::error::Error for BadSelector {}

/// Why a page gives no posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoItems {
    /// The selectors cannot be used.
    Bad(BadSelector),
    /// The page is a bot check.
    Challenge,
    /// The selectors find nothing any more: the page has changed, or was never such a page.
    Nothing {
        /// The selector of the items.
        items: String,
        /// The title of the page that came.
        title: String,
    },
}

impl fmt::Display for NoItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoItems::Bad(bad) => bad.fmt(f),
            NoItems::Challenge => f.write_str(
                "the server is blocked by a bot check (a challenge page); ask the publisher to let readers in",
            ),
            NoItems::Nothing { items, title } => write!(
                f,
                "the selector {items:?} finds no post with a link on the page {title:?}; look at the page and correct items or link in sources.yaml"
            ),
        }
    }
}

impl std::error::Error for NoItems {}

/// The selectors of a source, compiled once.
#[derive(Clone, Debug)]
pub struct PageReader {
    written: Selectors,
    items: Selector,
    link: Option<Selector>,
    title: Option<Selector>,
    date: Option<Selector>,
    content: Option<Selector>,
    comments: Option<Selector>,
}

impl PageReader {
    /// Compiles the selectors.
    ///
    /// # Errors
    /// The first one that is no CSS selector, by its key.
    pub fn new(selectors: &Selectors) -> Result<Self, BadSelector> {
        let one = |key: &'static str, css: &str| {
            Selector::parse(css).map_err(|error| BadSelector {
                key,
                selector: css.to_owned(),
                cause: error.to_string(),
            })
        };
        let maybe = |key: &'static str, css: &Option<String>| css.as_deref().map(|css| one(key, css)).transpose();
        Ok(Self {
            items: one("items", &selectors.items)?,
            link: maybe("link", &selectors.link)?,
            title: maybe("title", &selectors.title)?,
            date: maybe("date", &selectors.date)?,
            content: maybe("content", &selectors.content)?,
            comments: maybe("comments", &selectors.comments)?,
            written: selectors.clone(),
        })
    }

    /// The posts that the list page shows: address, title, date and what stands there of the text.
    ///
    /// # Errors
    /// [`NoItems`]: a page on which the selectors find nothing is a fault to be told, not an empty success.
    pub fn list(&self, bytes: &[u8], content_type: Option<&str>, url: &Url, now: Timestamp) -> Result<Feed, NoItems> {
        let decoded = decode(bytes, content_type, Syntax::Html);
        if super::parse::is_challenge(&decoded.text) {
            return Err(NoItems::Challenge);
        }
        let nothing = |title: String| NoItems::Nothing { items: self.written.items.clone(), title };
        if clean::is_too_hard(&decoded.text) {
            return Err(nothing(String::new()));
        }
        let page = Html::parse_document(&decoded.text);
        let heading =
            Selector::parse("title").ok().and_then(|css| page.select(&css).next()).map(line).unwrap_or_default();
        let mut entries: Vec<FeedEntry> = Vec::new();
        for item in page.select(&self.items).take(ITEMS_MAX) {
            if let Some(entry) = self.entry(item, url, now)
                && !entries.iter().any(|known| known.url == entry.url)
            {
                entries.push(entry);
            }
        }
        if entries.is_empty() {
            return Err(nothing(text::cut(&heading, 100)));
        }
        Ok(Feed { format: "page", title: Some(heading), url: Some(url.to_string()), entries, ..Feed::default() })
    }

    fn entry(&self, item: ElementRef<'_>, url: &Url, now: Timestamp) -> Option<FeedEntry> {
        let any_link = Selector::parse("a[href]").ok()?;
        let anchor = match &self.link {
            Some(css) => within(item, css)?,
            None => within(item, &any_link)?,
        };
        let href = anchor.value().attr("href").or_else(|| within(anchor, &any_link)?.value().attr("href"))?;
        let address = links::absolute(href, Some(url)).map(|address| links::without_tracking(&address))?;
        let title = self.title.as_ref().and_then(|css| within(item, css)).unwrap_or(anchor);
        let date = self.date.as_ref().and_then(|css| within(item, css)).and_then(|date| {
            let machine = date.value().attr("datetime").or(date.value().attr("content"));
            dates::parse_clamped(machine.unwrap_or(&line(date)), now).map(|(at, _)| at)
        });
        Some(FeedEntry {
            url: Some(address),
            title: Some(line(title)).filter(|title| !title.is_empty()),
            published_at: date,
            ..FeedEntry::default()
        })
    }

    /// The article on a post's own page.
    ///
    /// # Errors
    /// As [`extract`](super::article::extract).
    pub fn article(
        &self,
        bytes: &[u8],
        content_type: Option<&str>,
        url: &Url,
        now: Timestamp,
    ) -> Result<Article, Wall> {
        extract_by(bytes, content_type, url, now, self.content.as_ref(), self.comments.as_ref())
    }
}

/// The first match inside an item, or the item itself.
fn within<'a>(item: ElementRef<'a>, css: &Selector) -> Option<ElementRef<'a>> {
    item.select(css).next().or_else(|| css.matches(&item).then_some(item))
}

fn line(element: ElementRef<'_>) -> String {
    text::one_line(&element.text().collect::<Vec<_>>().join(" "))
}
