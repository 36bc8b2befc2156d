//! How a source is doing, in a word and a sentence: what happened and what to do. Pure.

use super::schedule::{BACK_OFF_MAX, GONE, INTERVAL_MIN, SLOW_DOWN_MAX};
use crate::model::{Health, SourceKind};
use crate::net::{FetchError, Response};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Without a new post for so long a source counts as quiet.
pub const QUIET: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Why a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The word.
    pub health: Health,
    /// The sentence.
    pub cause: String,
    /// How long the server asks us to wait.
    pub retry_after: Option<SignedDuration>,
    /// Whether it may as well be our own network that fails.
    pub may_be_ours: bool,
}

impl Trouble {
    /// Trouble of a kind, with its sentence.
    pub fn new(health: Health, cause: impl Into<String>) -> Self {
        Self { health, cause: cause.into(), retry_after: None, may_be_ours: false }
    }

    /// How long the whole rate group is left alone after 429.
    pub fn patience(&self) -> Duration {
        self.retry_after.unwrap_or(INTERVAL_MIN).min(SLOW_DOWN_MAX).unsigned_abs()
    }

    /// The longest wait before the next try.
    pub fn wait_max(&self) -> SignedDuration {
        match self.health {
            Health::SlowDown => SLOW_DOWN_MAX,
            Health::Gone => GONE,
            _ => BACK_OFF_MAX,
        }
    }
}

/// The trouble with a fetch that brought no answer.
pub fn of_error(error: &FetchError) -> Trouble {
    let advice = match error {
        FetchError::Refused(_) | FetchError::Unusable { .. } => "",
        FetchError::Dns { .. } => "; check the address in sources.yaml",
        FetchError::Tls { .. } => "; the publisher has to renew it, or the company's authority has to be trusted here",
        FetchError::TooLarge { .. } => "; where you trust it, raise the limit of body bytes",
        FetchError::Bomb { .. } | FetchError::HeadersTooLarge { .. } => "; do not trust it",
        FetchError::TooManyRedirects { .. } | FetchError::RedirectLoop { .. } | FetchError::BadRedirect { .. } => {
            "; open it in a browser to find the right address"
        }
        FetchError::Connect { .. }
        | FetchError::Timeout { .. }
        | FetchError::TooSlow { .. }
        | FetchError::Broken { .. } => "; it is tried again, there is nothing to do unless it lasts",
    };
    Trouble { may_be_ours: error.may_be_ours(), ..Trouble::new(Health::Unreachable, format!("{error}{advice}")) }
}

/// The trouble with an answer whose status is neither success nor "not modified"; none where there is none.
pub fn of_answer(response: &Response, kind: SourceKind, now: Timestamp) -> Option<Trouble> {
    let host = response.url.host_str().unwrap_or("the server");
    let status = response.status;
    if response.header("cf-mitigated").is_some_and(|value| value.trim().eq_ignore_ascii_case("challenge")) {
        let cause = format!(
            "{host} shows a check for robots instead of the content; ask the publisher to let us in, or use another address of the feed"
        );
        return Some(Trouble::new(Health::Blocked, cause));
    }
    if response.is_success() || response.is_not_modified() {
        return None;
    }
    let (health, cause) = match status {
        401 | 402 | 403 | 407 | 451 => (
            Health::Blocked,
            format!("{host} refuses us ({status}); ask the publisher to let us in, or use another address of the feed"),
        ),
        404 if kind == SourceKind::Youtube => (
            Health::Missing,
            format!("{host} answers 404, as it does for hours at times; check the channel only if it lasts for days"),
        ),
        404 => (
            Health::Missing,
            format!("{host} has nothing at this address (404); look for the new one if it lasts, it is tried again"),
        ),
        410 => (
            Health::Gone,
            format!(
                "{host} says that it is gone for good (410); remove it or give its new address, it is asked weekly"
            ),
        ),
        429 => {
            (Health::SlowDown, format!("{host} asks for fewer requests (429); it is asked less often, nothing to do"))
        }
        _ => (
            Health::Unreachable,
            format!(
                "{host} answers with an error ({status}); it is tried again, there is nothing to do unless it lasts"
            ),
        ),
    };
    Some(Trouble { retry_after: retry_after(response, now), ..Trouble::new(health, cause) })
}

/// How long `Retry-After` asks us to wait, in either of its forms (RFC 9110, section 10.2.3).
pub fn retry_after(response: &Response, now: Timestamp) -> Option<SignedDuration> {
    let text = response.header("retry-after")?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(i64::from(seconds)),
        Err(_) => http_date(text)?.duration_since(now),
    };
    wait.is_positive().then_some(wait)
}

/// For how many seconds the answer says that it stays fresh: `Cache-Control: max-age`, else `Expires`.
pub fn max_age_s(response: &Response, now: Timestamp) -> Option<u64> {
    let directives = response.header_all("cache-control").flat_map(|value| value.split(','));
    let max_age = directives.filter_map(|directive| {
        let (name, value) = directive.trim().split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse::<u64>().ok())?
    });
    max_age.last().or_else(|| {
        let expires = http_date(response.header("expires")?.trim())?;
        u64::try_from(expires.duration_since(now).as_secs()).ok()
    })
}

fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

/// The word and sentence of a source that was read well.
pub fn of_success(
    repaired: bool,
    listed: &str,
    fetched: &str,
    newest_at: Option<Timestamp>,
    now: Timestamp,
) -> (Health, Option<String>) {
    if repaired {
        let cause = "its document is malformed and has been repaired; tell the publisher, nothing else to do";
        return (Health::Repaired, Some(cause.to_owned()));
    }
    if listed != fetched {
        return (Health::Moved, Some(format!("it has moved for good; put {fetched} into sources.yaml")));
    }
    match newest_at {
        Some(newest) if now.duration_since(newest) > QUIET => {
            let days = now.duration_since(newest).as_hours() / 24;
            (Health::Quiet, Some(format!("no new post for {days} days; keep it or remove it, it is asked less often")))
        }
        _ => (Health::Ok, None),
    }
}
