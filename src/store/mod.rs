//! What is kept: the `Store` trait as use cases, and its backends.
//!
//! A backend knows two things only: posts with their crawl state, and *records*, small values with a kind, an
//! owner and an id. Everything a person names (reps, deals, acts, digests, mails, tokens) is a record, read and
//! written through the typed helpers in `typed.rs`, which are the same for every backend. So a backend is small,
//! backup and copying go through the trait, and one contract test covers them all.
//!
//! Policy: every method that writes returns only after the write is durable. Errors are sentences for a person;
//! engine types never leave this room; a backend never computes (no tags, no picks).

pub mod backup;
mod codec;
pub mod copy;
mod crawl_asks;
mod hooks;
mod leases;
mod limits;
mod mail_asks;
pub mod memory;
pub mod postgres;
pub mod prune;
pub mod recovery;
pub mod sled;
mod swap;
mod team;
mod tokens;
mod typed;
mod witness;

use crate::model::{
    AdminAct, Answer, Comment, Commitment, Deal, Delivery, Digest, Email, MailClaim, Note, Post, PostId, ReadMarks,
    Rep, SourceId, SourceState, Token, Webhook,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use typed::{ClaimOutcome, Holdings, random_id};

/// The setting that tells one store from every other, also from a restored or compacted one, whose changes are
/// numbered anew; what follows the changes (the full-text index) remembers it. In no backup or copy.
pub const IDENTITY_SETTING: &str = "store-identity";

/// The result of a store method.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the store could not do something. Each is a sentence that a person can act on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds it.
    #[error("the store {place} is in use by another ridealong; stop that one, or give this one its own --data folder")]
    InUse {
        /// Where it is.
        place: String,
    },
    /// It cannot be opened or read.
    #[error("the store {place} is damaged: {cause}")]
    Damaged {
        /// Where it is.
        place: String,
        /// What was found.
        cause: String,
    },
    /// It was written by a newer version.
    #[error(
        "the store {place} was written by a newer ridealong (schema {found}, this one knows {known}); update ridealong"
    )]
    Newer {
        /// Where it is.
        place: String,
        /// Its schema.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// No room.
    #[error("the disk of the store is full; free some space, writes go on by themselves after that")]
    Full,
    /// Anything else of the engine or the disk.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// A name that is ours until an instant: the right to do some work that only one may do at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is to be done; whoever wants to do it leases this name.
    pub name: String,
    /// How often the name was taken, this time included. Who holds a lower number than the store knows has lost it.
    pub attempt: u64,
    /// When it ends, unless it is renewed.
    pub until: Timestamp,
}

/// How often something may be done: so many times at once, and once more each time that `every` has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Times at once.
    pub at_once: u32,
    /// What one use costs in time; whole milliseconds count.
    pub every: SignedDuration,
}

/// What came of one use that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Uses that are left now.
    pub left: u32,
    /// How long to wait for the next; none where this one was counted.
    pub wait: Option<SignedDuration>,
}

/// What one crawl of one source brings, saved as one atomic write.
#[derive(Clone, Debug, Default)]
pub struct CrawlBatch {
    /// The lease under which the source was asked. It ends with the write; where it was lost, nothing is written.
    pub lease: Option<Lease>,
    /// The new state of the source; none where only comments were fetched.
    pub state: Option<SourceState>,
    /// New and changed posts, with the identity keys under which they are to be found again.
    pub posts: Vec<KeyedPost>,
    /// New and changed comments, of these or of older posts.
    pub comments: Vec<Comment>,
}

/// A post with its identity keys (guid, canonical URL, title and text, near-duplicate bands).
#[derive(Clone, Debug)]
pub struct KeyedPost {
    /// The post.
    pub post: Post,
    /// Keys made by `crawl::identity`; a key that another post holds already stays with that post.
    pub keys: Vec<String>,
}

/// Which posts to list, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct PostQuery {
    /// Only of this source.
    pub source: Option<SourceId>,
    /// Only after this id (keyset paging).
    pub after: Option<PostId>,
    /// At most so many.
    pub max: usize,
}

/// One step in the order in which posts changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Grows with every change; never reused.
    pub seq: u64,
    /// The post that was saved, given comments, or removed.
    pub post: PostId,
}

/// A small value with a kind, an owner and an id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Record {
    /// A rep. Owner: none.
    Rep(Rep),
    /// A deal. Owner: the rep's address, or none where nobody claims it.
    Deal(Box<Deal>),
    /// An act. Owner: the rep.
    Act(ActRecord),
    /// A commitment. Owner: the rep.
    Commitment(Commitment),
    /// A note. Owner: the post's id.
    Note(Note),
    /// A digest. Owner: the rep.
    Digest(Box<Digest>),
    /// The mail of a week. Owner: the rep.
    Mail(MailClaim),
    /// A token. Owner: none, so that it is found by its key alone.
    Token(Token),
    /// Whose a token is. Owner: the rep. It follows from the token.
    TokenPlace(TokenPlace),
    /// A setting of the installation. Owner: none.
    Setting(Setting),
    /// What an admin did. Owner: none.
    AdminAct(AdminAct),
    /// A kept answer to a write of the API. Owner: the rep.
    Answer(Answer),
    /// What a rep marked as read in a feed reader. Owner: the rep.
    ReadMarks(ReadMarks),
    /// An address that is told what happens. Owner: the rep.
    Webhook(Webhook),
    /// What such an address is or was told. Owner: the rep.
    Delivery(Delivery),
}

