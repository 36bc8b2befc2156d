//! Typed verbs over records, the same for every backend.

use super::{ActRecord, Record, RecordKey, RecordKind, Result, Setting, Store};
use crate::model::{
    Act, Acts, Answer, Commitment, Deal, DealId, Digest, Email, IsoWeek, MailClaim, MailState, Note, PostId, ReadMarks,
    Rep, Token,
};
use jiff::{SignedDuration, Timestamp};

/// How many records one page of a full listing reads.
const PAGE: usize = 1_000;

/// What came of trying to claim the mail of a rep and week.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimOutcome {
    /// It is ours until the lease ends.
    Claimed(MailClaim),
    /// Somebody has it, or it is settled.
    Taken(MailClaim),
}

/// A fresh id: 16 hexadecimal digits.
pub fn random_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}

fn key(kind: RecordKind, owner: &str, id: &str) -> RecordKey {
    RecordKey { kind, owner: owner.to_owned(), id: id.to_owned() }
}

macro_rules! only {
    ($records:expr, $variant:path) => {
        $records.into_iter().filter_map(|record| match record {
            $variant(value) => Some(value),
            _ => None,
        })
    };
}

/// What a rep has beside a digest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holdings {
    /// What the rep did, oldest first.
    pub acts: Acts,
    /// The deals, open or not.
    pub deals: Vec<Deal>,
    /// The commitments, open or not.
    pub commitments: Vec<Commitment>,
    /// The tokens that open something in the rep's name, expired or not.
    pub tokens: Vec<Token>,
}

/// The acts among these records, oldest first.
fn acts(records: Vec<Record>) -> Acts {
    let mut acts: Vec<_> = only!(records, Record::Act).map(|record| (record.at, record.act)).collect();
    acts.sort_by_key(|(at, _)| *at);
    Acts { acts }
}

