use crate::helpers::crawling::{Crawling, local_feed};
use crate::helpers::hostile::{FEED, Hostile, answer};
use crate::helpers::make::now;
use jiff::SignedDuration;
use ridealong::crawl::{How, Outcome};
use ridealong::model::{Health, SourceState};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn requests(server: &Hostile, path: &str) -> usize {
    server.seen().iter().filter(|seen| seen.path == path).count()
}

#[tokio::test]
async fn a_feed_brings_its_posts_and_is_asked_conditionally_after_that() {
    let server = Hostile::start().await;
    let fresh = answer("200 OK", "ETag: W/\"v1\"\r\nContent-Type: application/rss+xml\r\n", FEED);
    let same = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec();
    server.answers("/blog", [fresh, same]);
    let (crawling, source) = (Crawling::new(), local_feed(&server.url("/blog")));
    let first = crawling.first(&source).await;
    assert_eq!((first.outcome, first.posts.len()), (Outcome::Read, 2));
    assert_eq!(first.state.health, Health::Ok);
    assert_eq!(first.state.newest_title.as_deref(), Some("Ask for the order before they ask for the discount"));
    assert_eq!(first.state.last_good_at, Some(now()));
    crawling.pass(DAY);
    let second = crawling.crawl(&source, &first.state).await;
    assert_eq!((second.outcome, second.posts.len()), (Outcome::Unchanged, 0));
    assert_eq!(second.state.validators.etag.as_deref(), Some("W/\"v1\""));
    assert_eq!(
        server.seen().iter().rev().find(|seen| seen.path == "/blog").unwrap().header("if-none-match"),
        Some("W/\"v1\"")
    );
}

#[tokio::test]
async fn manners_hold_unless_a_person_asks() {
    let server = Hostile::start().await;
    let (crawling, source) = (Crawling::new(), local_feed(&server.url("/feed")));
    let first = crawling.first(&source).await;
    crawling.pass(HOUR * 2);
    let early = crawling.crawl(&source, &first.state).await;
    assert_eq!(early.outcome, Outcome::NotYet, "without validators a feed is asked once a day");
    assert_eq!(requests(&server, "/feed"), 1);
    assert!(early.state.next_check_at >= Some(now() + DAY));
    let asked = crawling.crawler.crawl(&source, &first.state, How { asked: true, ..How::default() }).await;
    assert_eq!(asked.outcome, Outcome::Unchanged, "the same bytes are not parsed again");
    assert_eq!(requests(&server, "/feed"), 2);
}

#[tokio::test]
async fn a_login_page_and_a_challenge_are_named_and_lose_nothing() {
    let server = Hostile::start().await;
    let crawling = Crawling::new();
    let good = crawling.first(&local_feed(&server.url("/feed"))).await.state;
    crawling.pass(DAY * 2);
    for (path, health) in [("/login", Health::NotAFeed), ("/challenge", Health::Blocked)] {
        let source = local_feed(&server.url(path));
        let state = SourceState { listed_url: Some(source.url.clone()), ..good.clone() };
        let bad = crawling.crawl(&source, &state).await;
        assert_eq!((bad.outcome, bad.state.health), (Outcome::Failed, health), "{path}");
        assert_eq!((&bad.state.validators, &bad.state.body_hash), (&state.validators, &state.body_hash), "{path}");
        assert_eq!(bad.state.last_good_at, Some(now()));
        assert!(bad.state.cause.is_some_and(|cause| cause.len() > 20), "{path}");
    }
}

#[tokio::test]
async fn retry_after_is_honoured_in_both_forms() {
    let server = Hostile::start().await;
    let date = "Mon,_23_Nov_2026_17:00:00_GMT";
    for (path, hours) in [("/slow-down/36000".to_owned(), 10), (format!("/slow-down/{date}"), 10)] {
        let crawling = Crawling::new();
        let slowed = crawling.first(&local_feed(&server.url(&path))).await.state;
        assert_eq!(slowed.health, Health::SlowDown);
        let wait = slowed.next_check_at.unwrap().duration_since(now());
        assert!(wait >= HOUR * hours && wait < HOUR * (hours + 1), "{path}: {wait}");
    }
}

