//! What a machine can lack (files, memory, names, relays, the right time) is survived, and mended when it is back.

use crate::helpers::crawling::Crawling;
use crate::helpers::hostile::{Hostile, answer};
use crate::helpers::make;
use crate::helpers::program::{Running, base_of, err, out, ridealong, run};
use crate::helpers::smtp::{Manner, Relay};
use crate::helpers::stores;
use jiff::SignedDuration;
use ridealong::config::CrawlSettings;
use ridealong::jobs::crawl_due::{CrawlDue, Round};
use ridealong::jobs::leases::Leases;
use ridealong::model::*;
use ridealong::net::Client;
use ridealong::sources::{self, Running as RunningSources};
use ridealong::tag::Tagger;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const WITHIN: Duration = Duration::from_secs(60);

/// Starts `serve` in a shell that sets a limit first.
fn limited(folder: &Path, limit: &str, more: &[&str]) -> (Running, String) {
    let program = ridealong();
    let line = format!("{limit}; exec {} serve --listen 127.0.0.1:0 \"$@\"", program.get_program().to_string_lossy());
    let mut shell = Command::new("bash");
    shell.args(["-c", &line, "bash"]).args(more).current_dir(folder).env_remove("RUST_LOG");
    stores::tell(&mut shell, folder);
    let serving = Running::of(shell);
    let base = base_of(&serving);
    (serving, base)
}

async fn ready(base: &str) -> bool {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    client.get(format!("{base}/readyz")).send().await.is_ok_and(|answer| answer.status() == 200)
}

