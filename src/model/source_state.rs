use super::SourceId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What is remembered of fetching a source. Made by `crawl`, kept by the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceState {
    /// The source it belongs to.
    pub source_id: SourceId,
    /// The source's own address when it was last fetched: where the team changes it, what is below starts anew.
    pub listed_url: Option<String>,
    /// The URL that was last fetched; other than the source's own where a permanent redirect has moved it.
    pub url: Option<String>,
    /// What the server gave us to ask conditionally with.
    pub validators: Validators,
    /// Hash of the last body, to skip parsing when a server that knows no validators sends the same again.
    pub body_hash: Option<String>,
    /// State in a word that a person understands.
    pub health: Health,
    /// Why it is in that state and what to do, in one sentence.
    pub cause: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// When the last request was made.
    pub checked_at: Option<Timestamp>,
    /// When a request last asked without validators.
    pub unconditional_at: Option<Timestamp>,
    /// When the source was last read well (200 that parsed, or 304).
    pub last_good_at: Option<Timestamp>,
    /// When it is due again; none means now.
    pub next_check_at: Option<Timestamp>,
    /// Date of the newest post seen.
    pub newest_at: Option<Timestamp>,
    /// Title of the newest post seen.
    pub newest_title: Option<String>,
    /// Instants of the last posts, newest first, at most 20: the adaptive interval is made of their gaps.
    pub recent_at: Vec<Timestamp>,
    /// A permanent redirect that has been seen but has not held for seven days yet.
    pub moved: Option<MovedTo>,
    /// The interval that the feed itself asks for, in seconds (ttl, sy:updatePeriod, max-age).
    pub asked_interval_s: Option<u64>,
    /// For how long the server says that its last good answer stays fresh (`Cache-Control`, `Expires`), in seconds.
    #[serde(default)]
    pub fresh_s: Option<u64>,
    /// Hours (UTC, 0 to 23) at which the feed asks not to be read.
    pub skip_hours: Vec<u8>,
    /// Days (1 Monday to 7 Sunday) on which the feed asks not to be read.
    pub skip_days: Vec<u8>,
    /// Posts per week over the last weeks, oldest first, for the health chart.
    pub posts_per_week: Vec<u32>,
    /// Posts that the source carries, also those first seen elsewhere.
    pub posts: u64,
    /// How the last document had to be repaired.
    pub notes: Vec<String>,
    /// WebSub hub and topic that the feed names.
    pub hub: Option<String>,
    /// The feed's own address as it names it (`rel=self`), the WebSub topic.
    pub topic: Option<String>,
    /// When robots.txt was last asked about this source.
    pub robots_checked_at: Option<Timestamp>,
    /// Whether it names our token and forbids the source's address.
    pub robots_forbid: bool,
}

impl Default for SourceState {
    fn default() -> Self {
        Self::new(SourceId::new(""))
    }
}

impl SourceState {
    /// The same without instants that lie clearly ahead: they were noted by a clock that was wrong, and would keep the
    /// source from being asked until it is that late. Two processes' clocks may differ by minutes.
    pub fn without_future(mut self, now: Timestamp) -> Self {
        const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
        let ahead = |at: Timestamp| at.duration_since(now) > CLOCKS_DIFFER;
        if self.checked_at.is_some_and(ahead) {
            (self.checked_at, self.next_check_at) = (None, None);
        }
        for at in [&mut self.unconditional_at, &mut self.robots_checked_at, &mut self.last_good_at] {
            *at = at.filter(|at| !ahead(*at));
        }
        self
    }

    /// The state of a source that has never been fetched.
    pub fn new(source_id: SourceId) -> Self {
        Self {
            source_id,
            listed_url: None,
            url: None,
            validators: Validators::default(),
            body_hash: None,
            health: Health::New,
            cause: None,
            failures: 0,
            checked_at: None,
            unconditional_at: None,
            last_good_at: None,
            next_check_at: None,
            newest_at: None,
            newest_title: None,
            recent_at: Vec::new(),
            moved: None,
            asked_interval_s: None,
            fresh_s: None,
            skip_hours: Vec::new(),
            skip_days: Vec::new(),
            posts_per_week: Vec::new(),
            posts: 0,
            notes: Vec::new(),
            hub: None,
            topic: None,
            robots_checked_at: None,
            robots_forbid: false,
        }
    }
}

/// Validators of an HTTP response, byte for byte as the server sent them (RFC 9110, section 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, with its quotes and `W/`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// A permanent redirect under observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedTo {
    /// Where it points.
    pub url: String,
    /// Since when it has pointed there without a break.
    pub since: Timestamp,
}

/// The state of a source in a word that a person understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Never fetched.
    #[default]
    New,
    /// Read well.
    Ok,
    /// Read well, but nothing new for long.
    Quiet,
    /// The server asks for fewer requests (429).
    SlowDown,
    /// The server refuses us (401, 403, a challenge, robots.txt).
    Blocked,
    /// The source has moved to another address.
    Moved,
    /// The address answers with something that is not a feed.
    NotAFeed,
    /// The document was malformed and has been repaired.
    Repaired,
    /// No usable answer: network failure, time-out, server error.
    Unreachable,
    /// 404.
    Missing,
    /// 410.
    Gone,
}

impl Health {
    /// The word that JSON and pages use.
    pub fn as_str(self) -> &'static str {
        match self {
            Health::New => "new",
            Health::Ok => "ok",
            Health::Quiet => "quiet",
            Health::SlowDown => "slow_down",
            Health::Blocked => "blocked",
            Health::Moved => "moved",
            Health::NotAFeed => "not_a_feed",
            Health::Repaired => "repaired",
            Health::Unreachable => "unreachable",
            Health::Missing => "missing",
            Health::Gone => "gone",
        }
    }

    /// Whether posts are being read in this state.
    pub fn is_good(self) -> bool {
        matches!(self, Health::Ok | Health::Quiet | Health::Moved | Health::Repaired)
    }
}
