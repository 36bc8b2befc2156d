use super::ConfigError;
use super::layer::Layer;
use super::value::{Span, Words, within};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Manners of the crawler towards hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct CrawlSettings {
    /// Time between the end of one request and the start of the next in the same rate group.
    pub gap: Duration,
    /// What is asked as one, where no named group fits.
    pub group_by: GroupBy,
    /// Groups of hosts that are asked as one, with their own gap. The first that fits counts.
    pub groups: Vec<RateGroup>,
    /// The shortest interval between two checks of a source, unless its own feed allows less.
    pub check_every_min: Duration,
    /// The longest interval between two checks of a source that can be read.
    pub check_every_max: Duration,
    /// Folder for the copies of wikis that are kept in git.
    pub wikis: PathBuf,
    /// Requests in flight at once, over all hosts.
    pub in_flight_max: usize,
}

/// What is asked one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Each host by itself.
    Host,
    /// A registrable domain with all its hosts.
    Domain,
}

impl GroupBy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            GroupBy::Host => "host",
            GroupBy::Domain => "domain",
        }
    }
}

/// Hosts that are asked as one: one request in flight, and a gap between two.
#[derive(Clone, Debug, PartialEq)]
pub struct RateGroup {
    /// Its name; a source joins it with `rate_group: NAME`.
    pub name: String,
    /// Domains whose hosts belong to it, each with all its subdomains.
    pub domains: Vec<String>,
    /// Time between two requests.
    pub gap: Duration,
}

/// Time between two requests to a host, in seconds.
const GAP_S: u64 = 1;
/// Reddit answers about one anonymous request a minute and address.
const REDDIT_GAP_S: u64 = 60;
/// Time between two requests to a platform that counts over all its subdomains, in seconds.
const PLATFORM_GAP_S: u64 = 2;
/// Requests in flight at once.
const IN_FLIGHT_MAX: usize = 512;

/// The shortest interval between two checks, in seconds: what publishers ask of conditional requests.
const CHECK_EVERY_MIN_S: u64 = 60 * 60;
/// The longest interval between two checks, in seconds.
const CHECK_EVERY_MAX_S: u64 = 24 * 60 * 60;
/// The longest interval that can be set, in seconds.
const CHECK_EVERY_LIMIT_S: u64 = 7 * 24 * 60 * 60;
/// The longest gap between two requests that can be set, in seconds.
const GAP_LIMIT_S: u64 = 60 * 60;
/// The most requests in flight that can be set.
const IN_FLIGHT_LIMIT: usize = 4_096;

impl Default for CrawlSettings {
    fn default() -> Self {
        let group = |name: &str, domains: &[&str], seconds| RateGroup {
            name: name.to_owned(),
            domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
            gap: Duration::from_secs(seconds),
        };
        Self {
            gap: Duration::from_secs(GAP_S),
            group_by: GroupBy::Host,
            check_every_min: Duration::from_secs(CHECK_EVERY_MIN_S),
            check_every_max: Duration::from_secs(CHECK_EVERY_MAX_S),
            groups: vec![
                group("reddit", &["reddit.com", "redd.it"], REDDIT_GAP_S),
                group("tumblr", &["tumblr.com"], PLATFORM_GAP_S),
                group("substack", &["substack.com"], PLATFORM_GAP_S),
            ],
            wikis: PathBuf::from("data/wikis"),
            in_flight_max: IN_FLIGHT_MAX,
        }
    }
}

impl CrawlSettings {
    /// What the layers say, checked.
    pub(super) fn of(set: &Layer) -> Result<Self, ConfigError> {
        let usual = Self::default();
        let seconds = |s| Span(Duration::from_secs(s));
        let span = |key, value: Option<Span>, usual, least, most| {
            within(key, value.unwrap_or(Span(usual)), least, most).map(|span| span.0)
        };
        let check_every_min = span(
            "check-every-min",
            set.check_every_min,
            usual.check_every_min,
            seconds(CHECK_EVERY_MIN_S),
            seconds(CHECK_EVERY_MAX_S),
        )?;
        Ok(Self {
            gap: span("request-gap", set.request_gap, usual.gap, seconds(0), seconds(GAP_LIMIT_S))?,
            group_by: match set.rate_group_by.as_deref() {
                None | Some("host") => GroupBy::Host,
                Some("domain") => GroupBy::Domain,
                Some(other) => {
                    return Err(ConfigError(format!("rate-group-by: {other:?} is neither host nor domain")));
                }
            },
            groups: groups(set.rate_groups.as_ref(), usual.groups)?,
            check_every_min,
            check_every_max: span(
                "check-every-max",
                set.check_every_max,
                usual.check_every_max,
                Span(check_every_min),
                seconds(CHECK_EVERY_LIMIT_S),
            )?,
            in_flight_max: within(
                "in-flight-max",
                set.in_flight_max.unwrap_or(usual.in_flight_max),
                1,
                IN_FLIGHT_LIMIT,
            )?,
            wikis: usual.wikis,
        })
    }

    /// The named groups as the setting writes them.
    pub(super) fn groups_as_words(&self) -> Words {
        let word = |group: &RateGroup| format!("{}={}:{}", group.name, Span(group.gap), group.domains.join("+"));
        Words(self.groups.iter().map(word).collect())
    }
}

/// The groups that a team names, before the shipped ones that they do not replace.
fn groups(words: Option<&Words>, shipped: Vec<RateGroup>) -> Result<Vec<RateGroup>, ConfigError> {
    let Some(words) = words else { return Ok(shipped) };
    let mut named = Vec::new();
    let mut replaced = Vec::new();
    for word in &words.0 {
        let refuse = |why: &str| {
            ConfigError(format!("rate-groups: {word:?} {why}; write it like rsshub=5s:rsshub.example+rss.example"))
        };
        let (name, rest) = word.split_once('=').ok_or_else(|| refuse("has no ="))?;
        replaced.push(name.to_owned());
        if rest == "off" {
            continue;
        }
        let (gap, domains) = rest.split_once(':').ok_or_else(|| refuse("names no domain"))?;
        let gap = Span::from_str(gap).map_err(|_| refuse("has no gap before the colon"))?;
        within("rate-groups", gap, Span(Duration::ZERO), Span(Duration::from_secs(GAP_LIMIT_S)))?;
        let domains: Vec<String> = domains.split('+').map(|domain| domain.trim().to_ascii_lowercase()).collect();
        if name.is_empty() || domains.iter().any(|domain| !is_domain(domain)) {
            return Err(refuse("has no name, or something that is no domain"));
        }
        named.push(RateGroup { name: name.to_owned(), domains, gap: gap.0 });
    }
    named.extend(shipped.into_iter().filter(|group| !replaced.contains(&group.name)));
    Ok(named)
}

fn is_domain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}
