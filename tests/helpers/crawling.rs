//! A crawler against servers on the loopback interface.

use super::make::now;
use jiff::{SignedDuration, Timestamp};
use ridealong::clock::{Clock, FixedClock};
use ridealong::config::{CrawlSettings, NetSettings};
use ridealong::crawl::{Crawled, Crawler, How};
use ridealong::model::*;
use ridealong::net::Client;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A crawler with its clock.
pub struct Crawling {
    pub crawler: Crawler,
    pub clock: Arc<FixedClock>,
}

impl Crawling {
    /// Stands at `now`; its limits are short, so that tests are.
    pub fn new() -> Self {
        let net = NetSettings {
            connect_timeout: Duration::from_secs(2),
            first_byte_timeout: Duration::from_secs(1),
            rate_grace: Duration::from_millis(300),
            ..NetSettings::default()
        };
        Self::with(Client::new(&net), CrawlSettings::default())
    }

    pub fn with(client: Client, settings: CrawlSettings) -> Self {
        let clock = Arc::new(FixedClock::new(now()));
        Self { crawler: Crawler::new(client, settings, clock.clone()), clock }
    }

    /// Moves the clock on.
    pub fn pass(&self, time: SignedDuration) -> Timestamp {
        let later = self.clock.now() + time;
        self.clock.set(later);
        later
    }

    /// Crawls as the schedule would.
    pub async fn crawl(&self, source: &Source, state: &SourceState) -> Crawled {
        self.crawler.crawl(source, state, How::default()).await
    }

    /// Crawls for the first time.
    pub async fn first(&self, source: &Source) -> Crawled {
        self.crawl(source, &SourceState::new(source.id.clone())).await
    }
}

/// A feed on a loopback server.
pub fn local_feed(url: &Url) -> Source {
    Source { allow_net: vec!["127.0.0.0/8".parse().unwrap()], ..feed(url.as_str()) }
}

/// A feed somewhere.
pub fn feed(url: &str) -> Source {
    Source {
        id: SourceId::new("long-close"),
        name: "The Long Close".to_owned(),
        kind: SourceKind::Feed,
        url: url.to_owned(),
        check_every_s: 3600,
        full_text: true,
        comments: CommentsFrom::Auto,
        mentor_role: MentorRole::Practitioner,
        stages: Vec::new(),
        trust: 0.8,
        audience: Audience::Everyone,
        allow_net: Vec::new(),
        rate_group: None,
        selectors: None,
        paused: false,
        span: None,
    }
}
