//! Comment streams of every platform, through the crawler, from servers that speak their shapes.

use crate::helpers::crawling::{Crawling, local_feed};
use crate::helpers::hostile::{Hostile, answer};
use crate::helpers::make::{now, post};
use jiff::SignedDuration;
use ridealong::crawl::wants_article;
use ridealong::model::*;

/// Name, parent's name and first words of what a stream gives.
async fn thread(kind: SourceKind, url: &str, guid: &str, body: &str) -> Vec<(String, Option<String>, String)> {
    let server = Hostile::start().await;
    server.answers("/stream", [answer("200 OK", "", body)]);
    let source = Source { kind, ..local_feed(&server.url("/feed")) };
    let thread = Thread { feed_url: Some(server.url("/stream").into()), count: Some(3), ..Thread::default() };
    let post =
        Post { kind, thread, url: url.to_owned(), guid: Some(guid.to_owned()), ..post("a", "A", Stage::Closing) };
    let crawling = Crawling::new();
    let crawled = crawling.crawler.crawl_thread(&source, &post).await;
    assert_eq!(crawled.cause, None);
    assert_eq!(crawled.thread.fetched_count, Some(3));
    crawling.pass(SignedDuration::from_hours(24 * 3));
    let again = crawling.crawler.crawl_thread(&source, &Post { thread: crawled.thread, ..post }).await;
    assert!(again.comments.is_empty(), "the count did not move");
    assert_eq!(server.seen().iter().filter(|seen| seen.path == "/stream").count(), 1);
    let name = |id: &CommentId| crawled.comments.iter().find(|c| &c.id == id).and_then(|c| c.mentor.clone());
    let all = crawled.comments.iter().map(|comment| {
        let first = comment.text.split(' ').take(3).collect::<Vec<_>>().join(" ");
        (comment.mentor.clone().unwrap_or_default(), comment.parent_id.as_ref().and_then(name), first)
    });
    all.collect()
}

fn said(mentor: &str, parent: Option<&str>, first: &str) -> (String, Option<String>, String) {
    (mentor.to_owned(), parent.map(str::to_owned), first.to_owned())
}

#[tokio::test]
async fn a_mastodon_context_keeps_who_answers_whom() {
    let context = r#"{"ancestors":[],"descendants":[
      {"id":"2","in_reply_to_id":"1","created_at":"2026-11-20T10:00:00Z","url":"https://town.example/@bo/2","content":"<p>Ask who else must see it first.</p>","account":{"display_name":"Bo"}},
      {"id":"3","in_reply_to_id":"2","created_at":"2026-11-20T11:00:00Z","url":"https://town.example/@cy/3","content":"<p>And ask when they see it.</p>","account":{"display_name":"","acct":"cy"}}]}"#;
    let found = thread(
        SourceKind::Mastodon,
        "https://town.example/@ann/1",
        "https://town.example/users/ann/statuses/1",
        context,
    )
    .await;
    assert_eq!(found, [said("Bo", None, "Ask who else"), said("cy", Some("Bo"), "And ask when")]);
}

#[tokio::test]
async fn a_bluesky_thread_and_a_hacker_news_item_keep_who_answers_whom() {
    let bluesky = r#"{"thread":{"post":{"uri":"at://a/app.bsky.feed.post/1"},"replies":[{"post":{"uri":"at://b/app.bsky.feed.post/2","author":{"handle":"bo.example","displayName":"Bo"},"record":{"text":"Ask who else must see it.","createdAt":"2026-11-20T10:00:00Z"}},
      "replies":[{"post":{"uri":"at://c/app.bsky.feed.post/3","author":{"handle":"cy.example"},"record":{"text":"And ask when they see it.","createdAt":"2026-11-20T11:00:00Z"}}}]}]}}"#;
    let found = thread(
        SourceKind::Bluesky,
        "https://bsky.app/profile/ann.example/post/1",
        "at://a/app.bsky.feed.post/1",
        bluesky,
    )
    .await;
    assert_eq!(found, [said("Bo", None, "Ask who else"), said("cy.example", Some("Bo"), "And ask when")]);
    let item = r#"{"id":1,"title":"A","children":[{"id":2,"author":"bo","created_at":"2026-11-20T10:00:00Z","text":"<p>Ask who else must see it.","children":[{"id":3,"author":"cy","created_at":"2026-11-20T11:00:00Z","text":"And ask when they see it.","children":[]}]}]}"#;
    let found =
        thread(SourceKind::Hackernews, "https://a.example/x", "https://news.ycombinator.com/item?id=1", item).await;
    assert_eq!(found, [said("bo", None, "Ask who else"), said("cy", Some("bo"), "And ask when")]);
}

