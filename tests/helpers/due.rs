//! The whole way in: crawl, identity, tags and store, against servers on the loopback interface.

use super::crawling::{Crawling, local_feed};
use super::hostile::{Hostile, answer};
use super::stores;
use jiff::SignedDuration;
use ridealong::clock::{Clock, FixedClock};
use ridealong::jobs::crawl_due::{CrawlDue, Round, RoundSummary};
use ridealong::jobs::leases::Leases;
use ridealong::model::*;
use ridealong::sources::Running;
use ridealong::store::{PostQuery, Store};
use ridealong::tag::Tagger;
use std::sync::Arc;
use url::Url;

/// A crawl job over a store in memory.
pub struct Due {
    pub job: CrawlDue,
    pub store: Arc<dyn Store>,
    pub clock: Arc<FixedClock>,
}

impl Due {
    /// Over these sources.
    pub async fn new(sources: Vec<Source>) -> Self {
        let store = stores::fresh().await;
        Self::over(store, Arc::new(Running::new(SourceSet { sources })))
    }

    /// Over a store and sources of somebody else.
    pub fn over(store: Arc<dyn Store>, running: Arc<Running>) -> Self {
        let Crawling { crawler, clock } = Crawling::new();
        let leases = Leases::new(Arc::clone(&store), clock.clone());
        let job = CrawlDue::new(leases, crawler, Tagger::shipped(), running, 8);
        Self { job, store, clock }
    }

    /// Runs what is due.
    pub async fn run(&self) -> RoundSummary {
        self.job.run(&Round::default(), &|_, _| {}).await.unwrap()
    }

    /// Runs what is due after some time.
    pub async fn run_after(&self, time: SignedDuration) -> RoundSummary {
        self.clock.set(self.clock.now() + time);
        self.run().await
    }

    /// The state of a source.
    pub async fn state(&self, id: &str) -> SourceState {
        let states = self.store.list_states().await.unwrap();
        states.into_iter().find(|state| state.source_id.as_str() == id).unwrap()
    }

    /// Every post.
    pub async fn posts(&self) -> Vec<Post> {
        self.store.list_posts(&PostQuery { max: 1_000, ..PostQuery::default() }).await.unwrap()
    }
}

/// A source on a loopback server, with an id and a rate group of its own.
pub fn source(id: &str, url: &Url) -> Source {
    Source {
        id: SourceId::new(id),
        name: id.to_owned(),
        rate_group: Some(id.to_owned()),
        full_text: false,
        comments: CommentsFrom::Off,
        ..local_feed(url)
    }
}

/// An item of RSS 2.0 with the elements that it is given.
pub fn item(elements: &[(&str, &str)]) -> String {
    let inner: String =
        elements.iter().map(|(name, text)| format!("<{name}>{text}</{}>", name.split(' ').next().unwrap())).collect();
    format!("<item>{inner}</item>")
}

/// A feed of these items.
pub fn rss(items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title><link>https://t.example/</link>\
         <description>d</description>{}</channel></rss>",
        items.concat()
    )
}

/// Has a server give this feed at `/f` from now on.
pub fn serve(server: &Hostile, items: &[String]) {
    server.answers("/f", [answer("200 OK", "Content-Type: application/rss+xml\r\n", rss(items))]);
}
