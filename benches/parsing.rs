//! How fast feeds are read, beside feed-rs alone: `cargo bench --bench parsing -- [FOLDER]`.
//!
//! FOLDER holds feed documents; without one, a corpus is made up. The aim is 0.8 of feed-rs's bytes a second with
//! cleaning included. Everything is in memory and on one thread, each reader in turn, and CPU time counts.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot be made must fail loudly")]

#[path = "support/process.rs"]
#[allow(dead_code, reason = "other measurements use the rest")]
mod process;

use jiff::Timestamp;
use process::cpu;
use ridealong::crawl::{parse, post};
use ridealong::sources;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How often each reader reads the corpus; the fastest round counts.
const ROUNDS: usize = 7;
/// Feeds of a corpus that is made up, and their entries.
const FEEDS: usize = 200;
const ENTRIES: usize = 20;

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let corpus = folder.map_or_else(made_up, |folder| load(Path::new(&folder)));
    let bytes: usize = corpus.iter().map(|(_, bytes)| bytes.len()).sum();
    println!("{} documents, {:.1} MB", corpus.len(), bytes as f64 / 1e6);
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 57);
    let yaml = "sources:\n  - { id: bench, name: Bench, kind: feed, url: \"https://bench.example/feed\" }\n";
    let source = sources::parse(yaml, "bench").unwrap().sources.remove(0);
    type Reading<'a> = Box<dyn Fn(&Url, &[u8]) -> usize + 'a>;
    let readers: [(&str, Reading<'_>); 4] = [
        (
            "feed-rs alone",
            Box::new(|url, bytes| {
                let parser = feed_rs::parser::Builder::new().base_uri(Some(url)).build();
                parser.parse(bytes).map_or(0, |feed| black_box(feed).entries.len())
            }),
        ),
        (
            "ours, parsing",
            Box::new(|url, bytes| {
                parse::parse(bytes, None, Some(url), now).map_or(0, |feed| black_box(feed).entries.len())
            }),
        ),
        (
            "ours, with cleaning",
            Box::new(|url, bytes| {
                let Ok(feed) = parse::parse(bytes, None, Some(url), now) else { return 0 };
                feed.entries.iter().filter_map(|entry| entry.body()).for_each(|body| drop(black_box(body.clean())));
                feed.entries.len()
            }),
        ),
        (
            "ours, to posts",
            Box::new(|url, bytes| {
                let Ok(feed) = parse::parse(bytes, None, Some(url), now) else { return 0 };
                feed.entries.iter().for_each(|entry| drop(black_box(post::assemble(&source, entry, now))));
                feed.entries.len()
            }),
        ),
    ];
    let mut best = [Duration::MAX; 4];
    let mut entries = [0; 4];
    for _ in 0..ROUNDS {
        for (at, (_, read)) in readers.iter().enumerate() {
            let before = cpu("self");
            entries[at] = corpus.iter().map(|(url, bytes)| read(url, bytes)).sum();
            best[at] = best[at].min(cpu("self") - before);
        }
    }
    for (at, (name, _)) in readers.iter().enumerate() {
        println!(
            "{name:<20} {:>6.0} MB/s  {:>8} entries  {:>5.2} of feed-rs",
            bytes as f64 / 1e6 / best[at].as_secs_f64(),
            entries[at],
            best[0].as_secs_f64() / best[at].as_secs_f64(),
        );
    }
}

/// Documents of a folder with addresses of their own.
fn load(folder: &Path) -> Vec<(Url, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "xml" || extension == "json"));
    files.sort();
    files.iter().enumerate().map(|(n, file)| (address(n), std::fs::read(file).unwrap())).collect()
}

fn address(n: usize) -> Url {
    Url::parse(&format!("https://host{n}.example/feed")).unwrap()
}

/// RSS and Atom in equal parts, with the markup that weblogs have.
fn made_up() -> Vec<(Url, Vec<u8>)> {
    let paragraph = |n: usize| {
        format!(
            "<p><strong>Ask before you offer.</strong> The buyer at account {n} said &#8220;send me a price&#8221; &amp; \
             nothing else, so we asked what happens if nothing changes. Two questions later there was a number, a \
             date and a name. <a href=\"https://host.example/p/{n}\" rel=\"nofollow\">Read more on the close plan</a>.</p>\n\
             <ul><li>Who signs?</li><li>By when?</li><li>What has to be true before that?</li></ul>\n"
        )
    };
    let entry = |atom: bool, n: usize| {
        let body: String = (0..8).map(|at| paragraph(n * 8 + at)).collect();
        if atom {
            let escaped = body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!(
                "<entry><title>What to ask, part {n}</title><id>tag:{n}</id><link href=\"https://host.example/p/{n}\"/>\
                 <updated>2026-11-02T08:00:00Z</updated><content type=\"html\">{escaped}</content></entry>\n"
            )
        } else {
            format!(
                "<item><title>What to ask, part {n}</title><guid>https://host.example/p/{n}</guid>\
                 <link>https://host.example/p/{n}</link><pubDate>Mon, 02 Nov 2026 08:00:00 +0000</pubDate>\
                 <content:encoded><![CDATA[{body}]]></content:encoded></item>\n"
            )
        }
    };
    let feed = |n: usize| {
        let atom = n % 2 == 1;
        let entries: String = (0..ENTRIES).map(|at| entry(atom, n * ENTRIES + at)).collect();
        let text = if atom {
            format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Feed {n}</title>{entries}</feed>")
        } else {
            let content = "http://purl.org/rss/1.0/modules/content/";
            format!(
                "<rss version=\"2.0\" xmlns:content=\"{content}\"><channel><title>Feed {n}</title>{entries}</channel></rss>"
            )
        };
        (address(n), text.into_bytes())
    };
    (0..FEEDS).map(feed).collect()
}