/// An act with its rep and instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActRecord {
    /// Whose.
    pub rep: Email,
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: crate::model::Act,
}

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenPlace {
    /// The rep.
    pub rep: Email,
    /// The token's key.
    pub key: String,
}

/// A named setting of the installation: stage mapping, secrets, sources file seen last. One whose name ends in
/// `-secret` or `-key` is kept out of backups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value, as the room that owns it writes it.
    pub value: String,
}

/// The kinds of records; part of a record's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants of Record say what each is")]
pub enum RecordKind {
    Rep,
    Deal,
    Act,
    Commitment,
    Note,
    Digest,
    Mail,
    Token,
    TokenPlace,
    Setting,
    AdminAct,
    Answer,
    ReadMarks,
    Webhook,
    Delivery,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [RecordKind; 15] = [
        RecordKind::Rep,
        RecordKind::Deal,
        RecordKind::Act,
        RecordKind::Commitment,
        RecordKind::Note,
        RecordKind::Digest,
        RecordKind::Mail,
        RecordKind::Token,
        RecordKind::TokenPlace,
        RecordKind::Setting,
        RecordKind::AdminAct,
        RecordKind::Answer,
        RecordKind::ReadMarks,
        RecordKind::Webhook,
        RecordKind::Delivery,
    ];

    /// Whether its records lie under the rep whose they are, and go when the rep goes. Notes and tokens are a rep's too,
    /// but lie elsewhere: under their post, and under none.
    pub fn is_owned_by_rep(self) -> bool {
        match self {
            RecordKind::Deal
            | RecordKind::Act
            | RecordKind::Commitment
            | RecordKind::Digest
            | RecordKind::Mail
            | RecordKind::TokenPlace
            | RecordKind::Answer
            | RecordKind::ReadMarks
            | RecordKind::Webhook
            | RecordKind::Delivery => true,
            RecordKind::Rep | RecordKind::Note | RecordKind::Token | RecordKind::Setting | RecordKind::AdminAct => {
                false
            }
        }
    }

    /// The word used in keys and backups.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordKind::Rep => "rep",
            RecordKind::Deal => "deal",
            RecordKind::Act => "act",
            RecordKind::Commitment => "commitment",
            RecordKind::Note => "note",
            RecordKind::Digest => "digest",
            RecordKind::Mail => "mail",
            RecordKind::Token => "token",
            RecordKind::TokenPlace => "token_place",
            RecordKind::Setting => "setting",
            RecordKind::AdminAct => "admin_act",
            RecordKind::Answer => "answer",
            RecordKind::ReadMarks => "read_marks",
            RecordKind::Webhook => "webhook",
            RecordKind::Delivery => "delivery",
        }
    }
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// Its kind.
    pub kind: RecordKind,
    /// Its owner; empty where it has none. Never holds a NUL.
    pub owner: String,
    /// Its id within kind and owner. Never holds a NUL.
    pub id: String,
}

impl Record {
    /// The key that follows from the value itself.
    pub fn key(&self) -> RecordKey {
        let key = |kind, owner: &str, id: String| RecordKey { kind, owner: owner.to_owned(), id };
        match self {
            Record::Rep(rep) => key(RecordKind::Rep, "", rep.email.to_string()),
            Record::Deal(deal) => {
                key(RecordKind::Deal, deal.rep.as_ref().map_or("", Email::as_str), deal.id.to_string())
            }
            Record::Act(record) => key(RecordKind::Act, record.rep.as_str(), record.act.key()),
            Record::Commitment(commitment) => {
                key(RecordKind::Commitment, commitment.rep.as_str(), commitment.id.clone())
            }
            Record::Note(note) => key(RecordKind::Note, note.post.as_str(), note.id.clone()),
            Record::Digest(digest) => key(RecordKind::Digest, digest.rep.as_str(), digest.week.to_string()),
            Record::Mail(mail) => key(RecordKind::Mail, mail.rep.as_str(), mail.week.to_string()),
            Record::Token(token) => key(RecordKind::Token, "", token.key.clone()),
            Record::TokenPlace(place) => key(RecordKind::TokenPlace, place.rep.as_str(), place.key.clone()),
            Record::Setting(setting) => key(RecordKind::Setting, "", setting.name.clone()),
            Record::AdminAct(act) => key(RecordKind::AdminAct, "", act.id.clone()),
            Record::Answer(answer) => key(RecordKind::Answer, answer.rep.as_str(), answer.id.clone()),
            Record::Webhook(hook) => key(RecordKind::Webhook, hook.rep.as_str(), hook.id.clone()),
            Record::Delivery(delivery) => {
                let id = format!("{}:{}", delivery.webhook, delivery.event);
                key(RecordKind::Delivery, delivery.rep.as_str(), id)
            }
            Record::ReadMarks(marks) => key(RecordKind::ReadMarks, marks.rep.as_str(), String::new()),
        }
    }
}

