//! What a feed costs: `cargo bench --bench feeds`. CPU milliseconds of this process for one answer of a stage feed of 50
//! posts over a store on disk, uncached and as a 304. The goals are 2 ms and 0.2 ms.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot be made must fail loudly")]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/keyed.rs"]
mod keyed;
#[path = "../tests/helpers/make.rs"]
#[allow(dead_code, reason = "the promises use the rest")]
mod make;
#[path = "support/office.rs"]
#[allow(dead_code, reason = "other measurements use the rest")]
mod office;
#[path = "support/process.rs"]
#[allow(dead_code, reason = "other measurements use the rest")]
mod process;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use process::cpu;
use ridealong::clock::SystemClock;
use ridealong::desk::Desk;
use ridealong::model::*;
use ridealong::search::Library;
use ridealong::sources::Running;
use ridealong::store::sled::SledStore;
use ridealong::store::{CrawlBatch, KeyedPost, Record, Store};
use ridealong::web::{ensure_feed, router};
use std::sync::Arc;
use tower::ServiceExt;

/// Posts of the stage in the store; the feed carries the best 50.
const POSTS: usize = 500;
/// Words of a post.
const WORDS: usize = 600;
/// Answers that are measured: a tick of the clock is ten milliseconds.
const ROUNDS: u32 = 2_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
        let site = site(Arc::clone(&store)).await;
        let feed = feed(&site, &store).await;
        let path = format!("{feed}/stages/closing.rss");
        let (status, etag, bytes) = ask(&site, &path, "\"none\"").await;
        assert_eq!(status, StatusCode::OK);
        println!("a stage feed of 50 posts, {bytes} bytes");
        for (what, known, wanted) in
            [("uncached", "\"none\"", StatusCode::OK), ("304", etag.as_str(), StatusCode::NOT_MODIFIED)]
        {
            let before = cpu("self");
            for _ in 0..ROUNDS {
                assert_eq!(ask(&site, &path, known).await.0, wanted);
            }
            let each = (cpu("self") - before).as_secs_f64() * 1_000.0 / f64::from(ROUNDS);
            println!("{what:>10}: {each:.3} ms CPU");
        }
    });
}

async fn ask(site: &Router, path: &str, known: &str) -> (StatusCode, String, usize) {
    let request = Request::get(path).header("if-none-match", known).body(Body::empty()).unwrap();
    let response = site.clone().oneshot(request).await.unwrap();
    let etag = response.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status();
    (status, etag, to_bytes(response.into_body(), usize::MAX).await.unwrap().len())
}

/// The path of the rep's feed, as the settings show it.
async fn feed(site: &Router, store: &Arc<dyn Store>) -> String {
    let email = "maya@example.com".parse().unwrap();
    ensure_feed(store.as_ref(), &email, Timestamp::now()).await.unwrap();
    let cookie = office::sign_in_all(site, store).await.remove(0);
    let asked = Request::get("/settings").header("cookie", cookie).body(Body::empty()).unwrap();
    let page = site.clone().oneshot(asked).await.unwrap();
    let page = String::from_utf8(to_bytes(page.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
    let path = page.split("href=\"/feeds/").nth(1).unwrap().split("/digest").next().unwrap().to_owned();
    format!("/feeds/{path}")
}

async fn site(store: Arc<dyn Store>) -> Router {
    store.save(Record::Rep(Rep::new("maya@example.com".parse().unwrap(), "Maya"))).await.unwrap();
    let posts = (0..POSTS).map(|number| KeyedPost { post: post(number), keys: vec![] }).collect();
    store.save_crawl(CrawlBatch { lease: None, state: None, posts, comments: vec![] }).await.unwrap();
    let running = Arc::new(Running::new(SourceSet::default()));
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::new(SystemClock), running, None));
    desk.follow().await.unwrap();
    let library = Arc::new(Library::in_memory().unwrap());
    router(office::context(store, desk, library))
}

fn post(number: usize) -> Post {
    let words = ["ask", "close", "deal", "price", "buyer", "call", "question", "before", "answer", "contract", "value"];
    let text: Vec<&str> = (0..WORDS).map(|at| words[(number * 7 + at * (1 + number % 5)) % words.len()]).collect();
    let text = text.join(" ");
    let at: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    Post {
        published_at: Some(at),
        seen_at: at,
        changed_at: at,
        html: format!("<p>{text}</p>"),
        excerpt: text.chars().take(280).collect(),
        words: WORDS as u32,
        text,
        simhash: number as u64,
        ..make::post(&number.to_string(), &format!("Close number {number}"), Stage::Closing)
    }
}
