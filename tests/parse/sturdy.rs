//! No input makes a reader panic or hang, or lose its safety.

use crate::helpers::data;
use jiff::Timestamp;
use proptest::prelude::*;
use ridealong::crawl::{article, clean, dates, parse, text};
use std::time::{Duration, Instant};
use url::Url;

/// What one small document may take at most, in a debug build beside others.
const PATIENCE: Duration = Duration::from_secs(20);

fn read_in_every_way(bytes: &[u8]) {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("an instant");
    let base = Url::parse("https://a.example/x/").expect("an address");
    if let Ok(feed) = parse::parse(bytes, None, Some(&base), now) {
        for entry in &feed.entries {
            let _ = (entry.summary_html(), entry.content_html(), entry.text());
            assert!(entry.published_at.is_none_or(|at| at <= now));
        }
    }
    let html = String::from_utf8_lossy(bytes);
    let once = clean::clean(&html, Some(&base));
    // Near the limits a serializer's own tags may tip a second pass over to plain text.
    let stable = html.len() > 8 * 1024 || clean::clean(&once, Some(&base)) == once;
    assert!(stable, "cleaning twice changes nothing: {}", text::cut(&html, 300));
    let lower = once.to_ascii_lowercase();
    assert!(
        !lower.contains("<script") && !lower.contains("<iframe") && !lower.contains("<svg"),
        "{}",
        text::cut(&html, 300)
    );
    let _ = (text::plain(&html), text::line(&html), dates::parse(&html));
    let _ = article::extract(bytes, None, &base, now);
}

/// Deep, wide and unfinished documents, each a trap for some parser.
#[test]
fn no_nesting_or_repetition_makes_a_reader_hang_or_overflow() {
    const SIZE: usize = 48 * 1024;
    let pieces = [
        "<div>",
        "<b><i>",
        "<",
        "< ",
        "&",
        "&amp;",
        "<!--",
        "<?a ",
        "<a b=\"",
        "<b ",
        "</b>",
        "<b></i>",
        "<item>",
        "<item/>",
        "<foo>",
        "<table><i>",
        "<font>x",
        "<svg>",
        "<template>",
        "<select>",
        "<![CDATA[",
        "<!DOCTYPE a [",
        "[",
        "{\"a\":",
        "<li>",
        "<category>a</category>",
        "\u{0}",
        "<script>",
    ];
    for piece in pieces {
        let body = piece.repeat(SIZE / piece.len());
        for document in [
            body.clone(),
            format!("<rss version=\"2.0\"><channel><item><description>{body}</description></item></channel></rss>"),
        ] {
            let start = Instant::now();
            read_in_every_way(document.as_bytes());
            assert!(start.elapsed() < PATIENCE, "{piece} took {:?}", start.elapsed());
        }
    }
}

#[test]
fn broken_copies_of_real_documents_are_read_without_a_panic() {
    let mut seeds: Vec<Vec<u8>> = ["blog-2012", "wordpress-comments", "paywall"]
        .iter()
        .map(|name| {
            std::fs::read(format!("{}/tests/fixtures/parse/pages/{name}.html", env!("CARGO_MANIFEST_DIR")))
                .expect("a page")
        })
        .collect();
    seeds.push(br#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="/a/"><entry><title type="xhtml"><div><b>x</b></div></title><content type="html">&lt;p&gt;x</content><link href="b"/></entry></feed>"#.to_vec());
    seeds.extend(
        data::data_lines("xss.jsonl")
            .iter()
            .take(40)
            .map(|line| line["html"].as_str().expect("html").as_bytes().to_vec()),
    );
    // A small generator of our own, so that every run is the same.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for round in 0..400 {
        let mut document = seeds[round % seeds.len()].clone();
        for _ in 0..1 + random(4) {
            let at = random(document.len());
            match random(4) {
                0 => document.truncate(at),
                1 => document.insert(at, random(256) as u8),
                2 => document = [&document[..at], b"<![CDATA[".as_slice(), &document[at..]].concat(),
                _ if at < document.len() => document[at] = b"<>&\"'/\0"[random(7)],
                _ => {}
            }
        }
        read_in_every_way(&document);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_in_every_way(&bytes);
    }

    #[test]
    fn anything_that_looks_like_markup_is_read_without_a_panic(text in "(<[a-z!/?]{0,3}[ a-z=\"'&;<>\\[\\]-]{0,12}>?|&[#a-z0-9]{0,6};?|[ a-zé]{0,6}){0,40}") {
        read_in_every_way(text.as_bytes());
        read_in_every_way(format!("<rss><channel><item>{text}</item></channel></rss>").as_bytes());
    }

    #[test]
    fn any_text_is_a_date_or_none(text in "\\PC{0,40}") {
        let _ = dates::parse(&text);
    }
}
