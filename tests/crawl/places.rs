use crate::helpers::crawling::{Crawling, feed, local_feed};
use crate::helpers::hostile::{FEED, Hostile, answer};
use crate::helpers::make::now;
use jiff::SignedDuration;
use ridealong::crawl::{How, Outcome};
use ridealong::model::{CommentsFrom, Health, Selectors, Source, SourceKind};
use std::fs;

const ASKED: How = How { asked: true, pushed: false, subscribed: false };

#[tokio::test]
async fn a_folder_of_markdown_is_read_again_only_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("discounts.md");
    fs::write(&page, "# When they ask for a discount\n\nAsk what they would give for it.\n").unwrap();
    let source = Source { kind: SourceKind::Wiki, ..feed(folder.path().to_str().unwrap()) };
    let crawling = Crawling::new();
    let first = crawling.first(&source).await;
    assert_eq!((first.outcome, first.state.health, first.posts.len()), (Outcome::Read, Health::Ok, 1));
    assert_eq!(first.posts[0].title, "When they ask for a discount");
    assert!(first.state.next_check_at.unwrap().duration_since(now()) < SignedDuration::from_hours(24));
    let again = crawling.crawler.crawl(&source, &first.state, ASKED).await;
    assert_eq!((again.outcome, again.posts.len()), (Outcome::Unchanged, 0));
    fs::write(&page, "# When they ask for a discount\n\nAsk what they would give for it, and wait.\n").unwrap();
    assert_eq!(crawling.crawler.crawl(&source, &again.state, ASKED).await.outcome, Outcome::Read);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said_so() {
    for kind in [SourceKind::Wiki, SourceKind::Maildir] {
        let crawled = Crawling::new().first(&Source { kind, ..feed("/no/such/folder") }).await;
        assert_eq!((crawled.outcome, crawled.state.health), (Outcome::Failed, Health::Unreachable));
        assert!(crawled.state.cause.unwrap().contains("/no/such/folder"));
    }
}

#[tokio::test]
async fn a_newsletter_that_comes_by_mail_becomes_a_post() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("new")).unwrap();
    let mail = "Message-ID: <1@longclose.example>\r\nFrom: Dana Whitlock <dana@longclose.example>\r\n\
        Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nSubject: =?utf-8?Q?Silence_is_an_answer?=\r\n\
        Content-Type: text/html; charset=utf-8\r\n\r\n\
        <p>When a buyer goes quiet, ask what changed.</p><img src=\"https://t.example/open.gif\" width=\"1\" height=\"1\"><script>x()</script>";
    fs::write(folder.path().join("new/1"), mail).unwrap();
    fs::write(folder.path().join("new/2"), [0xff, 0x00, 0x13]).unwrap();
    let source = Source { kind: SourceKind::Maildir, ..feed(folder.path().to_str().unwrap()) };
    let crawled = Crawling::new().first(&source).await;
    let post = crawled.posts.iter().find(|post| post.title == "Silence is an answer").unwrap();
    assert_eq!(post.mentor.as_deref(), Some("Dana Whitlock"));
    assert_eq!(post.published_at, Some("2026-11-20T08:00:00Z".parse().unwrap()));
    assert!(post.text.starts_with("When a buyer goes quiet"));
    assert!(!post.html.contains("script") && !post.html.contains("dana@"), "{}", post.html);
}

#[tokio::test]
async fn a_page_is_read_by_its_selectors_and_says_when_they_find_nothing() {
    let server = Hostile::start().await;
    let page = "<html><title>Blog</title><article><h2><a href='/one'>One question</a></h2></article></html>";
    server.answers("/blog", [answer("200 OK", "Content-Type: text/html\r\n", page)]);
    let of = |items: &str| Source {
        kind: SourceKind::Page,
        selectors: Some(Selectors { items: items.to_owned(), ..Selectors::default() }),
        ..local_feed(&server.url("/blog"))
    };
    let crawling = Crawling::new();
    let good = crawling.first(&of("article")).await;
    assert_eq!((good.posts.len(), good.posts[0].title.as_str()), (1, "One question"));
    let bad = crawling.first(&of(".no-such-thing")).await;
    assert_eq!(bad.state.health, Health::NotAFeed);
    assert!(bad.state.cause.unwrap().contains(".no-such-thing"));
}

#[tokio::test]
async fn a_page_follows_robots_txt_for_everybody() {
    let server = Hostile::start().await;
    server.answers("/robots.txt", [answer("200 OK", "", "User-agent: *\nDisallow: /blog\n")]);
    server.answers("/blog", [answer("200 OK", "", "<article><a href='/one'>One</a></article>")]);
    let selectors = Some(Selectors { items: "article".to_owned(), ..Selectors::default() });
    let source = Source { kind: SourceKind::Page, selectors, ..local_feed(&server.url("/blog")) };
    let crawled = Crawling::new().first(&source).await;
    assert_eq!((crawled.outcome, crawled.state.health), (Outcome::Failed, Health::Blocked));
    assert!(server.seen().iter().all(|seen| seen.path == "/robots.txt"), "it is asked before the page is");
}

#[tokio::test]
async fn one_comment_feed_for_a_whole_site_is_spread_over_its_posts() {
    let server = Hostile::start().await;
    let comment = |n: u32, post: &str| {
        format!(
            "<item><guid>c{n}</guid><link>https://longclose.example/{post}#comment-{n}</link>\
             <description>I name the step and then I count to ten before I say anything.</description></item>"
        )
    };
    let comments =
        format!("<rss version='2.0'><channel>{}{}</channel></rss>", comment(1, "ask-first"), comment(2, "elsewhere"));
    server.answers("/comments", [answer("200 OK", "", comments)]);
    server.answers("/blog", [answer("200 OK", "Content-Type: application/rss+xml\r\n", FEED)]);
    let source =
        Source { comments: CommentsFrom::Url(server.url("/comments").into()), ..local_feed(&server.url("/blog")) };
    let crawled = Crawling::new().first(&source).await;
    assert_eq!(crawled.comments.len(), 1);
    assert_eq!(crawled.comments[0].post_id, crawled.posts[0].id);
}
