//! Small helpers over answers in JSON.

use crate::crawl::{clean, dates, text};
use crate::model::{Comment, CommentId, Post, Tagged};
use jiff::Timestamp;
use serde_json::Value;

/// A text that is there and not empty.
pub(super) fn string(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number that is not negative.
pub(super) fn count(value: &Value, key: &str) -> Option<u32> {
    value.get(key)?.as_u64().and_then(|count| u32::try_from(count).ok())
}

/// A date, never after `now`.
pub(super) fn instant(value: &Value, key: &str, now: Timestamp) -> Option<Timestamp> {
    dates::parse_clamped(&string(value, key)?, now).map(|(at, _)| at)
}

/// What all platforms say of a comment, each in its own words.
pub(super) struct Said {
    pub id: String,
    pub parent: Option<String>,
    pub mentor: Option<String>,
    pub published_at: Option<Timestamp>,
    pub url: Option<String>,
    /// As published, not safe.
    pub html: String,
    pub votes: Option<i64>,
}

/// The same as a Comment below its Post.
pub(super) fn comment(said: Said, post: &Post) -> Comment {
    let html = clean::clean(&said.html, None);
    let plain = text::plain(&html);
    Comment {
        id: CommentId::of(&post.id, &said.id),
        post_id: post.id.clone(),
        parent_id: said.parent.map(|parent| CommentId::of(&post.id, &parent)),
        mentor: said.mentor,
        published_at: said.published_at,
        url: said.url,
        worth: crate::crawl::comments::worth(&plain, &html),
        html,
        text: plain,
        tagged: Tagged::default(),
        votes: said.votes,
    }
}
