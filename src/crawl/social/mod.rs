//! Social sources: where each kind is asked, and what its answers say. Reddit, YouTube and podcasts answer with
//! ordinary feeds; Mastodon, Bluesky and Hacker News with JSON of their own.

mod bluesky;
mod hackernews;
mod json;
mod mastodon;

use super::parse::{Feed, NotAFeed, parse};
use crate::model::{Comment, Post, Source, SourceKind};
use jiff::Timestamp;
use url::Url;

/// The address that is asked for a source: people write the address that they see, machines answer at another.
pub fn address(source: &Source) -> Option<Url> {
    let url = Url::parse(source.url.trim()).ok()?;
    Some(match source.kind {
        SourceKind::Reddit => reddit(url),
        SourceKind::Youtube => youtube(url),
        SourceKind::Mastodon => mastodon::address(url),
        SourceKind::Bluesky => bluesky::address(url),
        SourceKind::Hackernews => hackernews::address(url),
        _ => url,
    })
}

/// Reads the answer of a source by its kind; whatever is no JSON of its platform is read as an ordinary feed.
///
/// # Errors
/// [`NotAFeed`] where it is neither.
pub fn read(
    kind: SourceKind,
    body: &[u8],
    content_type: Option<&str>,
    url: &Url,
    now: Timestamp,
) -> Result<Feed, NotAFeed> {
    let value = match kind {
        SourceKind::Mastodon | SourceKind::Bluesky | SourceKind::Hackernews => super::json::read(body).ok(),
        _ => None,
    };
    let feed = value.and_then(|value| match kind {
        SourceKind::Mastodon => mastodon::feed(&value, now),
        SourceKind::Bluesky => bluesky::feed(&value, now),
        _ => hackernews::feed(&value, now),
    });
    let mut feed = match feed {
        Some(feed) => feed,
        None => parse(body, content_type, Some(url), now)?,
    };
    match kind {
        SourceKind::Reddit => feed.entries.iter_mut().for_each(reddit_thread),
        SourceKind::Mastodon => feed.entries.iter_mut().for_each(mastodon::name_thread),
        SourceKind::Hackernews => feed.entries.iter_mut().for_each(hackernews::name_thread),
        _ => {}
    }
    Ok(feed)
}

/// The comments below a post, from the JSON of a platform; none where it is no such JSON.
pub fn thread(body: &[u8], post: &Post, now: Timestamp) -> Option<Vec<Comment>> {
    let value = super::json::read(body).ok()?;
    let found = mastodon::thread(&value, post, now).or_else(|| bluesky::thread(&value, post, now));
    found.or_else(|| hackernews::thread(&value, post, now)).map(super::comments::settle)
}

/// A subreddit, a multireddit or a personal listing as RSS. The personal token is a secret and stays in the address.
fn reddit(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.ends_with(".rss") {
        url.set_path(&format!("{path}/.rss"));
    }
    url
}

/// A Reddit thread answers as a feed of its comments below its own address.
fn reddit_thread(entry: &mut super::parse::FeedEntry) {
    let Some(url) = entry.url.as_deref().filter(|url| url.contains("/comments/")) else { return };
    if entry.comments_feed_url.is_none() {
        entry.comments_feed_url =
            Some(format!("{}/.rss", url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/')));
        entry.comments_url = Some(url.to_owned());
    }
}

/// A channel or playlist by its id; handles (`/@name`) are found by looking at the channel's page.
fn youtube(url: Url) -> Url {
    let feed = |key: &str, id: &str| {
        Url::parse_with_params("https://www.youtube.com/feeds/videos.xml", [(key, id)]).unwrap_or_else(|_| url.clone())
    };
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["channel", id, ..] => feed("channel_id", id),
        ["playlist"] => match url.query_pairs().find(|(key, _)| key == "list") {
            Some((_, id)) => feed("playlist_id", &id),
            None => url,
        },
        _ => url,
    }
}
