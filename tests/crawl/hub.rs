//! A subscription from the feed that names a hub to the post that a push brings.

use crate::helpers::due::{Due, item, source};
use crate::helpers::hostile::{Hostile, answer};
use crate::helpers::hub::{Hub, question, signature};
use crate::helpers::pages::Site;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::SignedDuration;
use ridealong::clock::Clock;
use ridealong::jobs::{answer_crawl_asks, subscribe};
use ridealong::model::{AskedCrawl, SourceSet};
use std::sync::Arc;
use url::Url;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn feed(hub: &Hub, titles: &[&str]) -> Vec<u8> {
    let items: String =
        titles.iter().map(|title| item(&[("title", title), ("guid", title), ("description", title)])).collect();
    let text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>T</title>\
         <link>https://t.example/</link><description>d</description><atom:link rel=\"hub\" href=\"{}\"/>\
         <atom:link rel=\"self\" href=\"https://t.example/feed\"/>{items}</channel></rss>",
        hub.url
    );
    answer("200 OK", "Content-Type: application/rss+xml\r\nETag: \"1\"\r\n", text)
}

struct Subscribed {
    site: Site,
    due: Due,
    hub: Hub,
    server: Hostile,
    public: Url,
}

/// A source that was crawled once, and whose hub was asked.
async fn subscribed() -> Subscribed {
    let (site, hub, server) = (Site::new().await, Hub::start().await, Hostile::start().await);
    server.answers("/f", [feed(&hub, &["One"])]);
    site.running.take(Ok(SourceSet { sources: vec![source("pushy", &server.url("/f"))] }));
    let due = Due::over(Arc::clone(&site.store), Arc::clone(&site.running));
    assert_eq!(due.run().await.posts_new, 1);
    let public: Url = "https://ride.example/base/".parse().unwrap();
    assert_eq!(subscribe::run(&due.job, &public).await.unwrap(), 1);
    Subscribed { site, due, hub, server, public }
}

async fn push(site: &Site, path: &str, signed: &str, body: &str) -> StatusCode {
    let request = Request::post(path).header("x-hub-signature", signed).body(Body::from(body.to_owned())).unwrap();
    site.ask(request).await.status
}

#[tokio::test]
async fn a_push_that_the_hub_has_signed_brings_the_new_post_and_a_forged_one_nothing() {
    let Subscribed { site, due, hub, server, public } = subscribed().await;
    let asked = hub.asked().remove(0);
    assert_eq!((asked["hub.mode"].as_str(), asked["hub.topic"].as_str()), ("subscribe", "https://t.example/feed"));
    assert!(asked["hub.callback"].starts_with("https://ride.example/base/websub/"), "{asked:?}");
    assert!(asked["hub.secret"].len() >= 32);
    // The public address has a path of its own; behind it the callback is ours.
    let path = |text: &str| text.replace("/base/websub/", "/websub/");
    let callback = path(Url::parse(&asked["hub.callback"]).unwrap().path());
    assert_eq!(push(&site, &callback, &signature(&asked["hub.secret"], "x"), "x").await, StatusCode::ACCEPTED);
    assert!(site.store.list_crawl_asks().await.unwrap().is_empty(), "nobody has confirmed the subscription yet");
    let echoed = site.get(&path(&question(&asked, "echo <me>")), "").await;
    assert_eq!((echoed.status, echoed.body.as_str()), (StatusCode::OK, "echo <me>"));
    assert!(echoed.header("content-type").starts_with("text/plain"), "a challenge is never a page");
    assert_eq!(subscribe::run(&due.job, &public).await.unwrap(), 0, "an active one is not asked for again");

    server.answers("/f", [feed(&hub, &["Two", "One"])]);
    assert_eq!(push(&site, &callback, "sha256=00", "<rss/>").await, StatusCode::ACCEPTED);
    assert!(site.store.list_crawl_asks().await.unwrap().is_empty(), "a forged push is not heeded");
    assert_eq!(
        push(&site, &callback, &signature(&asked["hub.secret"], "<rss/>"), "<rss/>").await,
        StatusCode::ACCEPTED
    );
    let asks = site.store.list_crawl_asks().await.unwrap();
    assert!(matches!(asks[0].what, AskedCrawl::Pushed(_)));
    assert_eq!(answer_crawl_asks::run(&due.job).await.unwrap(), 0, "it was asked just now: the push waits");
    due.clock.set(due.clock.now() + HOUR / 6);
    assert_eq!(answer_crawl_asks::run(&due.job).await.unwrap(), 1);
    assert!(due.posts().await.iter().any(|post| post.title == "Two"));
    let state = due.state("pushy").await;
    let wait = state.next_check_at.unwrap().duration_since(due.clock.now());
    assert!(wait >= HOUR * 12, "polling is the net below: {wait:?}");
}

#[tokio::test]
async fn a_lease_is_renewed_and_a_hub_that_is_no_longer_named_is_left() {
    let Subscribed { site, due, hub, server, public } = subscribed().await;
    let asked = hub.asked().remove(0);
    site.get(&question(&asked, "x").replace("/base", ""), "").await;
    due.clock.set(due.clock.now() + HOUR * 24 * 7);
    assert_eq!(subscribe::run(&due.job, &public).await.unwrap(), 1, "two thirds of the lease are over");
    let renewed = hub.asked().pop().unwrap();
    assert_eq!(renewed["hub.callback"], asked["hub.callback"]);
    let plain = item(&[("title", "Three"), ("guid", "3"), ("description", "Three")]);
    crate::helpers::due::serve(&server, &[plain]);
    due.run_after(HOUR * 24).await;
    subscribe::run(&due.job, &public).await.unwrap();
    assert_eq!(hub.asked().pop().unwrap()["hub.mode"], "unsubscribe");
    let path = Url::parse(&asked["hub.callback"]).unwrap().path().replace("/base", "");
    assert_eq!(push(&site, &path, "sha256=00", "x").await, StatusCode::GONE, "410 ends it at the hub");
}

#[tokio::test]
async fn nobody_finds_a_callback_by_guessing() {
    let site = Site::new().await;
    for path in ["/websub/abc", "/websub/..%2f..%2f", &format!("/websub/{}", "a".repeat(500))] {
        let asked = site.get(&format!("{path}?hub.mode=subscribe&hub.topic=x&hub.challenge=y"), "").await;
        assert_eq!(asked.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!asked.body.contains(">y<"));
        assert_eq!(push(&site, path, "sha256=00", "x").await, StatusCode::GONE, "{path}");
    }
}
