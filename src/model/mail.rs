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

/// A wish for a mail that a page takes down and the mail job fulfils.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAsk {
    /// Who wishes, and gets it.
    pub rep: Email,
    /// What.
    pub what: AskedMail,
    /// When.
    pub asked_at: Timestamp,
}

/// The mails that a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskedMail {
    /// This week's digest, now.
    Weekly,
    /// A test of relay and DNS; only admins ask for it.
    Test,
}

impl AskedMail {
    /// Every kind.
    pub const ALL: [AskedMail; 2] = [AskedMail::Weekly, AskedMail::Test];

    /// The word used in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            AskedMail::Weekly => "weekly",
            AskedMail::Test => "test",
        }
    }
}

/// What came of a [`MailAsk`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAnswer {
    /// When it was done.
    pub done_at: Timestamp,
    /// What was found, in the order of looking.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at, one or two words.
    pub what: String,
    /// Whether it is in order; none where that could not be found out.
    pub good: Option<bool>,
    /// What was found, or what is missing and what to do.
    pub said: String,
}
