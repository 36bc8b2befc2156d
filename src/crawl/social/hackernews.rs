//! Hacker News through the search API of Algolia: stories by words, threads by item.

use super::json::{Said, comment, count, instant, string};
use crate::crawl::parse::{Feed, FeedEntry, Markup};
use crate::model::{Comment, Post};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

const API: &str = "https://hn.algolia.com/api/v1/";
const ITEM: &str = "https://news.ycombinator.com/item?id=";

/// A search on hn.algolia.com (`?q=`) is asked at its API, newest first; feeds stay as they are.
pub(super) fn address(url: Url) -> Url {
    let words = url.query_pairs().find(|(key, _)| key == "q" || key == "query").map(|(_, words)| words.into_owned());
    match words.filter(|_| url.host_str() == Some("hn.algolia.com") && !url.path().starts_with("/api/")) {
        Some(words) => {
            let parameters = [("query", words.as_str()), ("tags", "story"), ("hitsPerPage", "50")];
            Url::parse_with_params(&format!("{API}search_by_date"), parameters).unwrap_or(url)
        }
        None => url,
    }
}

/// An entry of an ordinary feed of stories names the page of its comments; the API gives them as a tree.
pub(super) fn name_thread(entry: &mut FeedEntry) {
    let pages = [&entry.comments_url, &entry.url, &entry.id];
    let id = pages.into_iter().flatten().find_map(|page| {
        let url = Url::parse(page).ok().filter(|url| url.host_str() == Some("news.ycombinator.com"))?;
        url.query_pairs()
            .find(|(key, id)| key == "id" && id.bytes().all(|b| b.is_ascii_digit()))
            .map(|(_, id)| id.into_owned())
    });
    if let Some(id) = id.filter(|_| entry.comments_feed_url.is_none()) {
        entry.comments_feed_url = Some(format!("{API}items/{id}"));
    }
}

/// The stories of a search.
pub(super) fn feed(value: &Value, now: Timestamp) -> Option<Feed> {
    let entries = value.get("hits")?.as_array()?.iter().filter_map(|hit| entry(hit, now)).collect();
    Some(Feed { format: "hackernews", entries, ..Feed::default() })
}

fn entry(hit: &Value, now: Timestamp) -> Option<FeedEntry> {
    let id = string(hit, "objectID")?;
    let page = format!("{ITEM}{id}");
    let text = string(hit, "story_text").or_else(|| string(hit, "text"));
    Some(FeedEntry {
        url: string(hit, "url").or_else(|| Some(page.clone())),
        title: string(hit, "title").or_else(|| string(hit, "story_title")),
        mentor: string(hit, "author"),
        published_at: instant(hit, "created_at", now),
        content: text.map(|source| Markup { source, html: true, base: None }),
        comments_count: count(hit, "num_comments"),
        comments_feed_url: Some(format!("{API}items/{id}")),
        comments_url: Some(page.clone()),
        votes: count(hit, "points").map(i64::from),
        id: Some(page),
        ..FeedEntry::default()
    })
}

/// The tree of an item (`/api/v1/items/ID`). serde_json refuses trees that are too deep for recursion before this.
pub(super) fn thread(value: &Value, post: &Post, now: Timestamp) -> Option<Vec<Comment>> {
    let children = value.get("children")?.as_array()?;
    let mut comments = Vec::new();
    let mut open: Vec<(&Value, Option<String>)> = children.iter().rev().map(|child| (child, None)).collect();
    while let Some((item, parent)) = open.pop() {
        let Some(id) = string(item, "id") else { continue };
        let below = item.get("children").and_then(Value::as_array).into_iter().flatten().rev();
        let text = string(item, "text");
        // A deleted comment keeps its place: its answers move up to what it answered.
        let here = if text.is_some() { Some(id.clone()) } else { parent.clone() };
        open.extend(below.map(|child| (child, here.clone())));
        if let Some(html) = text {
            let said = Said {
                parent,
                mentor: string(item, "author"),
                published_at: instant(item, "created_at", now),
                url: Some(format!("{ITEM}{id}")),
                html,
                votes: item.get("points").and_then(Value::as_i64),
                id,
            };
            comments.push(comment(said, post));
        }
    }
    Some(comments)
}
