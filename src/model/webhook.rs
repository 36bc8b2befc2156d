use super::Email;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An address that is told when something happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// 16 hexadecimal digits.
    pub id: String,
    /// Whose.
    pub rep: Email,
    /// The name that the rep gave it.
    pub name: String,
    /// Where to; its path may be a secret.
    pub url: String,
    /// What is told, and in which form.
    pub tells: Tells,
    /// When it was made.
    pub made_at: Timestamp,
    /// When something was last taken there.
    pub taken_at: Option<Timestamp>,
    /// Why nothing is sent there any more.
    pub stopped_because: Option<String>,
}

/// What an address is told, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tells {
    /// A program: the rep's digest of the week is there.
    DigestReady,
    /// A program, for admins: a source cannot be read any more.
    SourceBroken,
    /// A channel of Slack: the weekly digest, at the hour of the weekly mail.
    Slack,
    /// A channel of Teams: the same.
    Teams,
}

impl Tells {
    /// Everything that can be told.
    pub const ALL: [Tells; 4] = [Tells::DigestReady, Tells::SourceBroken, Tells::Slack, Tells::Teams];

    /// The word that forms and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Tells::DigestReady => "digest_ready",
            Tells::SourceBroken => "source_broken",
            Tells::Slack => "slack",
            Tells::Teams => "teams",
        }
    }

    /// What has this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tells| tells.as_str() == word)
    }
}

/// One thing to tell one address, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Whose address.
    pub rep: Email,
    /// The address.
    pub webhook: String,
    /// What happened, by a name that it has once: `digest-2026-W48`.
    pub event: String,
    /// What is sent.
    pub body: String,
    /// When it happened.
    pub at: Timestamp,
    /// After this it is too late.
    pub until: Timestamp,
    /// Tries so far; fences a sender whose lease ran out.
    pub attempt: u32,
    /// When it may be tried; none once it is settled.
    pub next_at: Option<Timestamp>,
    /// Why it was given up, or what the last try met.
    pub cause: Option<String>,
}