#[tokio::test]
async fn a_permanent_redirect_moves_the_address_after_it_has_held_for_a_week() {
    let server = Hostile::start().await;
    let crawling = Crawling::new();
    let source = local_feed(&server.url("/moved//feed"));
    let mut state = crawling.first(&source).await.state;
    for _ in 0..6 {
        crawling.pass(DAY + HOUR);
        state = crawling.crawl(&source, &state).await.state;
        assert_eq!((state.url.as_deref(), state.health), (None, Health::Ok));
        assert!(state.moved.is_some());
    }
    crawling.pass(DAY + HOUR);
    state = crawling.crawl(&source, &state).await.state;
    let new = server.url("/feed").to_string();
    assert_eq!((state.url.as_deref(), state.health), (Some(new.as_str()), Health::Moved));
    assert!(state.cause.as_ref().unwrap().contains(&new));
    let before = requests(&server, "/moved//feed");
    crawling.pass(DAY * 2);
    crawling.crawl(&source, &state).await;
    assert_eq!(requests(&server, "/moved//feed"), before);
    // Where the team enters another address, everything begins anew.
    let other = local_feed(&server.url("/feed?2"));
    let fresh = crawling.crawl(&other, &state).await.state;
    assert_eq!((fresh.url, fresh.health), (None, Health::Missing));
}

#[tokio::test]
async fn a_temporary_redirect_never_moves_anything() {
    let server = Hostile::start().await;
    let crawling = Crawling::new();
    let source = local_feed(&server.url("/to//feed"));
    let mut state = crawling.first(&source).await.state;
    for _ in 0..9 {
        crawling.pass(DAY + HOUR);
        state = crawling.crawl(&source, &state).await.state;
    }
    assert_eq!((state.url, state.moved, state.health), (None, None, Health::Ok));
}

#[tokio::test]
async fn gone_is_asked_weekly_and_missing_is_an_ordinary_error() {
    let server = Hostile::start().await;
    server.answers("/gone", [answer("410 Gone", "", "")]);
    let crawling = Crawling::new();
    let gone = crawling.first(&local_feed(&server.url("/gone"))).await.state;
    assert_eq!(gone.health, Health::Gone);
    let wait = gone.next_check_at.unwrap().duration_since(now());
    assert!(wait >= DAY * 7 && wait < DAY * 9, "{wait}");
    let missing = crawling.first(&local_feed(&server.url("/nothing"))).await.state;
    assert_eq!(missing.health, Health::Missing);
    let wait = missing.next_check_at.unwrap().duration_since(now());
    assert!(wait >= HOUR && wait <= HOUR * 2, "{wait}");
}

#[tokio::test]
async fn a_robots_txt_that_names_us_stops_a_listed_feed_and_is_looked_at_daily() {
    let server = Hostile::start().await;
    let forbid = answer("200 OK", "", "User-agent: Ridealong\nDisallow: /feed\n");
    server.answers("/robots.txt", [forbid]);
    let (crawling, source) = (Crawling::new(), local_feed(&server.url("/feed")));
    let first = crawling.first(&source).await;
    assert_eq!((first.outcome, first.state.health), (Outcome::Failed, Health::Blocked));
    assert!(first.posts.is_empty());
    assert!(first.state.cause.unwrap().contains("robots.txt"));
    crawling.pass(HOUR * 3);
    let state = SourceState { cause: None, ..first.state };
    crawling.crawler.crawl(&source, &state, How { asked: true, ..How::default() }).await;
    assert_eq!(requests(&server, "/feed"), 1, "not even for a person");
}

#[tokio::test]
async fn robots_txt_is_asked_once_a_day_and_not_before_every_request() {
    let server = Hostile::start().await;
    let (crawling, source) = (Crawling::new(), local_feed(&server.url("/feed")));
    let mut state = crawling.first(&source).await.state;
    assert_eq!(requests(&server, "/robots.txt"), 1);
    for _ in 0..4 {
        crawling.pass(HOUR * 5);
        state = crawling.crawler.crawl(&source, &state, How { asked: true, ..How::default() }).await.state;
    }
    assert_eq!(requests(&server, "/robots.txt"), 1);
    crawling.pass(HOUR * 5);
    crawling.crawler.crawl(&source, &state, How { asked: true, ..How::default() }).await;
    assert_eq!(requests(&server, "/robots.txt"), 2);
}

#[tokio::test]
async fn a_429_holds_all_sources_of_the_host_back_and_nobody_stands_in_line_for_it() {
    let server = Hostile::start().await;
    let crawling = Crawling::new();
    crawling.first(&local_feed(&server.url("/slow-down/7200"))).await;
    let other = crawling.first(&local_feed(&server.url("/feed"))).await;
    assert_eq!((other.outcome, other.state.health), (Outcome::NotYet, Health::New));
    assert!(other.state.next_check_at.unwrap().duration_since(now()) > HOUR);
    assert_eq!(requests(&server, "/feed"), 0);
}
