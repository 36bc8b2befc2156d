use crate::model::{Email, MailClaim, MailState};
use jiff::Timestamp;
use std::fmt;

/// What one run did for one rep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    /// Whose mail.
    pub rep: Email,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of one rep's mail in one run.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The relay took it.
    Sent {
        /// Its subject.
        subject: String,
        /// Its Message-ID.
        message_id: String,
    },
    /// Not sent on purpose, with the reason.
    Skipped(String),
    /// Not yet; it is tried again.
    Retry {
        /// What went wrong.
        cause: String,
        /// When it is tried again.
        retry_at: Timestamp,
    },
    /// Given up for this week, with the cause.
    Failed(String),
    /// The address is dead: this rep gets no more mail until somebody mends it.
    Stopped(String),
    /// Nothing to do at this instant.
    NotDue,
    /// Mail is off, for everybody or for this rep, with the reason.
    Off(String),
    /// This week's is settled, waits for its retry, or another sender is at it.
    Settled(MailClaim),
    /// The lease ran out and another sender went on.
    TakenOver,
    /// The store failed; the claim is taken up again later.
    Broken(String),
}

impl Outcome {
    /// One word for counting; none where nothing happened.
    pub fn word(&self) -> Option<&'static str> {
        Some(match self {
            Outcome::Sent { .. } => "sent",
            Outcome::Skipped(_) => "skipped",
            Outcome::Retry { .. } => "retry",
            Outcome::Failed(_) => "failed",
            Outcome::Stopped(_) => "stopped",
            Outcome::TakenOver => "taken over",
            Outcome::Broken(_) => "store failed",
            Outcome::NotDue | Outcome::Off(_) | Outcome::Settled(_) => return None,
        })
    }

    /// Whether nothing happened that anybody needs to hear of.
    pub fn is_quiet(&self) -> bool {
        matches!(self, Outcome::NotDue | Outcome::Off(_) | Outcome::Settled(_))
    }

    /// Whether it needs a person: exit code 1 on the command line.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Outcome::Retry { .. } | Outcome::Failed(_) | Outcome::Stopped(_) | Outcome::Broken(_))
    }

    /// Logs it without the rep's address and without the subject, which may name a deal.
    pub(in crate::jobs) fn log(&self, rep: &Email) {
        let (id, said) = (
            rep.log_id(),
            match self {
                Outcome::Sent { .. } => "sent".to_owned(),
                outcome => outcome.to_string().replace(rep.as_str(), &rep.log_id()),
            },
        );
        match self {
            outcome if outcome.is_quiet() => {}
            outcome if outcome.is_trouble() => tracing::warn!(rep = id, "weekly mail: {said}"),
            _ => tracing::info!(rep = id, "weekly mail: {said}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Sent { subject, .. } => write!(f, "sent: {subject}"),
            Outcome::Skipped(reason) => write!(f, "skipped: {reason}"),
            Outcome::Retry { cause, retry_at } => write!(f, "not sent yet, next try at {retry_at:.0}: {cause}"),
            Outcome::Failed(cause) => write!(f, "failed: {cause}"),
            Outcome::Stopped(cause) => write!(f, "stopped, the address is dead: {cause}"),
            Outcome::NotDue => f.write_str("not due"),
            Outcome::Off(reason) => write!(f, "off: {reason}"),
            Outcome::Settled(claim) => match (claim.state, &claim.cause) {
                (MailState::Sent, _) => write!(f, "was sent already for {}", claim.week),
                (MailState::Skipped, Some(cause)) => write!(f, "was skipped for {}: {cause}", claim.week),
                (MailState::Failed, Some(cause)) => write!(f, "failed for {}: {cause}", claim.week),
                _ => write!(f, "another sender is at it for {}", claim.week),
            },
            Outcome::TakenOver => f.write_str("another sender went on with it"),
            Outcome::Broken(cause) => write!(f, "the store failed: {cause}"),
        }
    }
}
