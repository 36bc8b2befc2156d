//! The team's own wiki over time: what it claims, renames and deletes.

use crate::helpers::crawling::feed;
use crate::helpers::make::now;
use crate::helpers::stores;
use jiff::SignedDuration;
use ridealong::clock::FixedClock;
use ridealong::config::{CrawlSettings, NetSettings};
use ridealong::crawl::Crawler;
use ridealong::jobs::crawl_due::{CrawlDue, Round};
use ridealong::jobs::leases::Leases;
use ridealong::model::*;
use ridealong::net::Client;
use ridealong::sources::Running;
use ridealong::store::{PostQuery, Store};
use ridealong::tag::Tagger;
use std::fs::{remove_file, rename, write};
use std::sync::Arc;

const PRICE: &str = "---\nstage: closing\naudience: north\n---\n# Holding the price\n\nWhen procurement asks for a discount we do not lower the price, \
we take something out of the scope, and we ask for a date in return. Write the exchange down before the meeting, with one thing \
to give and one thing to get on every line, and bring the sheet with you.\n";
const CALLS: &str = "# Cold calls\n\nCall before ten, give the reason for the call in the first sentence, and ask one question about \
something that changed at the prospect in the last ninety days. Count how long they speak, and note the words that they use \
for the trouble, since those words belong into the second call and into every later mail.\n";

struct Wiki {
    folder: tempfile::TempDir,
    store: Arc<dyn Store>,
    clock: Arc<FixedClock>,
    job: CrawlDue,
}

impl Wiki {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Source { kind: SourceKind::Wiki, ..feed(folder.path().to_str().unwrap()) };
        let (store, clock) = (stores::fresh().await, Arc::new(FixedClock::new(now())));
        let crawler = Crawler::new(Client::new(&NetSettings::default()), CrawlSettings::default(), clock.clone());
        let sources = Arc::new(Running::new(SourceSet { sources: vec![source] }));
        let leases = Leases::new(store.clone(), clock.clone());
        let job = CrawlDue::new(leases, crawler, Tagger::shipped(), sources, 2);
        Self { folder, store, clock, job }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    async fn crawl(&self) -> Vec<Post> {
        self.clock.set(ridealong::clock::Clock::now(&*self.clock) + SignedDuration::from_hours(2));
        self.job.run(&Round { asked: true, ..Round::default() }, &|_, _| {}).await.unwrap();
        let mut posts = self.store.list_posts(&PostQuery { source: None, after: None, max: 50 }).await.unwrap();
        posts.sort_by(|a, b| a.title.cmp(&b.title));
        posts
    }
}

#[tokio::test]
async fn what_a_page_claims_overrules_the_tagger_and_its_audience_is_carried() {
    let wiki = Wiki::new().await;
    write(wiki.path("price.md"), PRICE).unwrap();
    let price = wiki.crawl().await.remove(0);
    assert_eq!((price.tagged.primary, price.tagged.score(Stage::Closing)), (Some(Stage::Closing), 1.0));
    assert!(price.tagged.stages.iter().any(|tag| tag.stage == Stage::Negotiation), "{:?}", price.tagged.stages);
    assert_eq!(price.audience, Audience::Team("north".to_owned()));
    write(wiki.path("price.md"), PRICE.replace("closing", "negotiation")).unwrap();
    assert_eq!(wiki.crawl().await[0].tagged.primary, Some(Stage::Negotiation));
}

#[tokio::test]
async fn a_renamed_page_stays_itself_and_a_deleted_one_goes() {
    let wiki = Wiki::new().await;
    write(wiki.path("price.md"), PRICE).unwrap();
    write(wiki.path("calls.md"), CALLS).unwrap();
    let before = wiki.crawl().await;
    assert_eq!(before.len(), 2);
    rename(wiki.path("price.md"), wiki.path("holding-the-price.md")).unwrap();
    let renamed = wiki.crawl().await;
    let ids = |posts: &[Post]| posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&renamed), ids(&before));
    assert_eq!(renamed[1].guid.as_deref(), Some("holding-the-price.md"));
    remove_file(wiki.path("calls.md")).unwrap();
    let after = wiki.crawl().await;
    assert_eq!(ids(&after), [before[1].id.clone()]);
    remove_file(wiki.path("holding-the-price.md")).unwrap();
    assert_eq!(wiki.crawl().await.len(), 1, "an empty folder is a disk that is not mounted");
}
