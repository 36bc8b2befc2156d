use super::{CommentId, PostId, Tagged};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A reply to a Post. It can carry better advice than the Post, and is tagged and shown on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Stable over fetches.
    pub id: CommentId,
    /// The post it stands below.
    pub post_id: PostId,
    /// The comment it answers.
    pub parent_id: Option<CommentId>,
    /// Name of the mentor, where known.
    pub mentor: Option<String>,
    /// As published, or none.
    pub published_at: Option<Timestamp>,
    /// Its own address, where it has one.
    pub url: Option<String>,
    /// Cleaned HTML, safe to show.
    pub html: String,
    /// The same as plain text.
    pub text: String,
    /// What it is worth to a reader.
    pub worth: CommentWorth,
    /// Stage tags with evidence; empty for thin ones.
    pub tagged: Tagged,
    /// Votes, where the stream gives them.
    pub votes: Option<i64>,
}

/// What a comment is worth to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommentWorth {
    /// Says something of its own.
    #[default]
    Useful,
    /// "Great post!": shown last, never picked.
    Thin,
    /// A pingback or trackback: not shown.
    Pingback,
    /// Spam: not shown.
    Spam,
}

/// Where a post's comments are, and when they were last fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thread {
    /// The page that shows them.
    pub url: Option<String>,
    /// A feed of them.
    pub feed_url: Option<String>,
    /// How many there are, as last published.
    pub count: Option<u32>,
    /// The count when they were last fetched.
    pub fetched_count: Option<u32>,
    /// When they were last fetched.
    pub fetched_at: Option<Timestamp>,
    /// When they are due; none means never again.
    pub due_at: Option<Timestamp>,
}