#[tokio::test]
async fn a_reddit_thread_begins_with_the_post_which_is_no_comment() {
    let feed = r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A : sales</title>
<entry><author><name>/u/ann</name></author><content type="html">&lt;p&gt;The post itself, again.&lt;/p&gt;</content><id>t3_z</id><link href="https://www.reddit.com/r/sales/comments/z/a/"/><updated>2026-11-20T09:00:00+00:00</updated><title>A</title></entry>
<entry><author><name>/u/bo</name></author><content type="html">&lt;p&gt;Ask who else must see it.&lt;/p&gt;</content><id>t1_k</id><link href="https://www.reddit.com/r/sales/comments/z/a/k/"/><updated>2026-11-20T10:00:00+00:00</updated><title>/u/bo on A</title></entry></feed>"#;
    let found = thread(SourceKind::Reddit, "https://www.reddit.com/r/sales/comments/z/a/", "t3_z", feed).await;
    assert_eq!(found, [said("/u/bo", None, "Ask who else")]);
}

#[tokio::test]
async fn disqus_and_blogger_streams_are_read_with_what_they_know_of_parents() {
    let disqus = r#"<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A - Latest Comments</title>
<item><title>Re: A</title><link>https://a.example/x#comment-12</link><description>&lt;p&gt;Ask who else must see it.&lt;/p&gt;</description><dc:creator>Bo</dc:creator><pubDate>Fri, 20 Nov 2026 10:00:00 -0000</pubDate></item></channel></rss>"#;
    assert_eq!(thread(SourceKind::Feed, "https://a.example/x", "1", disqus).await, [said("Bo", None, "Ask who else")]);
    let blogger = r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><title>Comments on A</title>
<entry><id>tag:blogger.com,1999:blog-7.post-21</id><published>2026-11-20T10:00:00Z</published><content type="html">Ask who else must see it.</content><link rel="alternate" href="https://a.example/2026/11/x.html?showComment=1#c21"/><author><name>Bo</name></author><thr:in-reply-to ref="tag:blogger.com,1999:blog-7.post-9" href="https://a.example/2026/11/x.html"/></entry>
<entry><id>tag:blogger.com,1999:blog-7.post-22</id><published>2026-11-20T11:00:00Z</published><content type="html">And ask when they see it.</content><link rel="alternate" href="https://a.example/2026/11/x.html?showComment=2#c22"/><link rel="related" href="https://www.blogger.com/feeds/7/9/comments/default/21"/><author><name>Cy</name></author><thr:in-reply-to ref="tag:blogger.com,1999:blog-7.post-9" href="https://a.example/2026/11/x.html"/></entry></feed>"#;
    let found =
        thread(SourceKind::Feed, "https://a.example/2026/11/x.html", "tag:blogger.com,1999:blog-7.post-9", blogger)
            .await;
    assert_eq!(found, [said("Bo", None, "Ask who else"), said("Cy", Some("Bo"), "And ask when")]);
}

