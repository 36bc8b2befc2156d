//! From an address that a person pastes to the feeds behind it, each of them fetched and read before it is shown.

mod hints;
mod known;

pub use hints::of_page;
pub use known::{Hint, of_address, of_channel_page, usual_places};

use super::crawler::Crawler;
use super::parse::{self, Feed};
use crate::model::{FoundFeed, Source, SourceKind};
use crate::net::{self, Response};
use jiff::Timestamp;
use std::collections::HashSet;
use url::Url;

/// Candidates that are fetched for one address.
const CANDIDATES_MAX: usize = 12;

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// It is no address.
    #[error("{0:?} is no web address; paste one like https://example.com/blog")]
    NoAddress(String),
    /// The page could not be fetched.
    #[error("{0}")]
    NoAnswer(String),
    /// There is no feed.
    #[error(
        "no feed was found at {0}; paste the address of its feed, or add it as kind: page with selectors for its posts"
    )]
    NoFeed(String),
}

impl Crawler {
    /// Finds the feeds behind an address, the likeliest first. `like` gives what the requests may do (`allow_net`).
    ///
    /// # Errors
    /// The text is no address, nobody answers, or there is no feed.
    pub async fn discover(&self, text: &str, like: &Source) -> Result<Vec<FoundFeed>, DiscoveryError> {
        let url = address(text).ok_or_else(|| DiscoveryError::NoAddress(text.trim().chars().take(200).collect()))?;
        let mut hints = of_address(&url);
        let mut seen = HashSet::new();
        let mut found = self.read_hints(&hints, like, &mut seen).await;
        if !found.is_empty() {
            return Ok(found);
        }
        let mut page = self.visit_as_asked(like, &url).await;
        let plain = text.trim().strip_prefix("https://").is_none().then(|| plain_http(&url)).flatten();
        if let (Err(_), Some(plain)) = (&page, plain) {
            // Nobody wrote https: some old sites have http only.
            page = self.visit_as_asked(like, &plain).await;
        }
        let page = page.map_err(|trouble| DiscoveryError::NoAnswer(trouble.cause))?;
        if let Some(feed) = read(&page, self.now()) {
            let hint = Hint::new(page.url.clone(), SourceKind::Feed, "the address is a feed itself");
            return Ok(vec![describe(&hint, &feed)]);
        }
        hints = of_channel_page(&page.url, &page.body);
        hints.extend(of_page(&page));
        found = self.read_hints(&hints, like, &mut seen).await;
        if found.is_empty() {
            found = self.read_first(&usual_places(&page.url), like, &mut seen).await;
        }
        with_comments(&mut found);
        if found.is_empty() { Err(DiscoveryError::NoFeed(url.to_string())) } else { Ok(found) }
    }

    /// The feeds behind these hints.
    async fn read_hints(&self, hints: &[Hint], like: &Source, seen: &mut HashSet<String>) -> Vec<FoundFeed> {
        let mut found = Vec::new();
        for hint in hints {
            found.extend(self.read_hint(hint, like, seen).await);
        }
        found
    }

    /// The first feed behind these hints: guessed places are asked no longer than needed.
    async fn read_first(&self, hints: &[Hint], like: &Source, seen: &mut HashSet<String>) -> Vec<FoundFeed> {
        for hint in hints {
            if let Some(found) = self.read_hint(hint, like, seen).await {
                return vec![found];
            }
        }
        Vec::new()
    }

    async fn read_hint(&self, hint: &Hint, like: &Source, seen: &mut HashSet<String>) -> Option<FoundFeed> {
        if seen.len() >= CANDIDATES_MAX || !seen.insert(hint.url.to_string()) {
            return None;
        }
        let response = self.visit_as_asked(like, &hint.url).await.ok()?;
        let feed = read(&response, self.now())?;
        Some(describe(hint, &feed))
    }

    async fn visit_as_asked(&self, like: &Source, url: &Url) -> Result<Response, super::health::Trouble> {
        self.visit_listed(like, url, net::ACCEPT_FEED).await
    }
}

/// The address in what a person pasted; `https` where no scheme is there.
fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => Ok(url),
        _ => Url::parse(&format!("https://{}", text.trim_start_matches("feed:").trim_start_matches('/'))),
    };
    url.ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| host.contains(['.', ':']) || host == "localhost")
    })
}

/// The same address over http; none where it is that already.
fn plain_http(url: &Url) -> Option<Url> {
    let mut plain = url.clone();
    (url.scheme() == "https" && plain.set_scheme("http").is_ok()).then_some(plain)
}

fn read(response: &Response, now: Timestamp) -> Option<Feed> {
    parse::parse(&response.body, response.header("content-type"), Some(&response.url), now).ok()
}

fn describe(hint: &Hint, feed: &Feed) -> FoundFeed {
    let title = feed.title.clone().filter(|title| !title.trim().is_empty());
    let audio = feed.entries.iter().any(|entry| entry.enclosures.iter().any(|file| file.mime.starts_with("audio/")));
    FoundFeed {
        url: hint.url.to_string(),
        kind: if hint.kind == SourceKind::Feed && audio { SourceKind::Podcast } else { hint.kind },
        title: title.unwrap_or_else(|| hint.url.to_string()),
        posts: feed.entries.len(),
        newest_at: feed.entries.iter().filter_map(|entry| entry.published_at).max(),
        why: hint.why.to_owned(),
        comments_url: None,
    }
}

/// A feed of comments is not a source of its own: it goes with the site's feed.
fn with_comments(found: &mut Vec<FoundFeed>) {
    let is_comments = |found: &FoundFeed| {
        let path = Url::parse(&found.url).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
        path.contains("/comments/") || found.title.to_lowercase().starts_with("comments ")
    };
    let (comments, posts): (Vec<FoundFeed>, Vec<FoundFeed>) = std::mem::take(found).into_iter().partition(is_comments);
    let comments_url = comments.first().map(|found| found.url.clone());
    *found = if posts.is_empty() { comments } else { posts };
    if let (Some(first), Some(url)) = (found.first_mut(), comments_url)
        && first.url != url
    {
        first.comments_url = Some(url);
    }
}
