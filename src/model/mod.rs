//! The nouns of Ridealong: plain data with no I/O, no async and no knowledge of any other room.
//!
//! One word has one meaning here and everywhere else (types, tables, routes, log fields, buttons); the
//! glossary is in `ARCHITECTURE.md`.

mod act;
mod answer;
mod comment;
mod crawl_ask;
mod deal;
mod digest;
mod ids;
mod mail;
mod pick;
mod post;
mod rep;
mod source;
mod source_state;
mod stage;
mod tag;
mod team;
mod token;
mod webhook;
mod week;

pub use act::{Act, Acts, Commitment, CommitmentState, Note, Verdict};
pub use answer::{Answer, Answered, ReadMarks};
pub use comment::{Comment, CommentWorth, Thread};
pub use crawl_ask::{AskedCrawl, CrawlAsk, FoundFeed, FoundFeeds};
pub use deal::{Crm, Deal, DealState, Signal, SignalKind, StageWeight};
pub use digest::{Digest, DigestDeal, PipelineCheck};
pub use ids::{CommentId, DealId, Email, InvalidEmail, PostId, SourceId};
pub use mail::{AskedMail, Finding, MailAnswer, MailAsk, MailClaim, MailState};
pub use pick::{DealPicks, Pick, Reason};
pub use post::{Enclosure, Place, Post};
pub use rep::{MailSettings, Rep, Role};
pub use source::{Audience, CommentsFrom, FINDS, MentorRole, Selectors, Source, SourceKind, SourceSet, Span};
pub use source_state::{Health, MovedTo, SourceState, Validators};
pub use stage::{Stage, UnknownStage};
pub use tag::{Facets, StageTag, Tagged};
pub use team::{AdminAct, Coverage, Play, TeamSettings};
pub use token::{ApiScope, Scope, Token, TokenPurpose};
pub use webhook::{Delivery, Tells, Webhook};
pub use week::{InvalidWeek, IsoWeek};
