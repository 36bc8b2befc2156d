use std::path::PathBuf;
use std::time::Duration;

/// Manners of the crawler towards hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct CrawlSettings {
    /// Time between the end of one request and the start of the next in the same rate group.
    pub gap: Duration,
    /// Groups of hosts that are asked as one, with their own gap. The first that fits counts.
    pub groups: Vec<RateGroup>,
    /// Folder for the copies of wikis that are kept in git.
    pub wikis: PathBuf,
    /// Requests in flight at once, over all hosts.
    pub in_flight_max: usize,
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

impl Default for CrawlSettings {
    fn default() -> Self {
        let group = |name: &str, domains: &[&str], seconds| RateGroup {
            name: name.to_owned(),
            domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
            gap: Duration::from_secs(seconds),
        };
        Self {
            gap: Duration::from_secs(GAP_S),
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
