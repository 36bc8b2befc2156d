//! What a million posts cost on one machine: `cargo bench --bench volume -- sled|postgres [POSTS SOURCES REPS]`, 1,000,000,
//! 2,000 and 1,000 unless said. With `RIDEALONG_VOLUME_IN=FOLDER` a store of sled is kept there with its search index, and
//! another run only asks for pages and searches.
//!
//! Fills a store (PostgreSQL without waiting for the disk at each write, and vacuumed afterwards), takes in crawls of 1,000
//! new posts each, builds both indexes, and asks for digest pages and searches over HTTP. The limits: 99 % of the digest
//! pages within 30 ms and of the searches within 50, a crawl of 1,000 posts below a second. Load, pages and indexes share
//! this process; PostgreSQL runs beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made must fail loudly"
)]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/disk.rs"]
mod disk;
#[path = "support/keyed.rs"]
mod keyed;
#[path = "support/load.rs"]
mod load;
#[path = "../tests/helpers/make.rs"]
#[allow(dead_code, reason = "the promises use the rest")]
mod make;
#[path = "support/office.rs"]
#[allow(dead_code, reason = "other measurements use the rest")]
mod office;
#[path = "../tests/helpers/postgres.rs"]
#[allow(dead_code, reason = "the promises use the rest")]
mod postgres;
#[path = "support/process.rs"]
mod process;

use chance::Chance;
use disk::bytes_in;
use keyed::keyed;
use load::Asked;
use postgres::Cluster;
use process::{cpu, resident_kb};
use ridealong::clock::SystemClock;
use ridealong::desk::Desk;
use ridealong::search::Library;
use ridealong::sources::Running;
use ridealong::store::postgres::PgStore;
use ridealong::store::sled::SledStore;
use ridealong::store::{CrawlBatch, Store};
use ridealong::web::router;
use sqlx::{Connection as _, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The program's own.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const TENANT: &str = "volume";
/// Browsers that ask at once, each again as soon as it has its answer: one, and more than there are cores.
const BROWSERS: [usize; 2] = [1, 4];
/// For so long.
const TURN: Duration = Duration::from_secs(20);
/// Posts of one crawl, and how many crawls are measured.
const CRAWL: usize = 1_000;
const CRAWLS: usize = 30;

#[tokio::main]
async fn main() {
    let said: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let engine = said.first().map_or("sled", String::as_str);
    let size = |at: usize, usual: usize| said.get(at).and_then(|size| size.parse().ok()).unwrap_or(usual);
    let (posts, sources, reps) = (size(1, 1_000_000), size(2, 2_000), size(3, 1_000));
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("RIDEALONG_VOLUME_IN").map_or(temporary.path().to_path_buf(), PathBuf::from);
    let is_filled = folder.join("store").exists();
    let cluster = (engine == "postgres").then(|| Cluster::start_with("on"));
    let (mut store, kept): (Arc<dyn Store>, PathBuf) = match &cluster {
        Some(cluster) => {
            let hasty = format!("{}&options[synchronous_commit]=off", cluster.url());
            (Arc::new(PgStore::connect(&hasty, TENANT).await.unwrap()), cluster.folder().to_path_buf())
        }
        None => {
            let kept = folder.join("store");
            (Arc::new(SledStore::open(&kept).unwrap()), kept)
        }
    };
    println!("{engine}: {posts} posts of {} words, {sources} sources, {reps} reps", office::WORDS_A_POST);

    if !is_filled {
        let started = Instant::now();
        office::fill_posts(&store, posts, sources).await;
        office::fill_reps(&store, reps).await;
        store.trim().await.unwrap();
        told("filled", started, &kept);
    }
    if let Some(cluster) = &cluster {
        let started = Instant::now();
        settle(&cluster.url()).await;
        store = Arc::new(PgStore::connect(&cluster.url(), TENANT).await.unwrap());
        told("vacuumed", started, &kept);
    }
    if !is_filled {
        crawl(&store, sources).await;
    }

    let index = folder.join("search");
    let started = Instant::now();
    let library = Arc::new(Library::open(&index, "volume").unwrap().library);
    let running = Arc::new(Running::default());
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::new(SystemClock), running, Some(Arc::clone(&library))));
    desk.follow().await.unwrap();
    told("both indexes built", started, &index);

    let started = Instant::now();
    let site = router(office::context(Arc::clone(&store), desk, library));
    let cookies = office::sign_in_all(&site, &store).await;
    let each = started.elapsed().as_secs_f64() * 1_000.0 / reps as f64;
    println!("everybody signed in and got a digest built: {each:.1} ms each");
    let server = office::serve(site).await;
    let cookie = |at: usize| cookies[at % cookies.len()].clone();
    let page = |at: usize| Asked { path: "/".to_owned(), cookie: cookie(at) };
    let mut chance = Chance(9);
    let queries: Vec<String> = (0..4_096).map(|at| office::words(&mut chance, 1 + at % 3).replace(' ', "+")).collect();
    let search = |at: usize| Asked { path: format!("/search?q={}", queries[at % queries.len()]), cookie: cookie(at) };
    for browsers in BROWSERS {
        load::run(server, browsers, TURN / 4, page).await;
        println!("digest page, {browsers} at once: {}", load::run(server, browsers, TURN, page).await);
        load::run(server, browsers, TURN / 4, search).await;
        println!("search, {browsers} at once: {}", load::run(server, browsers, TURN, search).await);
    }
    println!("at the end {} MB in memory", resident_kb("self", "VmRSS") / 1024);
}

/// What a database does by itself in the hours after so many writes.
async fn settle(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
}

/// Crawls that bring new posts, as the job hands them over: whose are they, then all or nothing.
async fn crawl(store: &Arc<dyn Store>, sources: usize) {
    let mut chance = Chance(3);
    let mut times = Vec::new();
    for number in 0..CRAWLS {
        let posts: Vec<_> = (0..CRAWL).map(|at| keyed(office::post(sources + number, at, &mut chance))).collect();
        let keys: Vec<String> = posts.iter().flat_map(|post| post.keys.clone()).collect();
        let started = Instant::now();
        store.find_identities(&keys).await.unwrap();
        assert!(store.save_crawl(CrawlBatch { posts, ..CrawlBatch::default() }).await.unwrap());
        times.push(started.elapsed());
    }
    times.sort();
    println!(
        "a crawl of {CRAWL} new posts: median {:.0?}, worst of {CRAWLS} {:.0?}",
        times[CRAWLS / 2],
        times[CRAWLS - 1]
    );
}

fn told(what: &str, started: Instant, folder: &Path) {
    let (wall, memory) = (started.elapsed().as_secs_f64(), resident_kb("self", "VmRSS") / 1024);
    let (cpu, disk) = (cpu("self").as_secs(), bytes_in(folder) / 1_000_000);
    println!("{what}: {wall:.0} s, {cpu} CPU s in all, {memory} MB in memory, {disk} MB on disk");
}
