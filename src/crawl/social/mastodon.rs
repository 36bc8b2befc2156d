//! Mastodon: accounts and tags by their feeds or its public API, threads by a status's context.

use super::json::{Said, comment, count, instant, string};
use crate::crawl::parse::{Feed, FeedEntry, Markup, title_of};
use crate::crawl::text;
use crate::model::{Comment, Enclosure, Post};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// `/@name` and `/tags/word` answer as RSS when `.rss` is added.
pub(super) fn address(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    let own = path.starts_with("/@") || path.starts_with("/tags/");
    if own && !path.ends_with(".rss") {
        url.set_path(&format!("{path}.rss"));
    }
    url
}

/// An entry of an account's feed has the address of its status: `/@name/ID`; its answers stand at the API.
pub(super) fn name_thread(entry: &mut FeedEntry) {
    let Some(url) = entry.url.as_deref().and_then(|url| Url::parse(url).ok()) else { return };
    let parts: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let id = match parts.as_slice() {
        [name, id] if name.starts_with('@') => *id,
        ["users", _, "statuses", id] => *id,
        _ => return,
    };
    if entry.comments_feed_url.is_none() && !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) {
        entry.comments_feed_url = url.join(&format!("/api/v1/statuses/{id}/context")).ok().map(Into::into);
        entry.comments_url = entry.comments_url.take().or_else(|| entry.url.clone());
    }
}

/// A list of statuses (`/api/v1/accounts/ID/statuses`, `/api/v1/timelines/tag/WORD`).
pub(super) fn feed(value: &Value, now: Timestamp) -> Option<Feed> {
    let statuses = value.as_array()?;
    let entries = statuses.iter().filter(|status| status.get("content").is_some()).map(|status| entry(status, now));
    Some(Feed { format: "mastodon", entries: entries.collect(), ..Feed::default() })
}

fn entry(status: &Value, now: Timestamp) -> FeedEntry {
    // A boost carries the status of somebody else.
    let status = status.get("reblog").filter(|inner| inner.is_object()).unwrap_or(status);
    let source = string(status, "content").unwrap_or_default();
    let url = string(status, "url").or_else(|| string(status, "uri"));
    let media = status.get("media_attachments").and_then(Value::as_array).into_iter().flatten();
    let tags = status.get("tags").and_then(Value::as_array).into_iter().flatten();
    let base = url.as_deref().and_then(|url| Url::parse(url).ok());
    let context = base.and_then(|base| base.join(&format!("/api/v1/statuses/{}/context", string(status, "id")?)).ok());
    FeedEntry {
        id: string(status, "uri"),
        title: string(status, "spoiler_text").or_else(|| title_of(&text::plain(&source))),
        mentor: mentor(status),
        published_at: instant(status, "created_at", now),
        updated_at: instant(status, "edited_at", now),
        content: Some(Markup { source, html: true, base: None }),
        categories: tags.filter_map(|tag| string(tag, "name")).take(64).collect(),
        enclosures: media
            .filter_map(|file| Some(Enclosure { url: string(file, "url")?, mime: String::new(), length: None }))
            .take(16)
            .collect(),
        comments_count: count(status, "replies_count"),
        comments_url: url.clone(),
        comments_feed_url: context.map(Into::into),
        votes: count(status, "favourites_count").map(i64::from),
        language: string(status, "language"),
        url,
        ..FeedEntry::default()
    }
}

fn mentor(status: &Value) -> Option<String> {
    let account = status.get("account")?;
    string(account, "display_name").or_else(|| string(account, "acct"))
}

/// The answers below a status (`/api/v1/statuses/ID/context`).
pub(super) fn thread(value: &Value, post: &Post, now: Timestamp) -> Option<Vec<Comment>> {
    let answers = value.get("descendants")?.as_array()?;
    let read = |status: &Value| {
        let said = Said {
            id: string(status, "id")?,
            parent: string(status, "in_reply_to_id"),
            mentor: mentor(status),
            published_at: instant(status, "created_at", now),
            url: string(status, "url"),
            html: string(status, "content")?,
            votes: count(status, "favourites_count").map(i64::from),
        };
        Some(comment(said, post))
    };
    Some(answers.iter().filter_map(read).collect())
}
