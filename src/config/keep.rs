use super::ConfigError;
use super::layer::Layer;
use super::value::{Span, within};
use jiff::civil::Time;
use std::time::Duration;

/// When backups are made, how many stay, and how long posts are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeepSettings {
    /// The hour of the nightly backup, in the zone of the machine; none makes none.
    pub backup_at: Option<Time>,
    /// Days of which the newest backup stays.
    pub backup_days: usize,
    /// Weeks of which the newest backup stays.
    pub backup_weeks: usize,
    /// Posts that are dated and were first seen longer ago are let go, unless somebody holds on to them or they are
    /// wiki pages; none keeps all.
    pub posts: Option<Duration>,
}

/// Three years, in seconds.
const POSTS_S: u64 = 3 * 365 * DAY_S;
/// A day, in seconds.
const DAY_S: u64 = 24 * 3_600;
/// The most backups of one kind that are kept.
const BACKUPS_LIMIT: usize = 1_000;
/// The shortest and the longest time that posts can be kept.
const POSTS_LEAST_S: u64 = 30 * DAY_S;
const POSTS_MOST_S: u64 = 100 * 365 * DAY_S;

impl Default for KeepSettings {
    fn default() -> Self {
        Self {
            backup_at: Some(jiff::civil::time(2, 30, 0, 0)),
            backup_days: 7,
            backup_weeks: 5,
            posts: Some(Duration::from_secs(POSTS_S)),
        }
    }
}

impl KeepSettings {
    pub(super) fn of(set: &Layer) -> Result<Self, ConfigError> {
        let usual = Self::default();
        let posts = set.keep_posts.unwrap_or(Span(usual.posts_or_zero()));
        let seconds = |s| Span(Duration::from_secs(s));
        Ok(Self {
            backup_at: hour(set.backup_at.as_deref().unwrap_or(&usual.backup_at_as_text()))?,
            backup_days: within("backup-days", set.backup_days.unwrap_or(usual.backup_days), 1, BACKUPS_LIMIT)?,
            backup_weeks: within("backup-weeks", set.backup_weeks.unwrap_or(usual.backup_weeks), 0, BACKUPS_LIMIT)?,
            posts: match posts.0.is_zero() {
                true => None,
                false => Some(within("keep-posts", posts, seconds(POSTS_LEAST_S), seconds(POSTS_MOST_S))?.0),
            },
        })
    }

    pub(super) fn backup_at_as_text(&self) -> String {
        self.backup_at.map_or_else(|| "off".to_owned(), |at| at.strftime("%H:%M").to_string())
    }

    pub(super) fn posts_or_zero(&self) -> Duration {
        self.posts.unwrap_or_default()
    }
}

/// An hour of the day, or none for `off`.
fn hour(text: &str) -> Result<Option<Time>, ConfigError> {
    if text == "off" {
        return Ok(None);
    }
    Time::strptime("%H:%M", text)
        .map(Some)
        .map_err(|_| ConfigError(format!("backup-at: {text:?} is not an hour; write it like 02:30, or off")))
}
