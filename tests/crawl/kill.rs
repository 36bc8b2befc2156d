//! `ridealong crawl` killed at any moment, the real program against real sockets.
//!
//! Every feed publishes two more posts before each start. The program says in its log which source it has saved; from
//! then on the posts of that source have to be there, once, however the process ends.

use crate::helpers::make::now;
use crate::helpers::program::{err, out, ridealong};
use ridealong::model::{Post, SourceId};
use ridealong::search::Library;
use ridealong::store::recovery::{self, Places};
use ridealong::store::{IDENTITY_SETTING, PostQuery, Store};
use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How often the program is killed, unless `RIDEALONG_TEST_KILLS` says otherwise.
const KILLS: usize = 8;
/// Sites with one feed each.
const SITES: usize = 24;
/// Posts that each feed publishes before every start.
const NEWS: usize = 2;
/// Posts that a feed shows, the newest.
const SHOWN: usize = 30;

/// The sites, each on a loopback address of its own.
struct Publisher {
    /// Starts so far, so that there are as many times [`NEWS`] posts.
    starts: AtomicUsize,
}

impl Publisher {
    /// Publishes on free ports; returns the addresses of the feeds.
    fn open() -> (Arc<Self>, Vec<String>) {
        let publisher = Arc::new(Self { starts: AtomicUsize::new(0) });
        let feeds = (0..SITES).map(|site| {
            let host = Ipv4Addr::new(127, 0, 7, u8::try_from(site + 1).unwrap());
            let listener = TcpListener::bind((host, 0)).unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let (publisher, address) = (Arc::clone(&publisher), format!("{base}/feed"));
            std::thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    // A client that was killed in the middle is no fault.
                    let _ = publisher.answer(stream, site, &base);
                }
            });
            address
        });
        let feeds = feeds.collect();
        (publisher, feeds)
    }

    fn answer(&self, mut stream: TcpStream, site: usize, base: &str) -> std::io::Result<()> {
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone()?);
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let published = self.published();
        let etag = format!("\"after {published}\"");
        let (status, kind, body) = match head.split(' ').nth(1).unwrap_or_default() {
            "/feed" if head.contains(&etag) => ("304 Not Modified", "application/rss+xml", String::new()),
            "/feed" => ("200 OK", "application/rss+xml", feed(site, base, published)),
            page if page.starts_with("/p/") => ("200 OK", "text/html", article(&page[3..])),
            _ => ("404 Not Found", "text/plain", String::new()),
        };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nETag: {etag}\r\n")?;
        write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }

    fn published(&self) -> usize {
        self.starts.load(Ordering::SeqCst) * NEWS
    }
}

fn guid(site: usize, n: usize) -> String {
    format!("site-{site}-post-{n}")
}

/// The numbers of the posts that a feed shows when so many are published.
fn shown(published: usize) -> std::ops::Range<usize> {
    published.saturating_sub(SHOWN)..published
}

