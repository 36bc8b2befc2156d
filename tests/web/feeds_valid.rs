//! Output feeds are valid by the published rules, whatever the content: the checks of the W3C feed validator and of
//! JSON Feed 1.1, written as tests.

use crate::helpers::pages;
use quick_xml::Reader;
use quick_xml::events::Event;
use ridealong::model::*;
use ridealong::render::Links;
use ridealong::render::edition::{Edition, Format, Shelf, of_digests, of_plays, of_posts, render};
use std::collections::HashSet;

/// Texts that have broken feeds: controls, ends of CDATA and comments, emoji, right to left, nothing, a megabyte.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "]]>&amp;<b>&nbsp;",
        "\u{0}\u{1}\u{8}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}\u{ffff}",
        "👩‍🚀 émoji \u{1f468}\u{200d}\u{1f469}",
        "\u{202e}مرحبا بكم\u{2066}",
        "",
        "   \n\t ",
        "--><script>alert(1)</script><!--",
        "<![CDATA[ nested ]]>",
        "&#0; &#x1F; &bogus;",
        "a\r\nb\u{2028}c",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("long ".repeat(200_000));
    texts
}

fn digest() -> Digest {
    let mut digest = pages::digest();
    let (template, pick) = (digest.posts[0].clone(), digest.deals[0].picks[0].clone());
    let comment = digest.comments[0].clone();
    digest.posts.clear();
    digest.comments.clear();
    digest.deals[0].picks.clear();
    for (number, text) in hostile().into_iter().enumerate() {
        let id = PostId::new(format!("{number:024x}"));
        let short: String = text.chars().take(200).collect();
        digest.posts.push(Post {
            id: id.clone(),
            title: short.clone(),
            excerpt: text.clone(),
            mentor: Some(short.clone()),
            url: if number % 2 == 0 { format!("https://blog.example/{number}?a=1&b=2") } else { String::new() },
            language: Some(if number % 3 == 0 { "en" } else { "ar" }.to_owned()),
            ..template.clone()
        });
        digest.comments.push(Comment {
            id: CommentId::new(format!("{number:016x}")),
            post_id: id.clone(),
            text: short.clone(),
            mentor: Some(short.clone()),
            ..comment.clone()
        });
        digest.deals[0].picks.push(Pick { post_id: id, why: short, ..pick.clone() });
    }
    digest.play = Some(Play {
        post: digest.posts[0].id.clone(),
        note: "Try it.".to_owned(),
        by: digest.rep.clone(),
        by_name: "Noor".to_owned(),
        pinned_at: digest.built_at,
    });
    digest
}

fn editions() -> Vec<Edition> {
    let links = Links::new(&"https://advice.example".parse().unwrap());
    let sources = SourceSet { sources: vec![pages::source()] };
    let digest = digest();
    let all = [
        of_digests(std::slice::from_ref(&digest), None, &links, false),
        of_digests(std::slice::from_ref(&digest), Some(&digest.deals[0].deal), &links, true),
        of_plays(std::slice::from_ref(&digest), &sources, &links),
        of_posts(&digest.posts, Shelf::Stage(Stage::Closing), &sources, &links),
        of_posts(&digest.posts, Shelf::Saved, &sources, &links),
        of_posts(&digest.posts, Shelf::Search("\"too expensive\" <&> 价格"), &sources, &links),
        of_posts(&[], Shelf::Saved, &sources, &links),
    ];
    all.map(|edition| Edition { self_url: Some("https://advice.example/feeds/t/x.rss".to_owned()), ..edition }).into()
}

fn is_absolute(url: &str) {
    let url: url::Url = url.parse().unwrap_or_else(|error| panic!("{url:?}: {error}"));
    assert!(matches!(url.scheme(), "http" | "https"), "{url}");
}

