use super::Email;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The answer to a write that named an `Idempotency-Key`, kept so that the same write, sent again, is answered and not
/// done twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Whose write it was.
    pub rep: Email,
    /// Hex SHA-256 of the token's key and the idempotency key.
    pub id: String,
    /// Hex SHA-256 of the method, the address and the body: another write must not come under the same key.
    pub asked: String,
    /// When it was asked.
    pub at: Timestamp,
    /// The answer; none while the write is under way.
    pub answered: Option<Answered>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Header lines that belong to the answer, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

/// What a rep marked as read in a feed reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadMarks {
    /// Whose.
    pub rep: Email,
    /// The numbers of the items, the last marked last.
    pub read: Vec<u64>,
}
