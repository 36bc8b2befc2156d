use crate::helpers::crawling::{Crawling, local_feed};
use crate::helpers::hostile::{FEED, Hostile, answer};
use ridealong::crawl::DiscoveryError;
use ridealong::crawl::discovery::{of_address, of_channel_page, usual_places};
use ridealong::model::SourceKind;
use url::Url;

const RSS: &str = "Content-Type: application/rss+xml\r\n";
const HTML: &str = "Content-Type: text/html\r\n";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[tokio::test]
async fn the_feed_behind_a_page_is_found_by_its_link_tag_with_the_comments_beside_it() {
    let server = Hostile::start().await;
    let page = "<html><head><title>Blog</title>\
        <link rel='alternate' type='application/rss+xml' href='/comments/feed/' title='Comments'>\
        <link rel='stylesheet' href='/feed.css'>\
        <link href='feed/' type='application/rss+xml; charset=utf-8' rel='home alternate'></head></html>";
    server.answers("/blog/", [answer("200 OK", HTML, page)]);
    server.answers("/blog/feed/", [answer("200 OK", RSS, FEED)]);
    server.answers(
        "/comments/feed/",
        [answer("200 OK", RSS, FEED.replace("The Long Close", "Comments for The Long Close"))],
    );
    let found =
        Crawling::new().crawler.discover(server.url("/blog/").as_str(), &local_feed(&server.url("/"))).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].url.as_str(), found[0].title.as_str(), found[0].posts),
        (server.url("/blog/feed/").as_str(), "The Long Close", 2)
    );
    assert_eq!(found[0].comments_url.as_deref(), Some(server.url("/comments/feed/").as_str()));
}

#[tokio::test]
async fn a_link_header_and_a_plain_link_in_the_text_are_followed_too() {
    let server = Hostile::start().await;
    let header = format!("{HTML}Link: </by-header.xml>; rel=\"alternate\"; type=\"application/atom+xml\"\r\n");
    server.answers("/header", [answer("200 OK", &header, "<html></html>")]);
    server.answers("/text", [answer("200 OK", HTML, "<html><base href='/deep/x'><a href='index.xml'>RSS</a></html>")]);
    for place in ["/by-header.xml", "/deep/index.xml"] {
        server.answers(place, [answer("200 OK", RSS, FEED)]);
    }
    let like = local_feed(&server.url("/"));
    for (page, place) in [("/header", "/by-header.xml"), ("/text", "/deep/index.xml")] {
        let found = Crawling::new().crawler.discover(server.url(page).as_str(), &like).await.unwrap();
        assert_eq!(found[0].url, server.url(place).as_str(), "{page}");
    }
}

#[tokio::test]
async fn an_address_that_is_a_feed_is_taken_and_a_silent_page_is_tried_at_the_usual_places() {
    let server = Hostile::start().await;
    let like = local_feed(&server.url("/"));
    let found = Crawling::new().crawler.discover(server.url("/feed").as_str(), &like).await.unwrap();
    assert_eq!((found[0].url.as_str(), found[0].kind), (server.url("/feed").as_str(), SourceKind::Feed));
    server.answers("/about", [answer("200 OK", HTML, "<html><body>Hello</body></html>")]);
    let found = Crawling::new().crawler.discover(server.url("/about").as_str(), &like).await.unwrap();
    assert_eq!((found.len(), found[0].url.as_str()), (1, server.url("/feed").as_str()));
}

#[tokio::test]
async fn where_nothing_is_found_the_sentence_says_what_to_do() {
    let server = Hostile::start().await;
    let like = local_feed(&server.url("/"));
    let crawler = Crawling::new().crawler;
    let cases = ["not an address at all", "ftp://example.com/", ""];
    for text in cases {
        let error = crawler.discover(text, &like).await.unwrap_err();
        assert!(matches!(error, DiscoveryError::NoAddress(_)), "{text}: {error}");
    }
    let missing = crawler.discover(server.url("/nothing-here").as_str(), &like).await.unwrap_err();
    assert!(missing.to_string().contains("404"), "{missing}");
}

#[tokio::test]
async fn discovery_goes_through_the_same_guard_as_everything_else() {
    let server = Hostile::start().await;
    let like = ridealong::model::Source { allow_net: Vec::new(), ..local_feed(&server.url("/")) };
    let error = Crawling::new().crawler.discover(server.url("/feed").as_str(), &like).await.unwrap_err();
    assert!(error.to_string().contains("not on the open internet"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn where_nobody_wrote_https_an_old_site_is_found_by_http_too() {
    let server = Hostile::start().await;
    let typed = server.url("/feed").to_string().replace("http://", "");
    let found = Crawling::new().crawler.discover(&typed, &local_feed(&server.url("/"))).await.unwrap();
    assert_eq!(found[0].url, server.url("/feed").as_str());
}

#[test]
fn well_known_sites_need_no_page() {
    for (address, feed, kind) in [
        (
            "https://www.youtube.com/channel/UCe2q5H-cL9UxvxmbvzKKVeA",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCe2q5H-cL9UxvxmbvzKKVeA",
            SourceKind::Youtube,
        ),
        (
            "https://www.youtube.com/playlist?list=PL1",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
            SourceKind::Youtube,
        ),
        ("https://old.reddit.com/r/sales/comments/1", "https://www.reddit.com/r/sales/.rss", SourceKind::Reddit),
        ("https://bsky.app/profile/seller.example", "https://bsky.app/profile/seller.example/rss", SourceKind::Bluesky),
        ("https://mastodon.social/@seller", "https://mastodon.social/@seller.rss", SourceKind::Mastodon),
        ("https://mastodon.social/tags/sales", "https://mastodon.social/tags/sales.rss", SourceKind::Mastodon),
        ("https://closer.substack.com/p/a-post", "https://closer.substack.com/feed", SourceKind::Feed),
        ("https://medium.com/@seller/a-post", "https://medium.com/feed/@seller", SourceKind::Feed),
    ] {
        let hints = of_address(&url(address));
        assert_eq!((hints[0].url.as_str(), hints[0].kind), (feed, kind), "{address}");
    }
    for address in ["https://www.youtube.com/@seller", "https://example.com/blog", "https://reddit.com/"] {
        assert!(of_address(&url(address)).is_empty(), "{address}");
    }
}

#[test]
fn the_channel_behind_a_youtube_handle_is_read_from_its_page() {
    let page = br#"<script>{"externalId":"UCe2q5H-cL9UxvxmbvzKKVeA","x":1}</script>"#;
    let hints = of_channel_page(&url("https://www.youtube.com/@seller"), page);
    assert_eq!(hints[0].url.as_str(), "https://www.youtube.com/feeds/videos.xml?channel_id=UCe2q5H-cL9UxvxmbvzKKVeA");
    assert!(of_channel_page(&url("https://example.com/"), page).is_empty());
}

#[test]
fn the_usual_places_are_few_and_begin_beside_the_page() {
    let places = usual_places(&url("https://example.com/sales-blog"));
    assert_eq!(places[0].url.as_str(), "https://example.com/sales-blog/feed");
    assert!(places.len() <= 12);
}
