//! A mail on its way out: the message with its headers, and the [`Mailer`] that hands it over.
//!
//! The Mailer is an enum of closed choices: a relay over SMTP, a folder of `.eml` files for trials, memory for
//! tests, or off. Whether a failure is temporary, final, or says that the address is dead is decided here, at the
//! command that failed; what follows from it is decided by the job.

mod dkim;
pub mod dns;
mod folder;
mod message;
pub mod records;
pub mod returns;
pub mod schedule;
mod smtp;

use crate::config::MailUrl;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use dkim::{Dkim, DkimError};
pub use message::{Mail, ReadyMail, Unsubscribe, domain, list_id, message_id, write};
pub use smtp::{Relay, RelayError};

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// A relay.
    Smtp(Arc<Relay>),
    /// A folder that gets one `.eml` file a mail.
    Folder(PathBuf),
    /// A list in memory.
    Memory(Outbox),
    /// Mail is not set up.
    Off,
}

/// Mails that were sent to memory, in order.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Mutex<Vec<ReadyMail>>>);

impl Outbox {
    /// What was sent so far.
    pub fn list(&self) -> Vec<ReadyMail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, mail: ReadyMail) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }
}

/// Why a mail was not taken. Each is a sentence for the admin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may go through later: no connection, a slow relay, greylisting (4xx).
    #[error("{0}")]
    Later(String),
    /// The relay says that this address gets no mail (5xx at RCPT).
    #[error("{0}")]
    DeadAddress(String),
    /// It will not go through until somebody changes something: settings, sign-in, sender, content (5xx elsewhere).
    #[error("{0}")]
    Refused(String),
}

impl Mailer {
    /// The mailer that the setting `mail` names.
    ///
    /// # Errors
    /// An address of a relay that does not fit.
    pub fn new(url: &MailUrl) -> Result<Self, RelayError> {
        Ok(match url {
            MailUrl::Off => Mailer::Off,
            MailUrl::Folder(folder) => Mailer::Folder(folder.clone()),
            MailUrl::Smtp(address) => Mailer::Smtp(Arc::new(Relay::new(address.expose())?)),
        })
    }

    /// Whether mail is set up at all.
    pub fn is_on(&self) -> bool {
        !matches!(self, Mailer::Off)
    }

    /// How many mails it takes at once.
    pub fn at_once(&self) -> usize {
        match self {
            Mailer::Smtp(relay) => relay.connections_max(),
            Mailer::Folder(_) | Mailer::Memory(_) | Mailer::Off => 1,
        }
    }

    /// Hands a mail over; it is somebody else's once this returns.
    ///
    /// # Errors
    /// [`SendError`], which says whether trying again makes sense.
    pub async fn send(&self, mail: &ReadyMail) -> Result<(), SendError> {
        match self {
            Mailer::Smtp(relay) => relay.send(mail).await,
            Mailer::Folder(folder) => folder::save(folder, mail).await,
            Mailer::Memory(outbox) => {
                outbox.push(mail.clone());
                Ok(())
            }
            Mailer::Off => {
                Err(SendError::Refused("mail is not set up; give --mail smtp://... or --mail file:FOLDER".to_owned()))
            }
        }
    }
}
