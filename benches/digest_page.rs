//! The digest page under load: `cargo bench --bench digest_page [-- POSTS REPS ROUNDS]`, 100,000, 1,000 and 4 unless said.
//!
//! 64 connections ask for the digests of all reps over a store on disk, as browsers do: with a session's cookie, keeping
//! the connection, taking compressed pages. Beside it, in the same run and by turns, an axum page renders the same
//! template from digests that lie in memory and does nothing else. Server and load share this process and machine. The
//! goal is a 99th percentile below 15 ms, or within three times that of the page from memory, and pages below 60 KB.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot be made must fail loudly")]

#[path = "support/chance.rs"]
mod chance;
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

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::get;
use jiff::Timestamp;
use load::{Asked, Load};
use ridealong::clock::SystemClock;
use ridealong::desk::Desk;
use ridealong::model::*;
use ridealong::render::pages::{DigestPage, Frame, Reader, Reading, digest};
use ridealong::render::words::Calendar;
use ridealong::search::Library;
use ridealong::sources::Running;
use ridealong::store::Store;
use ridealong::store::sled::SledStore;
use ridealong::web::router;
use std::sync::Arc;
use std::time::Duration;
use tower_http::compression::CompressionLayer;

const CONNECTIONS: usize = 64;
/// Time of one turn.
const TURN: Duration = Duration::from_secs(3);
const SOURCES: usize = 200;

#[tokio::main]
async fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let size = |at: usize, usual: usize| sizes.get(at).copied().unwrap_or(usual);
    let (posts, reps, rounds) = (size(0, 100_000), size(1, 1_000), size(2, 4));
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
    office::fill_posts(&store, posts, SOURCES).await;
    office::fill_reps(&store, reps).await;
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::new(SystemClock), Arc::new(Running::default()), None));
    desk.follow().await.unwrap();
    let library = Arc::new(Library::in_memory().unwrap());
    let site = router(office::context(Arc::clone(&store), desk, library));
    let cookies = office::sign_in_all(&site, &store).await;
    let held = from_memory(&store).await;
    println!("{posts} posts, {reps} reps, {} deals each, {CONNECTIONS} connections", office::DEALS_A_REP);
    let ours = office::serve(site).await;
    let memory = office::serve(held).await;
    let pages = |at: usize| Asked { path: "/".to_owned(), cookie: cookies[at % cookies.len()].clone() };
    let held = |at: usize| Asked { path: format!("/{}", at % reps), cookie: String::new() };
    let (mut of_ours, mut of_memory) = (Load::default(), Load::default());
    // Once for warming up, then by turns: what disturbs the machine disturbs both.
    for round in 0..=rounds {
        let first = load::run(ours, CONNECTIONS, TURN, pages).await;
        let second = load::run(memory, CONNECTIONS, TURN, held).await;
        if round > 0 {
            of_ours.add(first);
            of_memory.add(second);
        }
    }
    let (page, template) = (of_ours.percentile(0.99), of_memory.percentile(0.99));
    println!("digest page:            {of_ours}");
    println!("template from memory:   {of_memory}");
    println!("99th percentile: {page:.1} ms against {template:.1} ms, {:.2} times", page / template);
    assert!(of_ours.body_bytes_max < 60 * 1024, "a page has {} bytes compressed", of_ours.body_bytes_max);
}

/// The same template over digests that lie in memory, compressed alike.
async fn from_memory(store: &Arc<dyn Store>) -> Router {
    let (mut digests, now) = (Vec::new(), Timestamp::now());
    for rep in store.list_reps().await.unwrap() {
        let week = IsoWeek::of(now, &rep.time_zone());
        let found = store.find_digest(&rep.email, week).await.unwrap().unwrap();
        digests.push((found, store.list_deals(Some(&rep.email)).await.unwrap()));
    }
    Router::new().route("/{rep}", get(template)).layer(CompressionLayer::new().no_br()).with_state(Arc::new(digests))
}

type Held = Arc<Vec<(Digest, Vec<Deal>)>>;

async fn template(State(held): State<Held>, Path(rep): Path<usize>) -> Html<String> {
    let (shown, deals) = &held[rep];
    let calendar = Calendar::new(jiff::tz::TimeZone::UTC, Timestamp::now());
    let acts = Acts::default();
    let reading = Reading { calendar: &calendar, acts: &acts, deals };
    let reader = Reader { name: shown.rep_name.clone(), admin: false, manager: false };
    let frame = Frame { title: "This week".to_owned(), here: "/", reader: Some(reader), feeds: Vec::new() };
    let page = DigestPage { digest: shown, commitments: &[], earlier: &[], is_this_week: true, reading: &reading };
    Html(digest(frame, &page))
}