#[tokio::test]
async fn ordinary_feeds_of_platforms_lead_to_their_threads() {
    let server = Hostile::start().await;
    let statuses = r#"<rss version="2.0"><channel><title>Ann</title><item><guid isPermaLink="true">https://town.example/@ann/11</guid><link>https://town.example/@ann/11</link><description>Ask for the screen that would make them say no.</description></item></channel></rss>"#;
    let stories = r#"<rss version="2.0"><channel><title>Ask HN</title><item><title>A story</title><link>https://a.example/x</link><comments>https://news.ycombinator.com/item?id=81</comments></item></channel></rss>"#;
    server.answers("/@ann.rss", [answer("200 OK", "", statuses)]);
    server.answers("/hn", [answer("200 OK", "", stories)]);
    let first = async |kind, path: &str| {
        let source = Source { kind, ..local_feed(&server.url(path)) };
        Crawling::new().first(&source).await.posts.remove(0).thread.feed_url
    };
    assert_eq!(
        first(SourceKind::Mastodon, "/@ann").await.as_deref(),
        Some("https://town.example/api/v1/statuses/11/context")
    );
    assert_eq!(first(SourceKind::Hackernews, "/hn").await.as_deref(), Some("https://hn.algolia.com/api/v1/items/81"));
}

#[tokio::test]
async fn a_stream_without_a_count_is_asked_on_each_of_its_days() {
    let server = Hostile::start().await;
    let page = "<html><body><article><p>Text of the post.</p></article><ol class=commentlist><li id=comment-1><cite>Bo</cite><p>Ask who else must see it first.</p></ol></body></html>";
    server.answers("/x", [answer("200 OK", "", page), answer("200 OK", "", page)]);
    let thread = Thread { url: Some(server.url("/x").into()), ..Thread::default() };
    let post = Post { thread, published_at: Some(now()), ..post("a", "A", Stage::Closing) };
    let (crawling, source) = (Crawling::new(), local_feed(&server.url("/feed")));
    let first = crawling.crawler.crawl_thread(&source, &post).await;
    assert_eq!((first.comments.len(), first.thread.count), (1, Some(1)));
    let again = crawling.crawler.crawl_thread(&source, &Post { thread: first.thread, ..post }).await;
    assert_eq!((again.comments.len(), again.thread.count), (1, Some(1)));
}

#[tokio::test]
async fn the_transcript_of_an_episode_is_read_behind_its_notes() {
    let server = Hostile::start().await;
    let feed = format!(
        r#"<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Bag</title>
<item><title>Pilots</title><guid>e1</guid><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>On pilots that end.</description><itunes:duration>31:05</itunes:duration>
<enclosure url="https://cdn.example/e1.mp3" type="audio/mpeg" length="123"/><podcast:transcript url="{}" type="text/vtt"/></item></channel></rss>"#,
        server.url("/e1.vtt")
    );
    let vtt = "WEBVTT\n\nNOTE made by hand\n\n1\n00:00:01.000 --> 00:00:04.000\n<v Ann Lee>A pilot without an exit\n\n00:00:04.000 --> 00:00:06.000\n<v Ann Lee>is a present &amp; a trap.\n\n00:00:06.500 --> 00:00:07.000\n<v Bo>Say <i>why</i>.\n";
    server.answers("/podcast", [answer("200 OK", "", &feed)]);
    server.answers("/e1.vtt", [answer("200 OK", "Content-Type: text/vtt\r\n", vtt)]);
    let crawling = Crawling::new();
    let source = Source { kind: SourceKind::Podcast, ..local_feed(&server.url("/podcast")) };
    let episode = crawling.first(&source).await.posts.remove(0);
    assert_eq!(episode.duration_s, Some(1865));
    assert_eq!((episode.enclosures[0].mime.as_str(), episode.enclosures[0].length), ("audio/mpeg", Some(123)));
    assert!(wants_article(&source, &episode, now()));
    let full = crawling.crawler.crawl_article(&source, &episode).await.unwrap().post;
    assert_eq!(
        full.text,
        "On pilots that end.\nTranscript\nAnn Lee: A pilot without an exit is a present & a trap.\nBo: Say why."
    );
    assert_eq!((full.duration_s, full.enclosures.len()), (Some(1865), 2));
    let kept = ridealong::crawl::identity::merge(full.clone(), episode);
    assert!(kept.is_none(), "the notes alone never overwrite it: {kept:?}");
}
