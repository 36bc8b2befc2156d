//! What a relay's failure means: try again, dead address, or somebody has to change something. Pure.

use crate::mail::SendError;
use crate::mail::returns::is_dead;
use lettre::transport::smtp::Error;
use std::error::Error as _;
use std::time::Duration;

/// The command that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Tls,
    SignIn,
    From,
    Recipient,
    Data,
    Text,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Step::Connect => "on connecting",
            Step::Tls => "on starting encryption",
            Step::SignIn => "on signing in",
            Step::From => "at the sender's address",
            Step::Recipient => "at the rep's address",
            Step::Data => "before the text",
            Step::Text => "after the text",
        }
    }
}

/// What went wrong where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) step: Step,
    kind: Kind,
    /// What the relay or the network said.
    said: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A reply with this code.
    Reply(u16),
    /// No reply: connection refused, lost, too slow.
    Lost,
    /// The other side cannot do what we need.
    Unable,
}

impl Failure {
    pub(super) fn of(step: Step, error: &Error) -> Self {
        let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let kind = match error.status() {
            Some(code) => Kind::Reply(u16::from(code)),
            None if error.is_tls() || error.is_client() => Kind::Unable,
            None => Kind::Lost,
        };
        Self { step, kind, said }
    }

    pub(super) fn lost(step: Step, error: &std::io::Error) -> Self {
        Self { step, kind: Kind::Lost, said: error.to_string() }
    }

    pub(super) fn slow(step: Step, wait: Duration) -> Self {
        Self { step, kind: Kind::Lost, said: format!("no reply within {} s", wait.as_secs()) }
    }

    pub(super) fn told(step: Step, said: &str) -> Self {
        Self { step, kind: Kind::Unable, said: said.to_owned() }
    }

    /// Whether the connection is gone, so that nothing is known of the command.
    pub(super) fn is_lost(&self) -> bool {
        self.kind == Kind::Lost
    }
}

/// What follows from a failure.
pub(super) fn judge(relay: &str, failure: &Failure) -> SendError {
    let Failure { step, kind, said } = failure;
    let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    let place = step.words();
    match kind {
        Kind::Lost => SendError::Later(format!("the relay {relay} did not answer {place}: {said}")),
        Kind::Unable => SendError::Refused(format!("the relay {relay} cannot be used {place}: {said}")),
        Kind::Reply(code) => {
            let sentence = format!("the relay {relay} answered {code} {place}: {said}");
            match meaning(*step, *code, &said) {
                Meaning::Later => SendError::Later(sentence),
                Meaning::Dead => SendError::DeadAddress(sentence),
                Meaning::Refused => SendError::Refused(sentence),
            }
        }
    }
}

enum Meaning {
    Later,
    Dead,
    Refused,
}

/// RFC 5321 sections 4.2.1 and 4.2.3, RFC 3463 for the code with dots, where the relay gives one.
fn meaning(step: Step, code: u16, said: &str) -> Meaning {
    if (400..500).contains(&code) {
        return Meaning::Later;
    }
    if step != Step::Recipient {
        return Meaning::Refused;
    }
    let status = said.split_whitespace().next().filter(|word| word.starts_with("5.") && word.split('.').count() == 3);
    let dead = match (status, code) {
        (Some(status), _) => is_dead(status),
        // Without a status: all but full mailboxes, bad sequences and missing sign-ins.
        (None, code) => !matches!(code, 552 | 503 | 530 | 535 | 538),
    };
    if dead { Meaning::Dead } else { Meaning::Refused }
}
