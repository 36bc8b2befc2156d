use super::{Email, SourceId, SourceKind};
use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is wanted of the crawler now, beside its schedule. It waits in the store, so that no page waits for the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrawlAsk {
    /// What.
    pub what: AskedCrawl,
    /// When.
    pub asked_at: Timestamp,
    /// Who; none where a hub asks.
    pub by: Option<Email>,
    /// What was found, for `AskedCrawl::Find`; none while it waits.
    pub found: Option<FoundFeeds>,
}

/// What the crawler is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedCrawl {
    /// A person wants a source checked.
    Check(SourceId),
    /// A hub says that a source has something new.
    Pushed(SourceId),
    /// A person wants the feeds behind an address.
    Find {
        /// As they typed it.
        address: String,
        /// Internal ranges that it may lead to.
        allow_net: Vec<IpNet>,
    },
}

/// The feeds behind an address, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundFeeds {
    /// The likeliest first; never empty.
    Feeds(Vec<FoundFeed>),
    /// One sentence.
    Nothing(String),
}

/// A feed that was found, fetched and read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFeed {
    /// Its address, for `sources.yaml`.
    pub url: String,
    /// How it is read.
    pub kind: SourceKind,
    /// Its title, or the address.
    pub title: String,
    /// How many posts it carries now.
    pub posts: usize,
    /// The date of the newest.
    pub newest_at: Option<Timestamp>,
    /// How it was found, in a few words.
    pub why: String,
    /// A feed of the comments on the whole site, where it names one.
    pub comments_url: Option<String>,
}

impl AskedCrawl {
    /// What the ask is known by: asking twice for the same is asking once.
    pub fn id(&self) -> String {
        match self {
            AskedCrawl::Check(source) => format!("check {source}"),
            AskedCrawl::Pushed(source) => format!("pushed {source}"),
            AskedCrawl::Find { address, .. } => format!("find {address}"),
        }
    }
}
