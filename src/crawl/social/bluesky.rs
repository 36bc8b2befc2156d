//! Bluesky through its public AppView: an author's feed, and threads.

use super::json::{Said, comment, count, instant, string};
use crate::crawl::entities::escape;
use crate::crawl::parse::{Feed, FeedEntry, Markup, title_of};
use crate::model::{Comment, Post};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

const APP_VIEW: &str = "https://public.api.bsky.app/xrpc/";
/// Deeper answers are not followed; the AppView's own limit is lower.
const DEPTH_MAX: usize = 100;

/// `https://bsky.app/profile/NAME` is asked at the AppView.
pub(super) fn address(url: Url) -> Url {
    let actor = url.path().strip_prefix("/profile/").map(|rest| rest.split('/').next().unwrap_or(rest).to_owned());
    let Some(actor) = actor.filter(|_| url.host_str() == Some("bsky.app")) else { return url };
    let parameters = [("actor", actor.as_str()), ("filter", "posts_no_replies"), ("limit", "50")];
    Url::parse_with_params(&format!("{APP_VIEW}app.bsky.feed.getAuthorFeed"), parameters).unwrap_or(url)
}

/// `app.bsky.feed.getAuthorFeed`.
pub(super) fn feed(value: &Value, now: Timestamp) -> Option<Feed> {
    let items = value.get("feed")?.as_array()?;
    // A repost belongs to somebody else.
    let own = items.iter().filter(|item| item.get("reason").is_none_or(Value::is_null));
    let entries = own.filter_map(|item| entry(item.get("post")?, now)).collect();
    Some(Feed { format: "bluesky", entries, ..Feed::default() })
}

fn entry(post: &Value, now: Timestamp) -> Option<FeedEntry> {
    let uri = string(post, "uri")?;
    let record = post.get("record")?;
    let text = string(record, "text").unwrap_or_default();
    let url = web_address(post, &uri);
    let parameters = [("uri", uri.as_str()), ("depth", "10")];
    let thread = Url::parse_with_params(&format!("{APP_VIEW}app.bsky.feed.getPostThread"), parameters).ok();
    let languages = record.get("langs").and_then(Value::as_array);
    Some(FeedEntry {
        title: title_of(&text),
        mentor: mentor(post),
        published_at: instant(record, "createdAt", now),
        content: Some(Markup { source: html(&text, record), html: true, base: None }),
        comments_count: count(post, "replyCount"),
        comments_url: url.clone(),
        comments_feed_url: thread.map(Into::into),
        votes: count(post, "likeCount").map(i64::from),
        language: languages.and_then(|all| all.first()?.as_str()).and_then(crate::crawl::text::declared_language),
        id: Some(uri),
        url,
        ..FeedEntry::default()
    })
}

/// The text in paragraphs, with the page that the post links to.
fn html(text: &str, record: &Value) -> String {
    let mut html = crate::crawl::clean::paragraphs(text);
    if let Some(linked) = record.pointer("/embed/external")
        && let Some(uri) = string(linked, "uri")
    {
        let title = string(linked, "title").unwrap_or_else(|| uri.clone());
        html.push_str(&format!(
            "<p><a href=\"{}\">{}</a></p>",
            crate::crawl::entities::escape_attribute(&uri),
            escape(&title)
        ));
    }
    html
}

fn mentor(post: &Value) -> Option<String> {
    let author = post.get("author")?;
    string(author, "displayName").or_else(|| string(author, "handle"))
}

/// `at://did/app.bsky.feed.post/KEY` as people open it.
fn web_address(post: &Value, uri: &str) -> Option<String> {
    let key = uri.rsplit('/').next()?;
    let handle = string(post.get("author")?, "handle")?;
    Some(format!("https://bsky.app/profile/{handle}/post/{key}"))
}

/// `app.bsky.feed.getPostThread`.
pub(super) fn thread(value: &Value, post: &Post, now: Timestamp) -> Option<Vec<Comment>> {
    let root = value.get("thread")?;
    let mut comments = Vec::new();
    // Answers still to be read, each with the identity of what it answers.
    let mut open: Vec<(&Value, Option<String>, usize)> = answers(root).map(|answer| (answer, None, 0)).collect();
    open.reverse();
    while let Some((answer, parent, depth)) = open.pop() {
        let Some(inner) = answer.get("post") else { continue };
        let (Some(uri), Some(record)) = (string(inner, "uri"), inner.get("record")) else { continue };
        if depth < DEPTH_MAX {
            let mut below: Vec<_> = answers(answer).map(|below| (below, Some(uri.clone()), depth + 1)).collect();
            below.reverse();
            open.append(&mut below);
        }
        let said = Said {
            parent,
            mentor: mentor(inner),
            published_at: instant(record, "createdAt", now),
            url: web_address(inner, &uri),
            html: html(&string(record, "text").unwrap_or_default(), record),
            votes: count(inner, "likeCount").map(i64::from),
            id: uri,
        };
        comments.push(comment(said, post));
    }
    Some(comments)
}

fn answers(node: &Value) -> impl Iterator<Item = &Value> {
    node.get("replies").and_then(Value::as_array).into_iter().flatten()
}
