//! What keeping and finding cost: `cargo bench --bench keeping -- [store|search|start] [POSTS]`.
//!
//! `start` fills a store, lets the program take it in, and starts it again: the limits are one second until it answers with
//! 100,000 posts, and 200 MB when idle with 500 sources and 50,000 posts.
//!
//! Prints CPU seconds of this process (steadier than wall seconds on a shared machine), sizes and latencies.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot be made must fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/keyed.rs"]
mod keyed;
#[path = "support/process.rs"]
mod process;

use disk::bytes_in;
use jiff::Timestamp;
use keyed::keyed;
use process::{cpu, resident_kb};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use ridealong::model::*;
use ridealong::search::{Library, Query, Reader};
use ridealong::store::sled::SledStore;
use ridealong::store::{CrawlBatch, KeyedPost, Store};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of a post's HTML.
const HTML_BYTES: usize = 4_096;
/// Words of the made-up language.
const VOCABULARY: usize = 60_000;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let what = arguments.next().unwrap_or_else(|| "all".to_owned());
    let posts = arguments.next().and_then(|count| count.parse().ok());
    if matches!(what.as_str(), "all" | "store") {
        store(posts.unwrap_or(19_800));
    }
    if matches!(what.as_str(), "all" | "search") {
        search(posts.unwrap_or(100_000));
    }
    if matches!(what.as_str(), "all" | "start") {
        start(posts.unwrap_or(100_000));
    }
}

/// The program itself over a store of so many posts, with 500 sources that nobody answers for.
fn start(posts: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = "sources:\n".to_owned();
    for n in 0..500 {
        writeln!(sources, "  - {{ id: source-{n}, kind: feed, url: 'https://source-{n}.invalid/feed' }}").unwrap();
    }
    std::fs::write(folder.path().join("sources.yaml"), sources).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let store = SledStore::open(&folder.path().join("data/store")).unwrap();
    let (mut writer, now) = (Writer::new(3), Timestamp::now());
    for first in (0..posts).step_by(100) {
        let posts = (first..(first + 100).min(posts)).map(|n| {
            // Young enough to be kept.
            let at = now - jiff::SignedDuration::from_hours(n as i64 % (24 * 60));
            let post = writer.post(&format!("source-{}", n % 500), n);
            keyed(Post { published_at: Some(at), seen_at: at, changed_at: at, thread: Thread::default(), ..post })
        });
        let batch = CrawlBatch { lease: None, state: None, posts: posts.collect(), comments: Vec::new() };
        runtime.block_on(store.save_crawl(batch)).unwrap();
    }
    drop(store);
    for what in ["first start", "start"] {
        let before = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ridealong"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--sources")
            .arg(folder.path().join("sources.yaml"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| Some(line.unwrap().split("http://").nth(1)?.to_owned())).unwrap();
        let ready = loop {
            let asked = TcpStream::connect(address.trim_end_matches('/')).and_then(|mut stream| {
                stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer).map(|_| answer)
            });
            match asked {
                Ok(answer) if answer.contains(" 200 ") => break before.elapsed(),
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let (id, mut last) = (child.id(), Duration::ZERO);
        // Idle is when five seconds cost less than a tenth of one.
        let idle = loop {
            std::thread::sleep(Duration::from_secs(5));
            let now = cpu(&id.to_string());
            if now - last < Duration::from_millis(100) {
                break before.elapsed();
            }
            last = now;
        };
        println!(
            "{what} with {posts} posts: answers after {ready:.2?}; idle after {idle:.0?} and {last:.1?} CPU, in {} MB (at most {})",
            resident_kb(&id.to_string(), "VmRSS") / 1024,
            resident_kb(&id.to_string(), "VmHWM") / 1024
        );
        assert!(Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap().success());
        assert!(child.wait().unwrap().success());
    }
}

/// A crawl of a thousand sources into an empty store, each batch durable before the next.
fn store(posts: usize) {
    let folder = tempfile::tempdir().unwrap();
    let batches = 1_000;
    let mut writer = Writer::new(1);
    let crawl: Vec<Vec<KeyedPost>> = (0..batches)
        .map(|source| (0..posts / batches).map(|n| keyed(writer.post(&format!("source-{source}"), n))).collect())
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let open = || -> Arc<dyn Store> { Arc::new(SledStore::open(folder.path()).unwrap()) };
    let store = open();
    for round in ["first", "unchanged", "second"] {
        let crawl = crawl.clone();
        let (wall, cpu) = (Instant::now(), cpu("self"));
        runtime.block_on(async {
            for (source, posts) in crawl.into_iter().enumerate() {
                let state = SourceState::new(SourceId::new(format!("source-{source}")));
                let posts = if round == "unchanged" { Vec::new() } else { posts };
                let keys: Vec<String> = posts.iter().flat_map(|post| post.keys.clone()).collect();
                store.find_identities(&keys).await.unwrap();
                store
                    .save_crawl(CrawlBatch { lease: None, state: Some(state), posts, comments: Vec::new() })
                    .await
                    .unwrap();
            }
        });
        report(&format!("store: {round} crawl of {posts} posts"), wall, cpu, folder.path());
    }
    let (wall, cpu_before) = (Instant::now(), cpu("self"));
    let report_of = runtime.block_on(store.check()).unwrap();
    assert_eq!((report_of.posts as usize, report_of.faults.len()), (posts / batches * batches, 0));
    report("store: check", wall, cpu_before, folder.path());
    drop(store);
    let (wall, cpu_before) = (Instant::now(), cpu("self"));
    let store = open();
    report("store: open", wall, cpu_before, folder.path());
    drop(store);
}

/// Indexing and asking.
fn search(posts: usize) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), "bench").unwrap().library;
    let mut writer = Writer::new(2);
    let mut spent = Duration::ZERO;
    let before = Instant::now();
    let cpu_before = cpu("self");
    for n in 0..posts {
        let making = cpu("self");
        let post = writer.post(&format!("source-{}", n % 500), n);
        spent += cpu("self") - making;
        library.upsert(&post, &[]).unwrap();
        if n % 500 == 499 {
            library.settle(n as u64, Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_millis(n as i64 * 10)).unwrap();
        }
    }
    library.commit().unwrap();
    report(
        &format!("search: index {posts} posts (making them took {spent:?} of it)"),
        before,
        cpu_before,
        folder.path(),
    );
    let words: Vec<String> = (0..2_000).map(|_| writer.word()).collect();
    let rare: Vec<String> = (0..2_000).map(|n| spelled(VOCABULARY / 2 + n * 7)).collect();
    let pair = |n: usize| format!("{} {} ", words[n], words[n + 1]);
    type Asking<'a> = Box<dyn Fn(usize) -> String + 'a>;
    let kinds: [(&str, Asking<'_>); 7] = [
        ("one word", Box::new(|n| format!("{} ", words[n]))),
        ("two words", Box::new(pair)),
        ("three words", Box::new(|n| format!("{} {} {} ", words[n], words[n + 1], words[n + 2]))),
        ("being typed", Box::new(|n| words[n].chars().take(2 + n % 4).collect())),
        ("phrase", Box::new(|n| format!("\"{} {}\"", words[n], words[n + 1]))),
        ("rare, mistyped", Box::new(|n| format!("{}x ", rare[n]))),
        ("newest", Box::new(|_| String::new())),
    ];
    for (kind, text) in &kinds {
        let mut took: Vec<Duration> = (0..500)
            .map(|n| {
                let query = Query::new(Reader::Of { team: None }, text(n));
                let before = Instant::now();
                library.query(&query).unwrap();
                before.elapsed()
            })
            .collect();
        took.sort();
        println!("search: {kind:<16} p50 {:>8.2?}  p95 {:>8.2?}  p99 {:>8.2?}", took[250], took[475], took[495]);
    }
}