/// Well-formed, without a character that XML 1.0 forbids, also not as a reference.
fn is_xml(text: &str) {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}');
    assert!(text.chars().all(allowed));
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    loop {
        let begins = reader.buffer_position() == 0;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            // XML 1.0, 2.8: readers that keep to it refuse a document with a second one.
            Event::Decl(_) => assert!(begins, "the XML declaration stands at the beginning, and nowhere else"),
            Event::GeneralRef(reference) => {
                if let Some(c) = reference.resolve_char_ref().unwrap() {
                    assert!(allowed(c), "a reference to {c:?}");
                } else {
                    let name: &str = &reference;
                    assert!(["amp", "lt", "gt", "quot", "apos"].contains(&name), "an entity &{name};");
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_rss_feed_has_what_rss_2_0_asks_for() {
    for edition in editions() {
        let text = render(&edition, Format::Rss);
        is_xml(&text);
        assert!(text.contains("<rss version=\"2.0\"") && text.matches("<channel>").count() == 1);
        let channel = rss::Channel::read_from(text.as_bytes()).unwrap();
        assert!(!channel.title().trim().is_empty() && !channel.description().trim().is_empty());
        is_absolute(channel.link());
        let date = |text: &str| jiff::fmt::rfc2822::parse(text).unwrap();
        date(channel.last_build_date().unwrap());
        let own = &channel.atom_ext().unwrap().links[0];
        assert_eq!((own.rel.as_str(), own.mime_type.as_deref()), ("self", Some("application/rss+xml")));
        is_absolute(&own.href);
        let mut guids = HashSet::new();
        for item in channel.items() {
            assert!(!item.title().unwrap().trim().is_empty() || !item.description().unwrap().trim().is_empty());
            is_absolute(item.link().unwrap());
            date(item.pub_date().unwrap());
            let guid = item.guid().unwrap();
            assert!(!guid.is_permalink() && guids.insert(guid.value().to_owned()), "{}", guid.value());
            assert!(item.author().is_none(), "an author of RSS is a mail address; ours are names, in dc:creator");
            assert!(!item.dublin_core_ext().unwrap().creators()[0].trim().is_empty());
            assert!(!item.content().unwrap().contains("<script"));
        }
    }
}

#[test]
fn every_atom_feed_has_what_rfc_4287_asks_for() {
    for edition in editions() {
        let text = render(&edition, Format::Atom);
        is_xml(&text);
        let feed: atom_syndication::Feed = text.parse().unwrap();
        assert!(!feed.title.value.trim().is_empty());
        url::Url::parse(&feed.id).unwrap();
        let own: Vec<_> = feed.links.iter().filter(|link| link.rel == "self").collect();
        assert_eq!(own.len(), 1);
        is_absolute(&own[0].href);
        assert!(!feed.authors.is_empty());
        let mut ids = HashSet::new();
        for entry in &feed.entries {
            url::Url::parse(&entry.id).unwrap();
            assert!(ids.insert(entry.id.clone()), "{} stands twice", entry.id);
            assert!(!entry.title.value.trim().is_empty(), "{}", entry.id);
            assert!(entry.authors.iter().all(|author| !author.name.trim().is_empty()), "{}", entry.id);
            let alternates: Vec<_> = entry.links.iter().filter(|link| link.rel == "alternate").collect();
            assert_eq!(alternates.len(), 1, "one alternate of a type and language");
            entry.links.iter().for_each(|link| is_absolute(&link.href));
            assert_eq!(entry.content.as_ref().unwrap().content_type.as_deref(), Some("html"));
            assert!(entry.updated >= entry.published.unwrap());
        }
    }
}

#[test]
fn every_json_feed_has_what_json_feed_1_1_asks_for() {
    for edition in editions() {
        let feed: serde_json::Value = serde_json::from_str(&render(&edition, Format::Json)).unwrap();
        assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
        assert!(!feed["title"].as_str().unwrap().trim().is_empty());
        is_absolute(feed["home_page_url"].as_str().unwrap());
        is_absolute(feed["feed_url"].as_str().unwrap());
        let mut ids = HashSet::new();
        for item in feed["items"].as_array().unwrap() {
            assert!(ids.insert(item["id"].as_str().unwrap().to_owned()));
            is_absolute(item["url"].as_str().unwrap());
            if let Some(url) = item["external_url"].as_str() {
                is_absolute(url);
            }
            assert!(item["content_html"].is_string());
            item["date_published"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            assert!(!item["authors"][0]["name"].as_str().unwrap().trim().is_empty());
        }
    }
}

#[test]
fn every_format_carries_the_same_items_in_the_same_order() {
    for edition in editions() {
        let ids = |format| {
            let text = render(&edition, format);
            let feed = feed_rs::parser::parse(text.as_bytes()).unwrap();
            feed.entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        let rss = ids(Format::Rss);
        assert_eq!(rss.len(), edition.items.len());
        assert_eq!((ids(Format::Atom), ids(Format::Json)), (rss.clone(), rss));
    }
}
