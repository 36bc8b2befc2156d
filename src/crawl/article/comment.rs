//! A comment as a page shows it.

use jiff::Timestamp;

/// A comment found on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageComment {
    /// Its anchor on the page (`comment-12`), or one made of its place.
    pub id: String,
    /// The id of the comment that it answers.
    pub parent_id: Option<String>,
    /// A name.
    pub mentor: Option<String>,
    /// As published, or none.
    pub published_at: Option<Timestamp>,
    /// Plain text.
    pub text: String,
    /// Safe HTML.
    pub html: String,
    /// The page itself calls it a pingback or trackback.
    pub pingback: bool,
}