/// Writes posts in a made-up language whose words are as unevenly frequent as in any other.
struct Writer {
    random: StdRng,
}

impl Writer {
    fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed) }
    }

    fn word(&mut self) -> String {
        let uniform: f64 = self.random.random();
        spelled((VOCABULARY as f64).powf(uniform) as usize)
    }

    fn post(&mut self, source: &str, n: usize) -> Post {
        let source_id = SourceId::new(source);
        let mut text = String::new();
        while text.len() < HTML_BYTES - 200 {
            text.push_str(&self.word());
            text.push(if self.random.random_ratio(1, 12) { '\n' } else { ' ' });
        }
        let paragraphs: Vec<String> = text.lines().map(|line| line.to_owned()).collect();
        let title: Vec<String> = (0..7).map(|_| self.word()).collect();
        Post {
            id: PostId::of(&source_id, &n.to_string()),
            kind: SourceKind::Feed,
            guid: Some(format!("https://{source}.example/?p={n}")),
            url: format!("https://{source}.example/2026/11/{}", title.join("-")),
            title: title.join(" "),
            mentor: Some(format!("Mentor {}", n % 300)),
            mentor_role: MentorRole::Practitioner,
            published_at: Some(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(n as i64 * 600)),
            updated_at: None,
            seen_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            language: Some("en".to_owned()),
            html: paragraphs.chunks(5).map(|lines| format!("<p>{}</p>", lines.join(" "))).collect(),
            excerpt: text.chars().take(280).collect(),
            words: text.split_whitespace().count() as u32,
            text,
            categories: vec!["sales".to_owned()],
            enclosures: Vec::new(),
            duration_s: None,
            thread: Thread { due_at: Some(Timestamp::UNIX_EPOCH), ..Thread::default() },
            audience: Audience::Everyone,
            trust: 0.8,
            tagged: Tagged {
                primary: Some(Stage::Closing),
                stages: vec![StageTag { stage: Stage::Closing, score: 0.7, evidence: vec![title[0].clone()] }],
                facets: Facets::default(),
                given: Vec::new(),
            },
            thin: false,
            simhash: self.random.random(),
            also_at: Vec::new(),
            listed_url: None,
            source_id,
        }
    }
}

/// Frequent words are short.
fn spelled(rank: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "a", "con", "de", "er", "in", "pro", "st", "ter", "al", "re", "li", "mo", "na", "ra", "si", "ta", "ve", "qu",
        "po", "ing",
    ];
    let mut rest = rank + 1;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word
}

fn report(what: &str, wall: Instant, cpu_before: Duration, folder: &Path) {
    let (wall, cpu) = (wall.elapsed(), cpu("self") - cpu_before);
    println!("{what}: {cpu:.2?} CPU, {wall:.2?}, {} MB on disk", bytes_in(folder) / 1_000_000);
}
