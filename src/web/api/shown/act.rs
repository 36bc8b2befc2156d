use crate::model::{Act, Commitment, CommitmentState, Note, Verdict};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that the rep did.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct ActShown {
    /// By which it is taken back; a later act with the same key takes its place.
    key: String,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What was done: `useful`, `not_for_me`, `save`, `restage`, `mute_source`, `mute_mentor`, `snooze_deal` or
    /// `snooze_stage`.
    act: &'static str,
    /// The post, where it was done to one.
    post: Option<String>,
    /// The deal, where it was about one.
    deal: Option<String>,
    /// The stage, where it was about one.
    stage: Option<String>,
    /// The source that is muted.
    source: Option<String>,
    /// The mentor who is muted.
    mentor: Option<String>,
    /// The end of the rest.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

impl ActShown {
    pub(in crate::web) fn new(at: Timestamp, act: &Act) -> Self {
        let plain = |word| Self {
            key: act.key(),
            at,
            act: word,
            post: None,
            deal: None,
            stage: None,
            source: None,
            mentor: None,
            until: None,
        };
        match act {
            Act::Vote { post, deal, verdict } => Self {
                post: Some(post.to_string()),
                deal: deal.as_ref().map(ToString::to_string),
                ..plain(if *verdict == Verdict::Useful { "useful" } else { "not_for_me" })
            },
            Act::Save { post } => Self { post: Some(post.to_string()), ..plain("save") },
            Act::Restage { post, stage } => {
                Self { post: Some(post.to_string()), stage: Some(stage.to_string()), ..plain("restage") }
            }
            Act::MuteSource { source } => Self { source: Some(source.to_string()), ..plain("mute_source") },
            Act::MuteMentor { mentor } => Self { mentor: Some(mentor.clone()), ..plain("mute_mentor") },
            Act::SnoozeDeal { deal, until } => {
                Self { deal: Some(deal.to_string()), until: Some(*until), ..plain("snooze_deal") }
            }
            Act::SnoozeStage { stage, until } => {
                Self { stage: Some(stage.to_string()), until: Some(*until), ..plain("snooze_stage") }
            }
        }
    }
}

/// "I will try this on deal X."
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct CommitmentShown {
    /// Its id.
    id: String,
    /// The post.
    post: String,
    /// The post's title at that time.
    title: String,
    /// The deal.
    deal: String,
    /// The deal's name at that time.
    deal_name: String,
    /// One line of the rep's own; may be empty.
    note: String,
    /// When it was promised.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The day it comes back.
    #[schema(value_type = String, format = Date)]
    due: Date,
    /// `open`, `done` or `dropped`.
    state: &'static str,
    /// One line of result.
    result: Option<String>,
    /// How often "not yet" was the answer.
    misses: u32,
}

impl From<&Commitment> for CommitmentShown {
    fn from(commitment: &Commitment) -> Self {
        Self {
            id: commitment.id.clone(),
            post: commitment.post.to_string(),
            title: commitment.title.clone(),
            deal: commitment.deal.to_string(),
            deal_name: commitment.deal_name.clone(),
            note: commitment.note.clone(),
            made_at: commitment.made_at,
            due: commitment.due_on,
            state: match commitment.state {
                CommitmentState::Open => "open",
                CommitmentState::Done => "done",
                CommitmentState::Dropped => "dropped",
            },
            result: commitment.result.clone(),
            misses: commitment.misses,
        }
    }
}

/// What a rep wrote on a post for colleagues.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct NoteShown {
    /// Its id.
    id: String,
    /// The writer's name at that time.
    by: String,
    /// Plain text.
    text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
    /// Who may read it: `everyone`, or the name of a team.
    audience: String,
}

impl From<&Note> for NoteShown {
    fn from(note: &Note) -> Self {
        Self {
            id: note.id.clone(),
            by: note.rep_name.clone(),
            text: note.text.clone(),
            written_at: note.written_at,
            audience: note.audience.to_string(),
        }
    }
}