async fn wait_until_ready(base: &str) {
    let until = Instant::now() + WITHIN;
    while !ready(base).await {
        assert!(Instant::now() < until, "not ready again within {WITHIN:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn with_sources(folder: &Path, yaml: &str) {
    fs::write(folder.join("sources.yaml"), yaml).unwrap();
    assert!(run(folder, &["reps", "add", "maya@example.com"]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_64_files_a_flood_of_connections_passes_and_the_service_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    with_sources(folder.path(), "sources: []\n");
    let (serving, base) = limited(folder.path(), "ulimit -n 64", &[]);
    let address = base.trim_start_matches("http://").to_owned();
    let address: std::net::SocketAddr = address.parse().unwrap();
    // Until the machine itself takes no more: the process has far fewer to give.
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok();
    let flood: Vec<_> = (0..200).map_while(connect).collect();
    assert!(flood.len() > 64, "only {} connections", flood.len());
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(flood);
    wait_until_ready(&base).await;
    assert_eq!(serving.stop(Duration::from_secs(10)), Some(0));
    assert!(out(&run(folder.path(), &["store", "check"])).contains("Everything agrees."));
    assert!(out(&run(folder.path(), &["reps", "list"])).contains("maya@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_256_mb_of_memory_large_feeds_are_crawled_and_the_pages_stay_up() {
    let server = Hostile::start().await;
    let mut yaml = "sources:\n".to_owned();
    for n in 0..8 {
        let items: String = (0..400)
            .map(|i| {
                format!(
                    "<item><guid>{n}-{i}</guid><title>Post {i} of {n}</title><description>{}</description></item>",
                    format!("Ask for the date {n} {i}. ").repeat(120)
                )
            })
            .collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>{n}</title>{items}</channel></rss>");
        server.answers(&format!("/feed/{n}"), [answer("200 OK", "", &feed)]);
        writeln!(yaml, "  - id: s{n}\n    url: {}\n    allow_net: 127.0.0.0/8", server.url(&format!("/feed/{n}")))
            .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    with_sources(folder.path(), &yaml);
    // The data segment is what the process fills itself; the text of the program and mapped files come on top.
    let (serving, base) = limited(folder.path(), "ulimit -d 262144", &["--request-gap", "0s"]);
    let until = Instant::now() + WITHIN * 2;
    while server.seen().iter().filter(|seen| seen.path.starts_with("/feed/")).count() < 8 {
        assert!(Instant::now() < until, "the feeds were not asked");
        assert!(ready(&base).await, "the pages went down while crawling");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    wait_until_ready(&base).await;
    assert_eq!(serving.stop(Duration::from_secs(30)), Some(0));
    // What the stop broke off is made good, within the same memory.
    let program = ridealong();
    let line =
        format!("ulimit -d 262144; exec {} crawl --all --request-gap 0s", program.get_program().to_string_lossy());
    let mut crawl = Command::new("bash");
    stores::tell(&mut crawl, folder.path());
    let crawl = crawl.args(["-c", &line]).current_dir(folder.path()).output().unwrap();
    assert!(crawl.status.success(), "{}", err(&crawl));
    let listed = run(folder.path(), &["sources", "list", "--format", "json"]);
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let posts: u64 = listed.iter().filter_map(|source| source["posts"].as_u64()).sum();
    assert_eq!(posts, 8 * 400, "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_dns_and_relay_dead_the_pages_stay_up_and_the_mail_goes_out_when_the_relay_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/operation/deals.csv");
    with_sources(folder.path(), "sources:\n  - id: lost\n    url: https://no-such-host.invalid/feed\n");
    let crawl = run(folder.path(), &["crawl", "--all"]);
    assert!(crawl.status.success() && out(&crawl).contains("no-such-host.invalid"), "{}{}", out(&crawl), err(&crawl));
    assert!(run(folder.path(), &["deals", "import", &sample.to_string_lossy()]).status.success());
    let listed = out(&run(folder.path(), &["sources", "list"]));
    assert!(listed.contains("unreachable"), "{listed}");
    // A port on which nobody listens, then a relay on it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mail = format!("smtp://127.0.0.1:{port}?tls=none&timeout=2");
    let send = |folder: &Path| run(folder, &["send", "--rep", "maya@example.com", "--mail", &mail]);
    with_a_post(folder.path()).await;
    let failed = send(folder.path());
    assert_eq!(failed.status.code(), Some(1));
    assert!(out(&failed).contains("not sent yet, next try at"), "{}", out(&failed));
    let relay = Relay::start_at(Manner::default(), port).await;
    let sent = send(folder.path());
    assert!(out(&sent).contains("maya@example.com: sent"), "{}{}", out(&sent), err(&sent));
    assert_eq!(relay.count(), 1);
}

/// A post that fits the deal, put straight into the store.
async fn with_a_post(folder: &Path) {
    use ridealong::store::{CrawlBatch, KeyedPost};
    let store = stores::of_folder(folder).await;
    let post = make::post("flinch", "When the CFO asks for a discount", Stage::Negotiation);
    store
        .save_crawl(CrawlBatch {
            lease: None,
            state: None,
            posts: vec![KeyedPost { post, keys: vec![] }],
            comments: vec![],
        })
        .await
        .unwrap();
    store.flush().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_goes_back_a_year_keeps_no_source_from_being_read() {
    let server = Hostile::start().await;
    server.answers("/feed", [answer("200 OK", "ETag: \"1\"\r\n", "<rss version=\"2.0\"><channel><title>B</title><item><guid>1</guid><title>Ask</title></item></channel></rss>")]);
    let yaml = format!("sources:\n  - id: blog\n    url: {}\n    allow_net: 127.0.0.0/8\n", server.url("/feed"));
    let crawling = Crawling::with(Client::new(&ridealong::config::NetSettings::default()), CrawlSettings::default());
    let (store, clock) = (stores::fresh().await, Arc::clone(&crawling.clock));
    let running = Arc::new(RunningSources::new(sources::parse(&yaml, "s").unwrap()));
    let leases = Leases::new(Arc::clone(&store), clock.clone());
    let crawl = CrawlDue::new(leases, crawling.crawler, Tagger::shipped(), running, 4);
    clock.set(make::now() + SignedDuration::from_hours(24 * 365));
    assert_eq!(crawl.run(&Round::default(), &|_, _| {}).await.unwrap().posts_new, 1);
    clock.set(make::now());
    let back = crawl.run(&Round::default(), &|_, _| {}).await.unwrap();
    assert_eq!((back.sources, back.failed), (1, 0), "it is read again at once, and nothing is doubled");
    assert_eq!(back.posts_new, 0);
    assert_eq!(crawl.run(&Round::default(), &|_, _| {}).await.unwrap().sources, 0, "and then follows its schedule");
}
