//! Social platforms and comment threads in their own words.

use jiff::Timestamp;
use ridealong::crawl::{comments, social};
use ridealong::model::{CommentWorth, SourceKind};
use url::Url;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("an instant")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/parse/social/{name}.json", env!("CARGO_MANIFEST_DIR")))
        .expect("the fixture")
}

#[test]
fn a_hacker_news_thread_keeps_its_tree_over_deleted_comments() {
    let post = super::posts::post_at("https://a.example/open");
    let url = Url::parse("https://hn.algolia.com/api/v1/items/1").expect("an address");
    let thread = comments::from_document(&fixture("hackernews-item"), Some("application/json"), &url, &post, now())
        .expect("a thread");
    let names: Vec<_> = thread.iter().map(|comment| comment.mentor.as_deref().unwrap_or("")).collect();
    assert_eq!(names, ["ann", "bo", "cy"]);
    assert_eq!(thread[1].parent_id.as_ref(), Some(&thread[0].id), "the answer to a deleted comment moves up");
    assert_eq!(thread[2].worth, CommentWorth::Thin);
}

#[test]
fn a_bluesky_thread_is_read_with_its_answers_and_its_text_is_no_markup() {
    let post = super::posts::post_at("https://bsky.app/profile/ann.example/post/root");
    let thread = social::thread(&fixture("bluesky-thread"), &post, now()).expect("a thread");
    assert_eq!(thread.len(), 2);
    assert_eq!(thread[0].url.as_deref(), Some("https://bsky.app/profile/bo.example/post/one"));
    assert_eq!(thread[1].parent_id.as_ref(), Some(&thread[0].id));
    assert_eq!(thread[1].text, "Only when the number is yours to give <b>");
}

#[test]
fn mastodon_statuses_are_posts_with_titles_of_their_own_words() {
    let url = Url::parse("https://town.example/api/v1/accounts/1/statuses").expect("an address");
    let feed = social::read(SourceKind::Mastodon, &fixture("mastodon-statuses"), None, &url, now()).expect("a feed");
    let entry = &feed.entries[0];
    assert_eq!(entry.title.as_deref(), Some("Before a demo I ask for the one screen that would make them say no."));
    assert_eq!(entry.mentor.as_deref(), Some("Ann Lee"));
    assert_eq!(entry.comments_feed_url.as_deref(), Some("https://town.example/api/v1/statuses/11/context"));
}

#[test]
fn people_write_the_address_they_see_and_the_right_one_is_asked() {
    let asked = |kind: SourceKind, url: &str| {
        let source = ridealong::model::Source { kind, url: url.into(), ..super::posts::source() };
        social::address(&source).expect("an address").to_string()
    };
    assert_eq!(
        asked(SourceKind::Reddit, "https://www.reddit.com/r/sales+revops/"),
        "https://www.reddit.com/r/sales+revops/.rss"
    );
    assert_eq!(
        asked(SourceKind::Reddit, "https://www.reddit.com/.rss?feed=abc&user=me"),
        "https://www.reddit.com/.rss?feed=abc&user=me"
    );
    assert_eq!(
        asked(SourceKind::Youtube, "https://www.youtube.com/channel/UC123"),
        "https://www.youtube.com/feeds/videos.xml?channel_id=UC123"
    );
    assert_eq!(asked(SourceKind::Mastodon, "https://town.example/tags/sales"), "https://town.example/tags/sales.rss");
    assert!(
        asked(SourceKind::Bluesky, "https://bsky.app/profile/ann.example").contains("getAuthorFeed?actor=ann.example")
    );
    assert_eq!(asked(SourceKind::Feed, "https://a.example/feed"), "https://a.example/feed");
}
