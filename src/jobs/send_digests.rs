//! The job that sends each rep's weekly mail, exactly once per rep and ISO week.
//!
//! The mail is claimed in the store before anything is built, so of two senders only one goes on. A claim has a lease:
//! whoever crashes loses it, and the next run begins again under the same Message-ID. One window remains: a crash
//! after the relay took the mail and before that was marked. The mail then goes out twice with one Message-ID, which
//! relays and readers drop. Nothing is dropped silently: each claim ends as sent, skipped or failed, with its cause.

mod outcome;

use crate::clock::Clock;
use crate::config::Settings;
use crate::mail::schedule::{Due, LATE_MAX, due};
use crate::mail::{Dkim, DkimError, Mail, Mailer, ReadyMail, SendError, Unsubscribe, domain, message_id, write};
use crate::model::{Digest, Email, IsoWeek, MailClaim, MailState, Rep};
use crate::render::mail::{MailLinks, MailParts, parts};
use crate::render::signed::LinkKey;
use crate::store::{ClaimOutcome, Store, StoreError};
use async_trait::async_trait;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use url::Url;

pub use outcome::{Outcome, Sending};

/// A claim that is not settled by then may be taken over. Longer than the slowest build and the slowest relay.
const LEASE: SignedDuration = SignedDuration::from_mins(30);
/// The wait after the first temporary failure; each further one waits three times as long.
const RETRY_FIRST: SignedDuration = SignedDuration::from_mins(5);
/// The longest wait between two tries, and the wait after a refusal that somebody has to mend.
const RETRY_MAX: SignedDuration = SignedDuration::from_hours(4);
/// Characters of a cause that are kept.
const CAUSE_CHARS_MAX: usize = 400;

/// Builds the digest of a rep and week; the desk does, and tests do.
#[async_trait]
pub trait DigestBuilder: Send + Sync {
    /// The digest, the same one that the page shows.
    ///
    /// # Errors
    /// Whatever kept it from being built, as a sentence; it is tried again later.
    async fn build(&self, rep: &Rep, week: IsoWeek) -> anyhow::Result<Digest>;
}

/// Who sends, and under which address links lead back.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The sender's address; its domain is the one in Message-ID and List-Id.
    pub from: Email,
    /// The name beside it.
    pub from_name: String,
    /// Links begin with it.
    pub public_url: Url,
    /// Signs links.
    pub link_key: LinkKey,
    /// Signs mails, where the relay does not.
    pub dkim: Option<Dkim>,
}

/// Why a mail is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Its time has come.
    Schedule,
    /// A person asked for this week's mail, whatever the weekday; what was skipped is sent after all.
    Person,
}

/// The job with what it needs.
#[derive(Clone)]
pub struct SendDigests {
    /// Where reps and claims are.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Hands mails over.
    pub mailer: Mailer,
    /// Builds digests.
    pub builder: Arc<dyn DigestBuilder>,
    /// Who sends.
    pub sender: Sender,
}

impl SendDigests {
    /// Goes through all reps, or the one named, and sends what is to be sent. What is settled or not due is left out of
    /// the answer.
    ///
    /// # Errors
    /// Only that the reps cannot be listed; what happens to one rep's mail stands in its outcome.
    pub async fn run(&self, only: Option<&Email>, ask: Ask) -> Result<Vec<Sending>, StoreError> {
        let reps = match only {
            Some(email) => self.store.find_rep(email).await?.into_iter().collect(),
            None => self.store.list_reps().await?,
        };
        let sendings = futures::stream::iter(reps)
            .map(|rep| async move {
                let outcome = self.step(&rep, ask).await.unwrap_or_else(|error| Outcome::Broken(error.to_string()));
                outcome.log(&rep.email);
                Sending { rep: rep.email, outcome }
            })
            .buffer_unordered(self.mailer.at_once());
        Ok(sendings
            .filter(|sending| std::future::ready(!sending.outcome.is_quiet() || ask == Ask::Person))
            .collect()
            .await)
    }

