use super::{Email, PostId, Stage};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a play stands.
const PLAY_TTL: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What holds for a whole team. Reps without a team are one team, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamSettings {
    /// Whether the team's managers may see its commitments; off until somebody turns it on.
    pub shares_commitments: bool,
    /// The play of the week.
    pub play: Option<Play>,
}

/// The play of the week: a post that a manager pins for the team, with a note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// The post.
    pub post: PostId,
    /// Why this one, in the manager's words; may be empty.
    pub note: String,
    /// Who pinned it.
    pub by: Email,
    /// Their name at that time.
    pub by_name: String,
    /// When.
    pub pinned_at: Timestamp,
}

impl Play {
    /// Whether it stands at this instant: for seven days.
    pub fn stands(&self, now: Timestamp) -> bool {
        now.duration_since(self.pinned_at) < PLAY_TTL
    }
}

/// How much there is to read for one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The stage.
    pub stage: Stage,
    /// Posts from outside that serve it first.
    pub posts: usize,
    /// Pages of the team's own wiki that serve it first.
    pub wiki: usize,
}

/// Something that an admin changed for others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminAct {
    /// Sorts the newest first; made of the instant.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Email,
    /// What, as a sentence without its subject: "saved the rep maya@example.com (manager)". Holds no secrets.
    pub what: String,
}
