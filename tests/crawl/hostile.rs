use crate::helpers::crawling::{Crawling, local_feed};
use crate::helpers::hostile::Hostile;
use crate::helpers::make::now;
use ridealong::crawl::{How, Outcome};
use ridealong::model::{Health, SourceId, SourceState};
use std::sync::Arc;

/// Every trick, with the word that the health page then shows.
const TRICKS: [(&str, Health); 18] = [
    ("/gzip-bomb", Health::Unreachable),
    ("/brotli-bomb", Health::Unreachable),
    ("/zstd-bomb", Health::Unreachable),
    ("/endless", Health::Unreachable),
    ("/huge", Health::Unreachable),
    ("/drip", Health::Unreachable),
    ("/stall", Health::Unreachable),
    ("/silence", Health::Unreachable),
    ("/many-headers", Health::Unreachable),
    ("/endless-header", Health::Unreachable),
    ("/loop", Health::Unreachable),
    ("/to/http://169.254.169.254/latest/meta-data/", Health::Unreachable),
    ("/login", Health::NotAFeed),
    ("/challenge", Health::Blocked),
    ("/slow-down/120", Health::SlowDown),
    ("/too-short", Health::Unreachable),
    ("/reset", Health::Unreachable),
    ("/too-long", Health::NotAFeed),
];

#[tokio::test]
async fn a_round_of_hostile_sources_ends_and_every_source_says_what_is_wrong_with_it() {
    let crawling = Crawling::new();
    let mut work = Vec::new();
    let mut servers = Vec::new();
    for (path, _) in TRICKS {
        // A server each, as one would be one rate group.
        let server = Hostile::start().await;
        let mut source = local_feed(&server.url(path));
        source.id = SourceId::new(path);
        source.rate_group = Some(path.to_owned());
        work.push((Arc::new(source.clone()), SourceState::new(source.id)));
        servers.push(server);
    }
    let mut round = crawling.crawler.round(work, |_| How::default(), 4, None);
    let mut done = 0;
    while let Some(crawled) = round.recv().await {
        let id = crawled.state.source_id.as_str();
        let (_, health) = TRICKS.iter().find(|(path, _)| *path == id).expect("a trick");
        assert_eq!((crawled.outcome, crawled.state.health), (Outcome::Failed, *health), "{id}");
        assert!(crawled.state.cause.is_some_and(|cause| cause.contains(' ')), "{id}");
        assert!(crawled.state.next_check_at > Some(now()), "{id} is asked again");
        done += 1;
    }
    assert_eq!(done, TRICKS.len());
}
