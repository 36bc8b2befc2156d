use super::{Audience, DealId, Email, PostId, SourceId, Stage};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Something a rep did that changes later digests. The newest act on the same thing counts; each can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Useful or not.
    Vote {
        /// The post.
        post: PostId,
        /// The deal it was shown for, where there was one.
        deal: Option<DealId>,
        /// The verdict.
        verdict: Verdict,
    },
    /// Kept for later.
    Save {
        /// The post.
        post: PostId,
    },
    /// "Wrong stage": the stage the rep says it serves.
    Restage {
        /// The post.
        post: PostId,
        /// The right stage.
        stage: Stage,
    },
    /// No more from this source.
    MuteSource {
        /// The source.
        source: SourceId,
    },
    /// No more from this mentor.
    MuteMentor {
        /// The mentor's name.
        mentor: String,
    },
    /// No picks for this deal until then.
    SnoozeDeal {
        /// The deal.
        deal: DealId,
        /// The end of the rest.
        until: Timestamp,
    },
    /// No picks of this stage until then.
    SnoozeStage {
        /// The stage.
        stage: Stage,
        /// The end of the rest.
        until: Timestamp,
    },
}

impl Act {
    /// The key under which an act replaces an earlier one of the same rep.
    pub fn key(&self) -> String {
        match self {
            Act::Vote { post, .. } => format!("vote:{post}"),
            Act::Save { post } => format!("save:{post}"),
            Act::Restage { post, .. } => format!("restage:{post}"),
            Act::MuteSource { source } => format!("mute-source:{source}"),
            Act::MuteMentor { mentor } => format!("mute-mentor:{}", mentor.to_lowercase()),
            Act::SnoozeDeal { deal, .. } => format!("snooze-deal:{deal}"),
            Act::SnoozeStage { stage, .. } => format!("snooze-stage:{stage}"),
        }
    }
}

/// A rep's verdict on a pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It helped.
    Useful,
    /// Not for me.
    NotForMe,
}

/// The acts of one rep with their instants, as the store lists them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Acts {
    /// Newest last.
    pub acts: Vec<(Timestamp, Act)>,
}

impl Acts {
    /// The rep's verdict on a post.
    pub fn verdict(&self, post: &PostId) -> Option<Verdict> {
        self.acts.iter().rev().find_map(|(_, act)| match act {
            Act::Vote { post: voted, verdict, .. } if voted == post => Some(*verdict),
            _ => None,
        })
    }

    /// The stage that the rep says a post serves.
    pub fn restaged(&self, post: &PostId) -> Option<Stage> {
        self.acts.iter().rev().find_map(|(_, act)| match act {
            Act::Restage { post: corrected, stage } if corrected == post => Some(*stage),
            _ => None,
        })
    }

    /// Whether the rep has saved a post.
    pub fn saved(&self, post: &PostId) -> bool {
        self.acts.iter().any(|(_, act)| matches!(act, Act::Save { post: saved } if saved == post))
    }

    /// Whether the rep has muted this source or mentor.
    pub fn muted(&self, source: &SourceId, mentor: Option<&str>) -> bool {
        self.acts.iter().any(|(_, act)| match act {
            Act::MuteSource { source: muted } => muted == source,
            Act::MuteMentor { mentor: muted } => mentor.is_some_and(|name| name.to_lowercase() == muted.to_lowercase()),
            _ => false,
        })
    }

    /// Whether the deal rests at this instant.
    pub fn deal_snoozed(&self, deal: &DealId, now: Timestamp) -> bool {
        self.acts.iter().any(|(_, act)| matches!(act, Act::SnoozeDeal { deal: d, until } if d == deal && *until > now))
    }

    /// Whether the stage rests at this instant.
    pub fn stage_snoozed(&self, stage: Stage, now: Timestamp) -> bool {
        self.acts
            .iter()
            .any(|(_, act)| matches!(act, Act::SnoozeStage { stage: s, until } if *s == stage && *until > now))
    }
}

/// "I will try this on deal X": a Pick that a Rep promised to use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commitment {
    /// 16 hexadecimal digits.
    pub id: String,
    /// Who promised.
    pub rep: Email,
    /// What.
    pub post: PostId,
    /// The post's title at that time.
    pub title: String,
    /// On which deal.
    pub deal: DealId,
    /// The deal's name at that time.
    pub deal_name: String,
    /// One line of the rep's own.
    pub note: String,
    /// When it was promised.
    pub made_at: Timestamp,
    /// The day it comes back.
    pub due_on: Date,
    /// What became of it.
    pub state: CommitmentState,
    /// One line of result.
    pub result: Option<String>,
    /// How often "not yet" was the answer; two misses offer to drop it.
    pub misses: u32,
}

/// What became of a commitment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitmentState {
    /// Promised.
    #[default]
    Open,
    /// Did it.
    Done,
    /// Dropped.
    Dropped,
}

/// What a rep writes on a post for colleagues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// 16 hexadecimal digits.
    pub id: String,
    /// Who wrote it.
    pub rep: Email,
    /// The writer's name at that time.
    pub rep_name: String,
    /// On which post.
    pub post: PostId,
    /// Plain text.
    pub text: String,
    /// When.
    pub written_at: Timestamp,
    /// Who may read it.
    pub audience: Audience,
}
