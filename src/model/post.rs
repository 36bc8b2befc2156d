use super::{Audience, MentorRole, PostId, SourceId, SourceKind, Tagged, Thread};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One item published by a Mentor: article, episode, thread or wiki page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Stable over edits and changed GUIDs.
    pub id: PostId,
    /// The source where it was first seen.
    pub source_id: SourceId,
    /// The kind of that source; wiki pages know no freshness decay.
    pub kind: SourceKind,
    /// The identity as published, or none.
    pub guid: Option<String>,
    /// Canonical address, tracking parameters removed; empty for posts that have none (mails).
    pub url: String,
    /// The address as the source lists it, where the page itself names another one of its site as its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_url: Option<String>,
    /// Plain text.
    pub title: String,
    /// Name of the mentor, where known.
    pub mentor: Option<String>,
    /// The mentor's role, from the source.
    pub mentor_role: MentorRole,
    /// As published; a missing or unreadable date stays missing.
    pub published_at: Option<Timestamp>,
    /// As published.
    pub updated_at: Option<Timestamp>,
    /// When the crawler first saw it.
    pub seen_at: Timestamp,
    /// When its content last changed in our store.
    pub changed_at: Timestamp,
    /// ISO 639-1 code, where known with confidence.
    pub language: Option<String>,
    /// Cleaned HTML, safe to show.
    pub html: String,
    /// The same as plain text.
    pub text: String,
    /// The first words, at most 280 characters.
    pub excerpt: String,
    /// Words in `text`.
    pub words: u32,
    /// Labels that the publisher gave.
    pub categories: Vec<String>,
    /// Audio, video, files.
    pub enclosures: Vec<Enclosure>,
    /// Length of an episode in seconds.
    pub duration_s: Option<u32>,
    /// Its comment stream.
    pub thread: Thread,
    /// Who may see it.
    pub audience: Audience,
    /// The source's trust, 0 to 1.
    pub trust: f32,
    /// Stage tags with evidence, and facets.
    pub tagged: Tagged,
    /// Too thin to be picked: a stub, a wall, a bare link.
    pub thin: bool,
    /// Fingerprint of the text (64-bit simhash), for near-duplicates across sources.
    pub simhash: u64,
    /// Where else it was published.
    pub also_at: Vec<Place>,
}

impl Post {
    /// Reading time in whole minutes at 230 words a minute, at least 1; an episode's own length where it has one.
    pub fn minutes(&self) -> u32 {
        match self.duration_s {
            Some(seconds) => seconds.div_ceil(60).max(1),
            None => self.words.div_ceil(230).max(1),
        }
    }

    /// The instant the post counts as being from: published, or first seen.
    pub fn dated_at(&self) -> Timestamp {
        self.published_at.unwrap_or(self.seen_at)
    }
}

/// A further place where a post was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The source that carries it too.
    pub source_id: SourceId,
    /// Its address there.
    pub url: String,
}

/// Something attached to a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Address of the file.
    pub url: String,
    /// MIME type, or empty.
    #[serde(rename = "type")]
    pub mime: String,
    /// Bytes, where published.
    pub length: Option<u64>,
}
