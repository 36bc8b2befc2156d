use super::{Email, IsoWeek};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The one mail of a rep and week. Claimed in the store before anything is built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailClaim {
    /// Whose.
    pub rep: Email,
    /// Which week.
    pub week: IsoWeek,
    /// How far it is.
    pub state: MailState,
    /// Fixed by rep and week, so that a relay or reader drops a second copy.
    pub message_id: String,
    /// When it was claimed last.
    pub claimed_at: Timestamp,
    /// A claim that is neither sent nor failed by then may be taken over.
    pub lease_until: Timestamp,
    /// Tries so far; fences a sender whose lease ran out.
    pub attempt: u32,
    /// When it may be tried again after a temporary failure.
    pub retry_at: Option<Timestamp>,
    /// Why it failed or was skipped, in one sentence.
    pub cause: Option<String>,
}

/// How far a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailState {
    /// Somebody is at it.
    Claimed,
    /// Built; about to be handed to the relay.
    Built,
    /// The relay took it.
    Sent,
    /// Given up, with a cause.
    Failed,
    /// Not sent on purpose: empty week, away, too late; with a cause.
    Skipped,
}
