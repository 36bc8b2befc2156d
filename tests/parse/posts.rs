//! Entries to posts, and comment feeds to threads.

use jiff::Timestamp;
use ridealong::crawl::{comments, parse, post};
use ridealong::model::{Audience, CommentWorth, CommentsFrom, MentorRole, Post, Source, SourceId, SourceKind};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("an instant")
}

/// A source of its own for these promises.
pub fn source() -> Source {
    Source {
        id: SourceId::new("notes"),
        name: "Notes".into(),
        kind: SourceKind::Feed,
        url: "https://notes.example/feed/".into(),
        check_every_s: 3_600,
        full_text: true,
        comments: CommentsFrom::Auto,
        mentor_role: MentorRole::Practitioner,
        stages: Vec::new(),
        trust: 0.5,
        audience: Audience::Everyone,
        allow_net: Vec::new(),
        rate_group: None,
        selectors: None,
        paused: false,
        span: None,
    }
}

/// A post that is known under this address.
pub fn post_at(url: &str) -> Post {
    let entry = parse::FeedEntry { url: Some(url.to_owned()), title: Some("A post".into()), ..Default::default() };
    post::assemble(&source(), &entry, now())
}

fn rss(items: &str) -> parse::Feed {
    let document = format!(
        "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>t</title>{items}</channel></rss>"
    );
    parse::parse(document.as_bytes(), None, None, now()).expect("a feed")
}

#[test]
fn a_social_post_without_a_title_gets_one_from_its_text() {
    let feed = rss(
        "<item><guid>1</guid><description>&lt;p&gt;Asked for the budget in the first call. Never again, and here is why it went wrong for us all.&lt;/p&gt;</description></item>",
    );
    assert_eq!(feed.entries[0].title.as_deref(), Some("Asked for the budget in the first call."));
}

#[test]
fn a_date_in_the_future_is_set_to_now_and_one_that_cannot_be_read_stays_none() {
    let feed = rss(
        "<item><title>a</title><pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate></item><item><title>b</title><pubDate>soon</pubDate></item>",
    );
    assert_eq!(feed.entries[0].published_at, Some(now()));
    assert_eq!(feed.entries[1].published_at, None);
    assert!(
        feed.notes.iter().any(|note| note.contains("future"))
            && feed.notes.iter().any(|note| note.contains("could not be read")),
        "{:?}",
        feed.notes
    );
    assert!(!feed.repaired, "the document itself is well-formed");
}

#[test]
fn a_post_is_cleaned_measured_and_carries_its_source() {
    let words = "One more question about the budget and the date that the buyer named. ".repeat(5);
    let feed = rss(&format!(
        "<item><link>https://notes.example/a?utm_medium=rss#top</link><title>Ask</title><description>{words}&lt;script&gt;x&lt;/script&gt;</description></item>"
    ));
    let post = post::assemble(&source(), &feed.entries[0], now());
    assert_eq!(post.url, "https://notes.example/a");
    assert!(!post.html.contains("script") && post.words == 65 && !post.thin, "{post:?}");
    assert!(post.excerpt.chars().count() <= 280 && post.excerpt.ends_with('…'));
    assert!(post_at("https://notes.example/b").thin, "a bare title is thin");
}

#[test]
fn texts_that_share_most_words_have_close_fingerprints() {
    let text = include_str!("../fixtures/parse/pages/blog-2012.html");
    let edited = text.replace("nine hours", "ten hours");
    let far = post::simhash(include_str!("../fixtures/parse/pages/news-clutter.html"));
    assert!((post::simhash(text) ^ post::simhash(&edited)).count_ones() <= 3);
    assert!((post::simhash(text) ^ far).count_ones() > 10);
}

#[test]
fn a_wordpress_comment_feed_keeps_who_answered_whom_and_leaves_out_other_posts() {
    let item = |id: u32, path: &str, by: &str, text: &str| {
        format!(
            "<item><title>By: {by}</title><link>https://notes.example/{path}/#comment-{id}</link><guid isPermaLink=\"false\">https://notes.example/?p=7#comment-{id}</guid><dc:creator>{by}</dc:creator><description><![CDATA[{text}]]></description></item>"
        )
    };
    let feed = rss(&[
        item(12, "ask", "Bo", "<p>In reply to <a href=\"https://notes.example/ask/#comment-11\">Al</a>.</p><p>We ask it after the demo, when they have seen what it replaces and can name a price for the pain.</p>"),
        item(11, "ask", "Al", "When do you ask it? In our market nobody answers before the second meeting."),
        item(13, "ask", "Cy", "Great post, thanks!"),
        item(14, "other", "Di", "This one belongs below another post and must not be shown here at all."),
    ].join(""));
    let thread = comments::from_feed(&feed, &post_at("https://notes.example/ask/"));
    assert_eq!(thread.iter().map(|c| c.mentor.as_deref().unwrap_or("")).collect::<Vec<_>>(), ["Bo", "Al", "Cy"]);
    assert_eq!(thread[0].parent_id.as_ref(), Some(&thread[1].id));
    assert!(thread[0].text.starts_with("We ask it after"), "{}", thread[0].text);
    assert_eq!(thread[2].worth, CommentWorth::Thin);
}

#[test]
fn praise_pingbacks_and_spam_are_told_from_advice() {
    use CommentWorth::{Pingback, Spam, Thin, Useful};
    let cases = [
        ("Great post!", Thin),
        ("Thanks for sharing this, really helpful article. Love your blog!", Thin),
        ("[…] has written a wonderful piece on discovery that is worth your time […]", Pingback),
        ("I recovered my lost funds thanks to a hacker for hire, write him on whatsapp", Spam),
        ("Cheap bitcoin loans, visit my website http://spam.example now", Spam),
        ("I ask for the date before the price, and twice it saved me a quarter.", Useful),
        ("Disagree: procurement always asks.", Useful),
        ("商談の前に予算を聞くのは早すぎると思います。", Useful),
    ];
    for (text, expected) in cases {
        assert_eq!(comments::worth(text, text), expected, "{text}");
    }
}