/// Words that no other post has, so that none is taken for another.
fn words(name: &str, count: usize) -> String {
    let word = |n: usize| {
        let mut seed = name.bytes().fold(n as u64 + 1, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_01b3));
        seed ^= seed >> 29;
        format!("{}{}", ["ask", "listen", "offer", "close", "write", "call", "plan"][n % 7], seed % 9_973)
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn feed(site: usize, base: &str, published: usize) -> String {
    let item = |n: usize| {
        let guid = guid(site, n);
        format!(
            "<item><title>Lesson {n} of site {site}</title><guid isPermaLink=\"false\">{guid}</guid>\
             <link>{base}/p/{guid}</link><description>{}</description></item>",
            words(&guid, 40)
        )
    };
    let items: String = shown(published).rev().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Site {site}</title><link>{base}/</link>{items}</channel></rss>")
}

fn article(guid: &str) -> String {
    let paragraphs: String = (0..3).map(|part| format!("<p>{}</p>", words(&format!("{guid} {part}"), 60))).collect();
    format!("<html><body><article><h1>{guid}</h1>{paragraphs}</article></body></html>")
}

fn write_sources(folder: &Path, feeds: &[String]) {
    let entry = |(site, address): (usize, &String)| {
        format!(
            "  - {{ id: site-{site}, name: Site {site}, kind: feed, url: \"{address}\", allow_net: 127.0.0.0/8 }}\n"
        )
    };
    let sources: String = feeds.iter().enumerate().map(entry).collect();
    std::fs::write(folder.join("sources.yaml"), format!("sources:\n{sources}")).unwrap();
}

fn crawl(folder: &Path) -> Command {
    let mut command = ridealong();
    command.current_dir(folder).args(["crawl", "--all", "--jobs", "4", "--format", "json", "--data", "data"]);
    command.env("RUST_LOG", "ridealong=debug").env("NO_COLOR", "1");
    command
}

/// The site that a line of the log says to have been saved.
fn saved(line: &str) -> Option<usize> {
    line.split_once("saved source=site-")?.1.split_whitespace().next()?.parse().ok()
}

/// Starts a crawl and kills it; returns the sites that were saved by then.
fn killed_crawl(folder: &Path, kill: usize) -> Vec<usize> {
    let mut child = crawl(folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    // Early in one round, late in another: among the feeds, among the articles, while the index is written.
    let (wanted, mut seen, mut text) = (kill * 7 % (SITES + 1), 0, String::new());
    while seen < wanted {
        let from = text.len();
        assert!(log.read_line(&mut text).unwrap() > 0, "kill {kill}: it ended by itself: {text}");
        seen += usize::from(saved(&text[from..]).is_some());
    }
    std::thread::sleep(Duration::from_millis((kill * 37 % 151) as u64));
    let _ = child.kill();
    child.wait().unwrap();
    log.read_to_string(&mut text).unwrap();
    let wary = text.lines().find(|line| line.contains("WARN") || line.contains("ERROR"));
    assert_eq!(wary, None, "kill {kill}: a start after a kill is an ordinary start");
    text.lines().filter_map(saved).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    if !from.exists() {
        // Killed before it had made anything.
        return;
    }
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { std::fs::copy(from, to).map(|_| ()).unwrap() }
    }
}

/// Looks at what is kept: whole, everything acknowledged there, nothing twice. Returns how many posts there are.
async fn look(folder: &Path, acknowledged: &HashMap<usize, BTreeSet<String>>, kill: usize) -> usize {
    // At a copy, so that the program's own next start is the one that meets what the kill has left.
    let copied = tempfile::tempdir().unwrap();
    let store = copied.path().join("store");
    copy(&folder.join("data").join("store"), &store);
    let opened = recovery::open(&Places::within(copied.path(), &store), now()).await.unwrap();
    assert_eq!(opened.told, None, "kill {kill}: a killed store is not a damaged one");
    let store = opened.store;
    assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new(), "kill {kill}");
    let states = store.list_states().await.unwrap();
    let mut posts = 0;
    for site in 0..SITES {
        let kept = posts_of(&*store, site).await;
        let guids: BTreeSet<String> = kept.iter().filter_map(|post| post.guid.clone()).collect();
        assert_eq!(guids.len(), kept.len(), "kill {kill}: site {site} has posts twice");
        let counted = states.iter().find(|state| state.source_id == id(site)).map_or(0, |state| state.posts);
        assert_eq!(counted, kept.len() as u64, "kill {kill}: site {site} counts its posts wrongly");
        let lost: Vec<_> =
            acknowledged.get(&site).into_iter().flatten().filter(|guid| !guids.contains(*guid)).collect();
        assert!(lost.is_empty(), "kill {kill}: site {site} lost {lost:?}");
        posts += kept.len();
    }
    posts
}

fn id(site: usize) -> SourceId {
    SourceId::new(format!("site-{site}"))
}

async fn posts_of(store: &dyn Store, site: usize) -> Vec<Post> {
    store.list_posts(&PostQuery { source: Some(id(site)), after: None, max: usize::MAX }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crawl_that_is_killed_loses_nothing_it_has_saved_and_doubles_nothing() {
    let kills = std::env::var("RIDEALONG_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let folder = tempfile::tempdir().unwrap();
    let (publisher, feeds) = Publisher::open();
    write_sources(folder.path(), &feeds);
    let mut acknowledged: HashMap<usize, BTreeSet<String>> = HashMap::new();
    let mut saves = 0;
    for kill in 0..kills {
        publisher.starts.fetch_add(1, Ordering::SeqCst);
        for site in killed_crawl(folder.path(), kill) {
            let there = shown(publisher.published()).map(|n| guid(site, n));
            acknowledged.entry(site).or_default().extend(there);
            saves += 1;
        }
        look(folder.path(), &acknowledged, kill).await;
    }
    // Left alone, it catches up with everything that is shown, and then nothing is new any more.
    let first = crawl(folder.path()).output().unwrap();
    assert!(first.status.success(), "{}", err(&first));
    let again = crawl(folder.path()).output().unwrap();
    let summary: serde_json::Value = serde_json::from_str(&out(&again)).unwrap();
    let of = |name: &str| summary[name].as_u64().unwrap();
    assert_eq!((of("sources"), of("unchanged"), of("posts_new"), of("failed")), (SITES as u64, SITES as u64, 0, 0));
    for site in 0..SITES {
        acknowledged.entry(site).or_default().extend(shown(publisher.published()).map(|n| guid(site, n)));
    }
    let posts = look(folder.path(), &acknowledged, kills).await;
    let data = folder.path().join("data");
    let opened = recovery::open(&Places::within(&data, &data.join("store")), now()).await.unwrap();
    let identity = opened.store.find_setting(IDENTITY_SETTING).await.unwrap().unwrap();
    let library = Library::open(&data.join("search"), &identity).unwrap().library;
    assert_eq!(library.len().unwrap(), posts as u64, "every post is found, once");
    println!("{kills} kills: {saves} saves acknowledged, {posts} posts, none lost, none doubled");
    assert!(saves > kills, "the kills came too early to prove anything");
}