    /// One rep's mail: everything that happens to it in one run.
    ///
    /// # Errors
    /// A store that fails; the claim then stays as it is until its lease ends.
    pub async fn step(&self, rep: &Rep, ask: Ask) -> Result<Outcome, StoreError> {
        if !self.mailer.is_on() {
            return Ok(Outcome::Off("mail is not set up; give --mail smtp://... or --mail file:FOLDER".to_owned()));
        }
        let now = self.clock.now();
        let (week, until) = match (ask, due(rep, now)) {
            _ if !rep.mail.enabled => return Ok(Outcome::Off(off(rep))),
            (Ask::Person, _) => {
                let week = IsoWeek::of(now, &rep.time_zone());
                self.reopen(rep, week, now).await?;
                (week, now.checked_add(LATE_MAX).unwrap_or(Timestamp::MAX))
            }
            (Ask::Schedule, Due::Never) => return Ok(Outcome::NotDue),
            (Ask::Schedule, Due::Now { week, until, .. }) => (week, until),
            (Ask::Schedule, Due::Skip { week, reason }) => {
                return match self.claim(rep, week, now).await? {
                    ClaimOutcome::Taken(claim) => Ok(Outcome::Settled(claim)),
                    ClaimOutcome::Claimed(claim) => self.skip(&claim, &reason).await,
                };
            }
        };
        match self.claim(rep, week, now).await? {
            ClaimOutcome::Taken(claim) => Ok(Outcome::Settled(claim)),
            ClaimOutcome::Claimed(claim) => self.send(rep, &claim, until).await,
        }
    }

    /// What the mail of this week would be: its parts and its bytes. Claims nothing, sends nothing. None where the week
    /// has nothing to say.
    ///
    /// # Errors
    /// A digest that cannot be built, or an address that cannot be mailed to.
    pub async fn preview(&self, rep: &Rep, week: IsoWeek) -> anyhow::Result<Option<(MailParts, ReadyMail)>> {
        let digest = self.builder.build(rep, week).await?;
        let id = self.sender.message_id(&rep.email, week);
        Ok(self.sender.compose(rep, &digest, &id, self.clock.now())?)
    }

    async fn send(&self, rep: &Rep, claim: &MailClaim, until: Timestamp) -> Result<Outcome, StoreError> {
        let digest = match self.builder.build(rep, claim.week).await {
            Ok(digest) => digest,
            Err(error) => {
                return self.fail(claim, until, &format!("the digest could not be built: {error:#}"), false).await;
            }
        };
        // The rep may have gone or unsubscribed while it was built; that counts at once.
        let Some(rep) = self.store.find_rep(&rep.email).await?.filter(|rep| rep.mail.enabled) else {
            return self.skip(claim, "Mail was turned off for this rep.").await;
        };
        let now = self.clock.now();
        let (subject, mail) = match self.sender.compose(&rep, &digest, &claim.message_id, now) {
            Ok(Some((parts, mail))) => (parts.subject, mail),
            Ok(None) => return self.skip(claim, "Nothing fits this week: no pick, and no promise is due.").await,
            Err(error) => return self.fail(claim, until, &error.to_string(), true).await,
        };
        let built = MailClaim {
            state: MailState::Built,
            lease_until: now.checked_add(LEASE).unwrap_or(Timestamp::MAX),
            ..claim.clone()
        };
        if !self.store.mark_mail(claim, built.clone()).await? {
            return Ok(Outcome::TakenOver);
        }
        match self.mailer.send(&mail).await {
            Ok(()) => {
                let sent = MailClaim { state: MailState::Sent, cause: None, ..built.clone() };
                self.store.mark_mail(&built, sent).await?;
                Ok(Outcome::Sent { subject, message_id: built.message_id })
            }
            Err(SendError::Later(cause)) => self.fail(&built, until, &cause, false).await,
            Err(SendError::Refused(cause)) => self.fail(&built, until, &cause, true).await,
            Err(SendError::DeadAddress(cause)) => {
                self.store.stop_mail(&rep.email, Some(cut(&cause))).await?;
                let failed = MailClaim { state: MailState::Failed, cause: Some(cut(&cause)), ..built.clone() };
                self.store.mark_mail(&built, failed).await?;
                Ok(Outcome::Stopped(cause))
            }
        }
    }

    async fn claim(&self, rep: &Rep, week: IsoWeek, now: Timestamp) -> Result<ClaimOutcome, StoreError> {
        let id = self.sender.message_id(&rep.email, week);
        self.store.claim_mail(&rep.email, week, &id, now, LEASE).await
    }

