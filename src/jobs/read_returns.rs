//! The job that reads what came back to the sender's address, from a maildir that the mail server delivers into.
//!
//! A mail is moved from `new` to `cur` once it was acted on, so a crash repeats it, and repeating changes nothing.
//! Reports can be forged: one counts only where it quotes the Message-ID of a mail that was really sent to that rep,
//! and nobody can guess that.

use crate::mail::returns::{Bounce, RETURN_BYTES_MAX, Return, read};
use crate::model::{Email, MailState};
use crate::render::signed::{LinkKey, Offer, verify};
use crate::store::Store;
use anyhow::Context as _;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// Reps whose mail was stopped because their address is dead, with the report's words.
    pub stopped: Vec<(Email, String)>,
    /// Reps who unsubscribed by mail.
    pub unsubscribed: Vec<Email>,
    /// Mails that asked for nothing.
    pub other: usize,
}

/// Reads every new mail of the maildir. A folder that is not there yet holds no mails.
///
/// # Errors
/// A folder or store that fails; mails that were not acted on stay new.
pub async fn run(store: &Arc<dyn Store>, key: &LinkKey, maildir: &Path, now: Timestamp) -> anyhow::Result<Returned> {
    let mut returned = Returned::default();
    for file in new_mails(maildir).await? {
        let opened = tokio::fs::File::open(&file).await;
        let limit = u64::try_from(RETURN_BYTES_MAX).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let reading = async { opened?.take(limit).read_to_end(&mut bytes).await };
        reading.await.with_context(|| format!("the returned mail {} cannot be read", file.display()))?;
        match read(&bytes) {
            Return::Bounce(bounce) if stop(store, &bounce).await? => returned.stopped.push((bounce.rep, bounce.said)),
            Return::Unsubscribe(token) => match verify(key, &token, now) {
                Ok(claim) if claim.offer == Offer::Unsubscribe => {
                    store.stop_mail(&claim.rep, None).await?;
                    returned.unsubscribed.push(claim.rep);
                }
                _ => returned.other += 1,
            },
            Return::Bounce(_) | Return::Other => returned.other += 1,
        }
        settle(maildir, &file).await?;
    }
    Ok(returned)
}

/// Stops the mail of a rep whose address is dead; says whether the report is to be believed and is about that.
async fn stop(store: &Arc<dyn Store>, bounce: &Bounce) -> anyhow::Result<bool> {
    let Some(claim) = store.find_mail(&bounce.rep, bounce.week).await? else { return Ok(false) };
    let ours = claim.state == MailState::Sent && claim.message_id == bounce.message_id;
    if ours && bounce.dead {
        store.stop_mail(&bounce.rep, Some(format!("the mail of {} came back: {}", bounce.week, bounce.said))).await?;
    }
    Ok(ours && bounce.dead)
}

async fn new_mails(maildir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = maildir.join("new");
    let mut entries = match tokio::fs::read_dir(&folder).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => {
            entries.with_context(|| format!("the folder of returned mails {} cannot be read", folder.display()))?
        }
    };
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        if entry.file_type().await?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Moves a mail to where a maildir keeps those that were seen.
async fn settle(maildir: &Path, file: &Path) -> anyhow::Result<()> {
    let seen = maildir.join("cur");
    tokio::fs::create_dir_all(&seen).await?;
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    tokio::fs::rename(file, seen.join(format!("{name}:2,S"))).await?;
    Ok(())
}