impl dyn Store {
    /// Every record of a kind, read page by page.
    pub async fn list_all(&self, kind: RecordKind, owner: Option<&str>) -> Result<Vec<Record>> {
        if let Some(owner) = owner {
            return self.list_owned(owner, &[kind]).await;
        }
        let mut all: Vec<Record> = Vec::new();
        loop {
            let after = all.last().map(Record::key);
            let page = self.list_records(kind, None, after.as_ref(), PAGE).await?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// Saves one record.
    pub async fn save(&self, record: Record) -> Result<()> {
        self.save_records(vec![record], Vec::new()).await
    }

    /// The rep with this address.
    pub async fn find_rep(&self, email: &Email) -> Result<Option<Rep>> {
        let found = self.find_record(&key(RecordKind::Rep, "", email.as_str())).await?;
        Ok(only!(found, Record::Rep).next())
    }

    /// Turns a rep's mail off without losing what somebody else changes meanwhile. `because` is why, where it was not
    /// the rep's own wish.
    pub async fn stop_mail(&self, email: &Email, because: Option<String>) -> Result<()> {
        while let Some(rep) = self.find_rep(email).await? {
            let held = Record::Rep(rep.clone());
            let mut stopped = rep;
            stopped.mail.enabled = false;
            stopped.mail.stopped_because = because.clone();
            if self.swap_record(&held.key(), Some(&held), Some(Record::Rep(stopped))).await? {
                break;
            }
        }
        Ok(())
    }

    /// Every rep, by address.
    pub async fn list_reps(&self) -> Result<Vec<Rep>> {
        Ok(only!(self.list_all(RecordKind::Rep, None).await?, Record::Rep).collect())
    }

    /// Removes a rep with everything that is theirs; deals become unclaimed. Says whether there was one.
    pub async fn remove_rep(&self, email: &Email) -> Result<bool> {
        if self.find_rep(email).await?.is_none() {
            return Ok(false);
        }
        let mut remove = vec![key(RecordKind::Rep, "", email.as_str())];
        let mut save = Vec::new();
        for token in self.list_tokens(email).await? {
            remove.push(Record::Token(token).key());
        }
        for kind in RecordKind::ALL.into_iter().filter(|kind| kind.is_owned_by_rep()) {
            for record in self.list_all(kind, Some(email.as_str())).await? {
                remove.push(record.key());
                if let Record::Deal(mut deal) = record {
                    deal.rep = None;
                    save.push(Record::Deal(deal));
                }
            }
        }
        for note in only!(self.list_all(RecordKind::Note, None).await?, Record::Note) {
            if &note.rep == email {
                remove.push(Record::Note(note).key());
            }
        }
        self.save_records(save, remove).await?;
        Ok(true)
    }

    /// The deals of a rep, or of everybody and nobody.
    pub async fn list_deals(&self, rep: Option<&Email>) -> Result<Vec<Deal>> {
        let records = self.list_all(RecordKind::Deal, rep.map(Email::as_str)).await?;
        Ok(only!(records, Record::Deal).map(|deal| *deal).collect())
    }

    /// A deal of a rep.
    pub async fn find_deal(&self, rep: &Email, id: &DealId) -> Result<Option<Deal>> {
        let found = self.find_record(&key(RecordKind::Deal, rep.as_str(), id.as_str())).await?;
        Ok(only!(found, Record::Deal).next().map(|deal| *deal))
    }

    /// What a rep did, oldest first.
    pub async fn list_acts(&self, rep: &Email) -> Result<Acts> {
        Ok(acts(self.list_all(RecordKind::Act, Some(rep.as_str())).await?))
    }

    /// What a page of a rep shows beside the posts.
    pub async fn list_holdings(&self, rep: &Email) -> Result<Holdings> {
        let kinds = [RecordKind::Act, RecordKind::Deal, RecordKind::Commitment, RecordKind::TokenPlace];
        let (mut done, mut places) = (Vec::new(), Vec::new());
        let mut holdings = Holdings::default();
        for record in self.list_owned(rep.as_str(), &kinds).await? {
            match record {
                Record::Deal(deal) => holdings.deals.push(*deal),
                Record::Commitment(commitment) => holdings.commitments.push(commitment),
                Record::TokenPlace(_) => places.push(record),
                other => done.push(other),
            }
        }
        holdings.acts = acts(done);
        holdings.tokens = self.tokens_at(rep, places).await?;
        Ok(holdings)
    }

    /// Saves an act in place of the rep's earlier one on the same thing.
    pub async fn save_act(&self, rep: &Email, at: Timestamp, act: Act) -> Result<()> {
        self.save(Record::Act(ActRecord { rep: rep.clone(), at, act })).await
    }

    /// Takes an act back.
    pub async fn undo_act(&self, rep: &Email, act_key: &str) -> Result<()> {
        self.save_records(Vec::new(), vec![key(RecordKind::Act, rep.as_str(), act_key)]).await
    }

    /// The commitments of a rep.
    pub async fn list_commitments(&self, rep: &Email) -> Result<Vec<Commitment>> {
        let records = self.list_all(RecordKind::Commitment, Some(rep.as_str())).await?;
        Ok(only!(records, Record::Commitment).collect())
    }

    /// The notes on a post, oldest first.
    pub async fn list_notes(&self, post: &PostId) -> Result<Vec<Note>> {
        let records = self.list_all(RecordKind::Note, Some(post.as_str())).await?;
        let mut notes: Vec<_> = only!(records, Record::Note).collect();
        notes.sort_by_key(|note| note.written_at);
        Ok(notes)
    }

    /// The digest of a rep and week.
    pub async fn find_digest(&self, rep: &Email, week: IsoWeek) -> Result<Option<Digest>> {
        let found = self.find_record(&key(RecordKind::Digest, rep.as_str(), &week.to_string())).await?;
        Ok(only!(found, Record::Digest).next().map(|digest| *digest))
    }

    /// The digests of a rep after a week, oldest first.
    pub async fn list_digests(&self, rep: &Email, after: Option<IsoWeek>) -> Result<Vec<Digest>> {
        let after = after.map(|week| key(RecordKind::Digest, rep.as_str(), &week.to_string()));
        let records = self.list_records(RecordKind::Digest, Some(rep.as_str()), after.as_ref(), PAGE).await?;
        Ok(only!(records, Record::Digest).map(|digest| *digest).collect())
    }

    /// The mail of a rep and week.
    pub async fn find_mail(&self, rep: &Email, week: IsoWeek) -> Result<Option<MailClaim>> {
        let found = self.find_record(&key(RecordKind::Mail, rep.as_str(), &week.to_string())).await?;
        Ok(only!(found, Record::Mail).next())
    }

    /// Claims the mail of a rep and week before anything is built.
    ///
    /// It is ours where nobody has claimed it, where a lease has run out, or where a temporary failure may be tried again.
    pub async fn claim_mail(
        &self,
        rep: &Email,
        week: IsoWeek,
        message_id: &str,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<ClaimOutcome> {
        let place = key(RecordKind::Mail, rep.as_str(), &week.to_string());
        loop {
            let held = self.find_mail(rep, week).await?;
            if let Some(claim) = &held {
                let settled = match claim.state {
                    MailState::Sent | MailState::Skipped => true,
                    MailState::Failed => claim.retry_at.is_none_or(|at| at > now),
                    MailState::Claimed | MailState::Built => claim.lease_until > now,
                };
                if settled {
                    return Ok(ClaimOutcome::Taken(claim.clone()));
                }
            }
            let claim = MailClaim {
                rep: rep.clone(),
                week,
                state: MailState::Claimed,
                message_id: held.as_ref().map_or(message_id, |claim| &claim.message_id).to_owned(),
                claimed_at: now,
                lease_until: now.checked_add(lease).unwrap_or(Timestamp::MAX),
                attempt: held.as_ref().map_or(0, |claim| claim.attempt) + 1,
                retry_at: None,
                cause: None,
            };
            let held = held.map(Record::Mail);
            if self.swap_record(&place, held.as_ref(), Some(Record::Mail(claim.clone()))).await? {
                return Ok(ClaimOutcome::Claimed(claim));
            }
        }
    }

    /// Moves a claim on; says whether it was still ours.
    pub async fn mark_mail(&self, held: &MailClaim, new: MailClaim) -> Result<bool> {
        let place = Record::Mail(held.clone()).key();
        self.swap_record(&place, Some(&Record::Mail(held.clone())), Some(Record::Mail(new))).await
    }

    /// The answer that is kept under this id.
    pub async fn find_answer(&self, rep: &Email, id: &str) -> Result<Option<Answer>> {
        let found = self.find_record(&key(RecordKind::Answer, rep.as_str(), id)).await?;
        Ok(only!(found, Record::Answer).next())
    }

    /// What a rep marked as read.
    pub async fn find_marks(&self, rep: &Email) -> Result<Option<ReadMarks>> {
        let found = self.find_record(&key(RecordKind::ReadMarks, rep.as_str(), "")).await?;
        Ok(only!(found, Record::ReadMarks).next())
    }

    /// Removes the kept answers of a rep that were asked before an instant.
    pub async fn forget_answers(&self, rep: &Email, before: Timestamp) -> Result<()> {
        let kept = self.list_all(RecordKind::Answer, Some(rep.as_str())).await?;
        let old: Vec<_> = only!(kept, Record::Answer).filter(|answer| answer.at < before).collect();
        if old.is_empty() {
            return Ok(());
        }
        self.save_records(Vec::new(), old.into_iter().map(|answer| Record::Answer(answer).key()).collect()).await
    }

    /// A setting of the installation.
    pub async fn find_setting(&self, name: &str) -> Result<Option<String>> {
        let found = self.find_record(&key(RecordKind::Setting, "", name)).await?;
        Ok(only!(found, Record::Setting).next().map(|setting| setting.value))
    }

    /// Saves a setting of the installation.
    pub async fn save_setting(&self, name: &str, value: impl Into<String>) -> Result<()> {
        self.save(Record::Setting(Setting { name: name.to_owned(), value: value.into() })).await
    }

    /// The value of a setting, made and saved once where it is not there yet.
    pub async fn find_or_make_setting(&self, name: &str, make: impl FnOnce() -> String) -> Result<String> {
        let place = key(RecordKind::Setting, "", name);
        let fresh = Record::Setting(Setting { name: name.to_owned(), value: make() });
        self.swap_record(&place, None, Some(fresh)).await?;
        Ok(self.find_setting(name).await?.unwrap_or_default())
    }
}