    /// A person's wish undoes a skip and a failure, never a mail that was sent.
    async fn reopen(&self, rep: &Rep, week: IsoWeek, now: Timestamp) -> Result<(), StoreError> {
        if let Some(held) = self.store.find_mail(&rep.email, week).await?
            && matches!(held.state, MailState::Skipped | MailState::Failed)
        {
            let open = MailClaim { state: MailState::Failed, retry_at: Some(now), ..held.clone() };
            self.store.mark_mail(&held, open).await?;
        }
        Ok(())
    }

    async fn skip(&self, claim: &MailClaim, reason: &str) -> Result<Outcome, StoreError> {
        let skipped = MailClaim { state: MailState::Skipped, cause: Some(cut(reason)), ..claim.clone() };
        let ours = self.store.mark_mail(claim, skipped).await?;
        Ok(if ours { Outcome::Skipped(reason.to_owned()) } else { Outcome::TakenOver })
    }

    /// Sets the next try, or gives up where it would come too late.
    async fn fail(
        &self,
        claim: &MailClaim,
        until: Timestamp,
        cause: &str,
        refused: bool,
    ) -> Result<Outcome, StoreError> {
        let wait = if refused { RETRY_MAX } else { wait_after(claim.attempt) };
        let retry_at = self.clock.now().checked_add(wait).ok().filter(|at| *at <= until);
        let failed = MailClaim { state: MailState::Failed, retry_at, cause: Some(cut(cause)), ..claim.clone() };
        if !self.store.mark_mail(claim, failed).await? {
            return Ok(Outcome::TakenOver);
        }
        Ok(match retry_at {
            Some(retry_at) => Outcome::Retry { cause: cause.to_owned(), retry_at },
            None => Outcome::Failed(format!("{cause}; given up after {} tries", claim.attempt)),
        })
    }
}

impl Sender {
    /// The sender that the settings name, with this link key.
    ///
    /// # Errors
    /// A DKIM key that cannot sign.
    pub fn new(settings: &Settings, link_key: LinkKey) -> Result<Self, DkimError> {
        let from = settings.mail_from.clone();
        let dkim = settings.dkim.as_ref().map(|dkim| Dkim::new(&dkim.selector, &domain(&from), dkim.key.expose()));
        let (from_name, public_url) = ("Ridealong".to_owned(), settings.public_url.clone());
        Ok(Self { from, from_name, public_url, link_key, dkim: dkim.transpose()? })
    }

    /// The Message-ID of a rep's mail of a week: the same for ever, and nothing that others could guess.
    pub fn message_id(&self, rep: &Email, week: IsoWeek) -> String {
        message_id(&self.link_key.fingerprint(&["weekly", rep.as_str(), &week.to_string()]), week, &self.from)
    }

    /// The mail of a digest, ready to be handed over; none where the week has nothing to say.
    ///
    /// # Errors
    /// An address that cannot be mailed to.
    pub fn compose(
        &self,
        rep: &Rep,
        digest: &Digest,
        message_id: &str,
        now: Timestamp,
    ) -> Result<Option<(MailParts, ReadyMail)>, SendError> {
        let links = MailLinks::new(&self.public_url, &self.link_key, &rep.email, now);
        let Some(parts) = parts(digest, &links, rep.mail.subject_names_deals) else { return Ok(None) };
        let mail = Mail {
            from: self.from.clone(),
            from_name: self.from_name.clone(),
            to: rep.email.clone(),
            to_name: rep.name.clone(),
            subject: parts.subject.clone(),
            text: parts.text.clone(),
            html: Some(parts.html.clone()),
            message_id: message_id.to_owned(),
            date: now,
            kind: "weekly",
            week: digest.week,
            unsubscribe: Some(Unsubscribe { url: links.unsubscribe(), token: links.unsubscribe_token() }),
        };
        let ready = write(&mail, self.dkim.as_ref())?;
        Ok(Some((parts, ready)))
    }
}

fn off(rep: &Rep) -> String {
    match &rep.mail.stopped_because {
        Some(cause) => format!("mail to {} was stopped: {cause}", rep.email),
        None => format!("{} wants no mail; it can be turned on in the settings", rep.email),
    }
}

fn wait_after(attempt: u32) -> SignedDuration {
    let factor = 3_i32.saturating_pow(attempt.saturating_sub(1));
    RETRY_FIRST.checked_mul(factor).unwrap_or(RETRY_MAX).min(RETRY_MAX)
}

fn cut(cause: &str) -> String {
    cause.chars().take(CAUSE_CHARS_MAX).collect()
}
