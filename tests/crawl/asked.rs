//! What people want of the crawler now, and what it says when nothing can be reached.

use crate::helpers::due::{Due, item, serve, source};
use crate::helpers::hostile::{Hostile, answer};
use jiff::SignedDuration;
use ridealong::clock::Clock;
use ridealong::jobs::answer_crawl_asks;
use ridealong::model::*;
use ridealong::net::guard;
use url::Url;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn ask(due: &Due, what: AskedCrawl) {
    let ask = CrawlAsk { what, asked_at: due.clock.now(), by: None, found: None };
    due.store.save_crawl_ask(&ask).await.unwrap();
}

fn dead(n: usize) -> Source {
    // Nobody listens at the discard port of these addresses.
    source(&format!("dead-{n}"), &Url::parse(&format!("http://127.0.1.{n}:9/f")).unwrap())
}

#[tokio::test]
async fn a_check_comes_at_once_and_also_for_a_paused_source() {
    let server = Hostile::start().await;
    serve(&server, &[item(&[("title", "One"), ("guid", "1")])]);
    let due = Due::new(vec![Source { paused: true, ..source("blog", &server.url("/f")) }]).await;
    assert_eq!(due.run().await.sources, 0, "a paused source is left alone");
    ask(&due, AskedCrawl::Check(SourceId::new("blog"))).await;
    assert_eq!(answer_crawl_asks::run(&due.job).await.unwrap(), 1);
    assert_eq!(due.posts().await.len(), 1);
    assert!(due.store.list_crawl_asks().await.unwrap().is_empty());
    ask(&due, AskedCrawl::Check(SourceId::new("removed-meanwhile"))).await;
    answer_crawl_asks::run(&due.job).await.unwrap();
}

#[tokio::test]
async fn feeds_behind_an_address_are_found_and_kept_for_a_day() {
    let server = Hostile::start().await;
    let page = "<html><head><link rel=alternate type=application/rss+xml href=/feed></head></html>";
    server.answers("/blog", [answer("200 OK", "Content-Type: text/html\r\n", page)]);
    let due = Due::new(vec![]).await;
    let address = server.url("/blog").to_string();
    ask(&due, AskedCrawl::Find { address: address.clone(), allow_net: vec!["127.0.0.0/8".parse().unwrap()] }).await;
    ask(&due, AskedCrawl::Find { address: "http://127.0.0.1/other".to_owned(), allow_net: vec![] }).await;
    assert_eq!(answer_crawl_asks::run(&due.job).await.unwrap(), 2);
    let asks = due.store.list_crawl_asks().await.unwrap();
    let found = asks.iter().find(|ask| ask.what.id() == format!("find {address}")).unwrap();
    let Some(FoundFeeds::Feeds(feeds)) = &found.found else { panic!("{found:?}") };
    assert_eq!(feeds[0].url, server.url("/feed").as_str());
    let refused = asks.iter().find(|ask| ask.what.id() != found.what.id()).unwrap();
    let Some(FoundFeeds::Nothing(cause)) = &refused.found else { panic!("{refused:?}") };
    assert!(cause.contains("not on the open internet"), "{cause}");
    assert!(guard::judge(&Url::parse("http://127.0.0.1/other").unwrap(), &[]).is_err());
    due.clock.set(due.clock.now() + HOUR * 25);
    answer_crawl_asks::run(&due.job).await.unwrap();
    assert!(due.store.list_crawl_asks().await.unwrap().is_empty());
}

#[tokio::test]
async fn in_a_first_round_in_which_nothing_answers_our_own_network_is_named_and_not_each_host() {
    let due = Due::new((1..=5).map(dead).collect()).await;
    let round = due.run().await;
    assert_eq!(round.failed, 5);
    assert!(round.failures.iter().all(|failure| failure.cause.contains("our own network")), "{:?}", round.failures);
    for n in 1..=5 {
        let state = due.state(&format!("dead-{n}")).await;
        assert_eq!((state.health, state.failures), (Health::Unreachable, 0));
        assert!(state.cause.unwrap().contains("our own network"));
        let wait = state.next_check_at.unwrap().duration_since(due.clock.now());
        assert!(wait <= MINUTE * 10, "all are tried soon: {wait:?}");
    }
    let again = due.run_after(MINUTE * 10).await;
    assert!(again.failures.iter().all(|failure| failure.cause.contains("our own network")), "and as long as it lasts");
}

#[tokio::test]
async fn an_outage_is_known_also_where_sources_come_due_one_by_one() {
    let mut servers = Vec::new();
    let mut sources = Vec::new();
    for n in 0..4 {
        let server = Hostile::start().await;
        serve(&server, &[item(&[("title", "One"), ("guid", "1")])]);
        let url = server.url("/f").to_string().replace("127.0.0.1", &format!("127.0.0.{}", n + 1));
        sources.push(source(&format!("s{n}"), &Url::parse(&url).unwrap()));
        servers.push(server);
    }
    // The server listens on 127.0.0.1 only: under the other names nobody is there from the start.
    let due = Due::new(sources.clone()).await;
    let good = SourceState { last_good_at: Some(due.clock.now()), health: Health::Ok, ..SourceState::default() };
    for source in &sources {
        let state = SourceState {
            source_id: source.id.clone(),
            listed_url: Some(source.url.clone()),
            next_check_at: Some(due.clock.now() + HOUR * 100),
            ..good.clone()
        };
        let batch = ridealong::store::CrawlBatch { lease: None, state: Some(state), posts: vec![], comments: vec![] };
        due.store.save_crawl(batch).await.unwrap();
    }
    for n in 1..4 {
        let id = format!("s{n}");
        let due_now = SourceState { next_check_at: Some(due.clock.now()), ..due.state(&id).await };
        let batch = ridealong::store::CrawlBatch { lease: None, state: Some(due_now), posts: vec![], comments: vec![] };
        due.store.save_crawl(batch).await.unwrap();
        assert_eq!(due.run_after(MINUTE).await.sources, 1);
    }
    for n in 1..4 {
        let state = due.state(&format!("s{n}")).await;
        assert_eq!((state.health, state.failures), (Health::Ok, 0), "s{n} is not blamed, also not in hindsight");
    }
}
