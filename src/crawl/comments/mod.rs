//! Comment streams: from feeds and from pages to Comments below their Post.

mod worth;

pub use worth::worth;

use super::parse::{Feed, FeedEntry};
use super::{clean, links, text};
use crate::model::{Comment, CommentId, CommentWorth, Post, Tagged};
use url::Url;

/// The comments of whatever stands at a thread's address: a platform's JSON, a comment feed, or a page.
///
/// # Errors
/// [`Wall`](super::article::Wall) where it is a page without a text.
pub fn from_document(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    post: &Post,
    now: jiff::Timestamp,
) -> Result<Vec<Comment>, super::article::Wall> {
    if bytes.trim_ascii_start().starts_with(b"{")
        && let Some(comments) = super::social::thread(bytes, post, now)
    {
        return Ok(comments);
    }
    if let Ok(feed) = super::parse::parse(bytes, content_type, Some(url), now) {
        return Ok(from_feed(&feed, post));
    }
    let article = super::article::extract(bytes, content_type, url, now)?;
    Ok(from_page(&article.comments, post))
}

/// The comments of a feed that belong below `post`, oldest order kept as published, with their parents.
pub fn from_feed(feed: &Feed, post: &Post) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    let of_post = |entry: &&FeedEntry| belongs(entry, post) && !is_post_itself(entry, post);
    for entry in feed.entries.iter().filter(of_post) {
        let html = entry.body().map(super::parse::Markup::clean).unwrap_or_default();
        let (answered, html) = without_reply_line(&html);
        let plain = text::plain(&html);
        let identity = identity(entry, &plain);
        let parent = entry.in_reply_to.as_deref().or(answered.as_deref()).map(short_identity);
        comments.push(Comment {
            id: CommentId::of(&post.id, &identity),
            post_id: post.id.clone(),
            parent_id: parent.map(|parent| CommentId::of(&post.id, &parent)),
            mentor: entry.mentor.clone().or_else(|| named_in_title(entry.title.as_deref()?)),
            published_at: entry.published_at.or(entry.updated_at),
            url: entry.url.clone(),
            worth: worth(&plain, &html),
            html,
            text: plain,
            tagged: Tagged::default(),
            votes: entry.votes,
        });
    }
    settle(comments)
}

/// The comments of a page, as the extractor found them.
pub fn from_page(found: &[super::article::PageComment], post: &Post) -> Vec<Comment> {
    let id = |own: &str| CommentId::of(&post.id, &short_identity(own));
    let comments = found.iter().map(|comment| Comment {
        id: id(&comment.id),
        post_id: post.id.clone(),
        parent_id: comment.parent_id.as_deref().map(id),
        mentor: comment.mentor.clone(),
        published_at: comment.published_at,
        url: None,
        worth: if comment.pingback { CommentWorth::Pingback } else { worth(&comment.text, &comment.html) },
        html: comment.html.clone(),
        text: comment.text.clone(),
        tagged: Tagged::default(),
        votes: None,
    });
    settle(comments.collect())
}

/// Drops repetitions, and parents that are not in the stream (most often the post itself).
pub(super) fn settle(comments: Vec<Comment>) -> Vec<Comment> {
    let mut known = std::collections::HashSet::new();
    let mut comments: Vec<Comment> = comments.into_iter().filter(|comment| known.insert(comment.id.clone())).collect();
    for comment in &mut comments {
        let own = comment.id.clone();
        comment.parent_id = comment.parent_id.take().filter(|parent| known.contains(parent) && *parent != own);
    }
    comments
}

/// Whether an entry of a comment feed is about this post; a feed for a whole site carries comments on all its posts.
pub fn belongs(entry: &FeedEntry, post: &Post) -> bool {
    let Some(url) = entry.url.as_deref().filter(|url| is_comment_anchor(url)).and_then(|url| Url::parse(url).ok())
    else {
        return true;
    };
    let page = links::canonical(&url);
    let same = |known: &str| Url::parse(known).is_ok_and(|known| same_page(&links::canonical(&known), &page));
    post.url.is_empty()
        || same(&post.url)
        || post.guid.as_deref().is_some_and(same)
        || post.thread.url.as_deref().is_some_and(same)
}

/// The feed of a Reddit thread begins with the post itself.
fn is_post_itself(entry: &FeedEntry, post: &Post) -> bool {
    let id = entry.id.as_deref().filter(|id| !id.is_empty());
    id.is_some() && id == post.guid.as_deref() || id.is_some_and(|id| id.starts_with("t3_"))
}

fn same_page(a: &Url, b: &Url) -> bool {
    // Comment pages of long threads hang below the post: /post/comment-page-2/.
    let path = |url: &Url| url.path().split("/comment-page-").next().unwrap_or("").trim_end_matches('/').to_owned();
    // Blogger leads to a comment by a parameter as well as by an anchor.
    let query = b.query().filter(|query| !query.starts_with("showComment="));
    a.host_str() == b.host_str() && path(a) == path(b) && (a.query() == query || query.is_none())
}

fn is_comment_anchor(url: &str) -> bool {
    url.rsplit_once('#').is_some_and(|(_, anchor)| anchor.starts_with("comment") || anchor.starts_with('c'))
}

fn identity(entry: &FeedEntry, plain: &str) -> String {
    let named = entry.id.as_deref().filter(|id| !id.is_empty()).or(entry.url.as_deref());
    match named {
        Some(named) => short_identity(named),
        None => format!("{}\n{plain}", entry.mentor.as_deref().unwrap_or("")),
    }
}

/// The part of an identity that a comment has in common on the page, in the feed and in answers: `comment-12`.
fn short_identity(identity: &str) -> String {
    let anchor = identity.rsplit_once('#').map_or(identity, |(_, anchor)| anchor);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // Blogger: `tag:blogger.com,1999:blog-1.post-55` in the feed, `/comments/default/55` for what is answered.
    for mark in [".post-", "/comments/default/"] {
        if let Some(number) = identity.rsplit_once(mark).map(|(_, rest)| rest.split('?').next().unwrap_or(rest))
            && digits(number)
            && (identity.contains("blogger.com") || identity.contains("/feeds/"))
        {
            return format!("comment-{number}");
        }
    }
    for prefix in ["comment-", "li-comment-", "div-comment-", "comment", "c"] {
        if let Some(number) = anchor.strip_prefix(prefix).filter(|rest| digits(rest)) {
            return format!("comment-{number}");
        }
    }
    identity.to_owned()
}

/// WordPress opens an answer with "In reply to <a href="...#comment-12">Ann</a>."; the link names the parent.
fn without_reply_line(html: &str) -> (Option<String>, String) {
    let start = html.trim_start().strip_prefix("<p>").unwrap_or(html.trim_start());
    let found = || {
        let after = start.strip_prefix("In reply to <a href=\"")?;
        let (target, after) = after.split_once('"')?;
        let (_, rest) = after.split_once("</a>")?;
        let rest = rest.strip_prefix('.').unwrap_or(rest).trim_start();
        let rest = rest.strip_prefix("</p>").unwrap_or(rest).trim_start();
        Some((target.to_owned(), clean::clean(rest, None)))
    };
    match found() {
        Some((target, rest)) => (Some(target), rest),
        None => (None, html.to_owned()),
    }
}

/// "By: Ann" and "Comment on Something by Ann" name the mentor where the entry does not.
fn named_in_title(title: &str) -> Option<String> {
    let name = title.strip_prefix("By: ").or_else(|| {
        title.strip_prefix("Comment on ").and_then(|rest| rest.rsplit_once(" by ")).map(|(_, name)| name)
    })?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
