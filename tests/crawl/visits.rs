use crate::helpers::crawling::{Crawling, local_feed};
use crate::helpers::hostile::{Hostile, answer};
use crate::helpers::make::{days_ago, now, post};
use jiff::SignedDuration;
use ridealong::crawl::threads::{count_moved, first_due, next_due};
use ridealong::model::{CommentsFrom, Post, Source, Stage, Thread};
use std::time::{Duration, Instant};

const DAY: SignedDuration = SignedDuration::from_hours(24);

const COMMENTS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Comments</title>
<item><title>By: Ann</title><guid>https://blog.example/a#comment-1</guid><link>https://blog.example/a#comment-1</link>
<pubDate>Sat, 21 Nov 2026 08:00:00 GMT</pubDate>
<description>I ask what the delay costs them, and then I wait for the number before I say anything else.</description></item>
</channel></rss>"#;

fn discussed(server: &Hostile, thread: Thread) -> (Source, Post) {
    let thread = Thread { feed_url: thread.feed_url.or(Some(server.url("/a/feed").into())), ..thread };
    (
        local_feed(&server.url("/feed")),
        Post { thread, url: "https://blog.example/a".to_owned(), ..post("a", "A", Stage::Closing) },
    )
}

#[tokio::test]
async fn comments_are_fetched_where_their_count_moved_and_nowhere_else() {
    let server = Hostile::start().await;
    server.answers("/a/feed", [answer("200 OK", "Content-Type: application/rss+xml\r\n", COMMENTS)]);
    let crawling = Crawling::new();
    let (source, post) = discussed(&server, Thread { count: Some(1), ..Thread::default() });
    let first = crawling.crawler.crawl_thread(&source, &post).await;
    assert_eq!((first.comments.len(), first.cause), (1, None));
    assert_eq!((first.thread.fetched_count, first.thread.fetched_at), (Some(1), Some(now())));
    let before = server.seen().len();
    let again = crawling.crawler.crawl_thread(&source, &Post { thread: first.thread, ..post }).await;
    assert!(again.comments.is_empty() && again.cause.is_none());
    assert_eq!(server.seen().len(), before, "no request was made");
}

#[tokio::test]
async fn comment_pages_and_feeds_follow_robots_txt() {
    let server = Hostile::start().await;
    server.answers("/a/feed", [answer("200 OK", "", COMMENTS)]);
    server.answers("/robots.txt", [answer("200 OK", "", "User-agent: *\nDisallow: /a\n")]);
    let (source, post) = discussed(&server, Thread::default());
    let crawled = Crawling::new().crawler.crawl_thread(&source, &post).await;
    assert!(crawled.comments.is_empty() && crawled.cause.unwrap().contains("robots.txt"));
    assert!(server.seen().iter().all(|seen| seen.path == "/robots.txt"));
}

#[tokio::test]
async fn a_thread_that_cannot_be_read_is_tried_again_on_the_next_of_its_days() {
    let server = Hostile::start().await;
    let thread = Thread { feed_url: Some(server.url("/login").into()), ..Thread::default() };
    let (source, post) = discussed(&server, thread);
    let crawled =
        Crawling::new().crawler.crawl_thread(&source, &Post { published_at: Some(days_ago(2)), ..post }).await;
    assert!(crawled.cause.is_some());
    assert_eq!(crawled.thread.due_at, Some(now() + DAY));
}

#[test]
fn comments_are_due_after_1_3_7_and_30_days_and_then_never_again() {
    let source = local_feed(&"http://127.0.0.1/".parse().unwrap());
    let of_age = |days| {
        let thread = Thread { feed_url: Some("https://blog.example/a/feed".to_owned()), ..Thread::default() };
        Post { thread, published_at: Some(days_ago(days)), ..post("a", "A", Stage::Closing) }
    };
    for (age, due) in [(0, Some(1)), (1, Some(3)), (4, Some(7)), (8, Some(30)), (31, None)] {
        assert_eq!(next_due(&of_age(age), now()), due.map(|due| days_ago(age) + DAY * due), "{age}");
        assert_eq!(first_due(&of_age(age), &source, now()), next_due(&of_age(age), now()));
    }
    let old = of_age(60);
    let lively = Post { thread: Thread { count: Some(9), ..old.thread.clone() }, ..old.clone() };
    let due = first_due(&lively, &source, now()).unwrap();
    assert!(due > now() && due < now() + DAY, "an old thread with comments is read once");
    let off = Source { comments: CommentsFrom::Off, ..source };
    assert_eq!(first_due(&lively, &off, now()), None);
    let quiet = Thread { count: Some(4), fetched_count: Some(4), fetched_at: Some(now()), ..Thread::default() };
    assert!(!count_moved(&quiet) && count_moved(&Thread { count: Some(5), ..quiet }));
}

#[tokio::test]
async fn a_host_is_asked_one_at_a_time_and_a_slow_one_keeps_nobody_else_waiting() {
    let (slow, quick) = (Hostile::start().await, Hostile::start().await);
    let crawling = Crawling::new();
    let begun = Instant::now();
    let stuck = Source { rate_group: Some("slow".to_owned()), ..local_feed(&slow.url("/silence")) };
    let good = Source { rate_group: Some("quick".to_owned()), ..local_feed(&quick.url("/feed")) };
    let crawler = crawling.crawler.clone();
    let waiting = tokio::spawn(async move { crawler.crawl(&stuck, &Default::default(), Default::default()).await });
    assert_eq!(crawling.first(&good).await.posts.len(), 2);
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
    assert!(waiting.await.unwrap().silent);
}