/// What `check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Posts read.
    pub posts: u64,
    /// Comments read.
    pub comments: u64,
    /// Records read.
    pub records: u64,
    /// What does not agree, one sentence each; empty is good.
    pub faults: Vec<String>,
}

/// The use cases of keeping things.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Saves what one crawl brought, all or nothing. False where its lease was lost: somebody else does this work now.
    async fn save_crawl(&self, batch: CrawlBatch) -> Result<bool>;

    /// Saves the states of sources that brought nothing, in as few writes as the backend can. Each ends its lease; one
    /// whose lease was lost is left out.
    async fn save_states(&self, states: Vec<(SourceState, Option<Lease>)>) -> Result<()> {
        for (state, lease) in states {
            self.save_crawl(CrawlBatch { lease, state: Some(state), ..CrawlBatch::default() }).await?;
        }
        Ok(())
    }

    /// Takes those of these names that are free at `now`, at most `max`, in the order of the names. Of many who want
    /// a name one gets it, and nobody waits.
    async fn lease(&self, names: &[String], now: Timestamp, until: Timestamp, max: usize) -> Result<Vec<Lease>>;

    /// Moves the end of leases, and returns those that are still ours, in the order asked. An end that has passed gives
    /// a name free. A lease that ended and that nobody took since is ours still.
    async fn renew(&self, leases: &[Lease], until: Timestamp) -> Result<Vec<Lease>>;

    /// Who took a name last, and until when.
    async fn find_lease(&self, name: &str) -> Result<Option<Lease>>;

    /// The post that holds each key, in the order asked.
    async fn find_identities(&self, keys: &[String]) -> Result<Vec<Option<PostId>>>;

    /// Counts one use of a name, unless it is used up. Of many who come at once each is counted.
    async fn use_up(&self, name: &str, limit: Limit, now: Timestamp) -> Result<Used>;

    /// The states of these sources, in the order asked; none for one that has none yet.
    async fn find_states(&self, sources: &[SourceId]) -> Result<Vec<SourceState>>;

    /// The states of all sources.
    async fn list_states(&self) -> Result<Vec<SourceState>>;

    /// The posts with these ids that exist, in the order asked.
    async fn find_posts(&self, ids: &[PostId]) -> Result<Vec<Post>>;

    /// The identity keys that each of these posts holds, in the order asked; none for a post that is not there.
    async fn list_keys(&self, posts: &[PostId]) -> Result<Vec<Vec<String>>>;

    /// A page of posts in the order of their ids.
    async fn list_posts(&self, query: &PostQuery) -> Result<Vec<Post>>;

    /// What changed after `seq`, oldest first, each post once with its newest seq.
    async fn list_changes(&self, seq: u64, max: usize) -> Result<Vec<Change>>;

    /// The comments of these posts, in the order of the posts and then of their dates.
    async fn list_comments(&self, posts: &[PostId]) -> Result<Vec<Comment>>;

    /// Posts whose comment thread is due, longest due first.
    async fn list_threads_due(&self, now: Timestamp, max: usize) -> Result<Vec<PostId>>;

    /// Removes posts with their comments and keys; each leaves a change behind.
    async fn remove_posts(&self, ids: &[PostId]) -> Result<()>;

    /// The record with this key.
    async fn find_record(&self, key: &RecordKey) -> Result<Option<Record>>;

    /// The records with these keys that exist, in the order asked.
    async fn find_records(&self, keys: &[RecordKey]) -> Result<Vec<Record>> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.extend(self.find_record(key).await?);
        }
        Ok(found)
    }

    /// A page of records of a kind in the order of owner and id; of one owner where given; after `after`.
    async fn list_records(
        &self,
        kind: RecordKind,
        owner: Option<&str>,
        after: Option<&RecordKey>,
        max: usize,
    ) -> Result<Vec<Record>>;

    /// All records of these kinds that this owner has, those of a kind in the order of their ids.
    async fn list_owned(&self, owner: &str, kinds: &[RecordKind]) -> Result<Vec<Record>> {
        let mut all = Vec::new();
        for kind in kinds {
            all.extend(self.list_records(*kind, Some(owner), None, usize::MAX).await?);
        }
        Ok(all)
    }

    /// Removes and then saves records, all or nothing: a key that stands in both is saved.
    async fn save_records(&self, save: Vec<Record>, remove: Vec<RecordKey>) -> Result<()>;

    /// Puts `new` in the place of `expected` where the place still holds exactly that; says whether it did.
    /// None stands for an absent record on either side.
    async fn swap_record(&self, key: &RecordKey, expected: Option<&Record>, new: Option<Record>) -> Result<bool>;

    /// Reads everything and reports what does not agree.
    async fn check(&self) -> Result<CheckReport>;

    /// Gives back memory that reading a great deal at once has taken. Called after a walk through everything.
    async fn trim(&self) -> Result<()> {
        Ok(())
    }

    /// Makes sure that everything is on disk; called once more before the process ends.
    async fn flush(&self) -> Result<()>;
}
