//! The digest page under load: `cargo bench --bench digest_page [-- POSTS REPS ROUNDS]`, 100,000, 1,000 and 4 unless said.
//!
//! 64 connections ask for the digests of all reps over a store on disk, as browsers do: with a session's cookie, keeping
//! the connection, taking compressed pages. Beside it, in the same run and by turns, an axum page renders the same
//! template from digests that lie in memory and does nothing else. Server and load share this process and machine. The
//! goal is a 99th percentile below 15 ms, or within three times that of the page from memory, and pages below 60 KB.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot be made must fail loudly")]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/load.rs"]
mod load;
#[path = "../tests/helpers/make.rs"]
#[allow(dead_code, reason = "the promises use the rest")]
mod make;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use axum::response::Html;
use axum::routing::get;
use chance::Chance;
use jiff::{SignedDuration, Timestamp};
use load::{Asked, Load};
use ridealong::clock::SystemClock;
use ridealong::desk::Desk;
use ridealong::model::*;
use ridealong::render::pages::{DigestPage, Frame, Reader, Reading, digest};
use ridealong::render::words::Calendar;
use ridealong::search::Library;
use ridealong::sources::Running;
use ridealong::store::sled::SledStore;
use ridealong::store::{CrawlBatch, KeyedPost, Record, Store};
use ridealong::web::{Context, router, sign_in_link};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;
use tower_http::compression::CompressionLayer;

const CONNECTIONS: usize = 64;
/// Time of one turn.
const TURN: Duration = Duration::from_secs(3);
const DEALS_A_REP: usize = 6;
const WORDS_A_POST: usize = 250;
const SOURCES: usize = 200;

/// What posts and notes are made of.
const WORDS: &str = "procurement discount redline signature champion budget demo pilot proposal quote tender renewal onboarding \
silence voicemail gatekeeper discovery question pain impact urgency objection price competitor incumbent security legal \
liability payment terms contract decision board cfo roi stakeholder committee left quarter end forecast meeting story slide \
customer plant warehouse hospital nurse driver machine software report number week month morning coffee phone table chair";

#[tokio::main]
async fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let size = |at: usize, usual: usize| sizes.get(at).copied().unwrap_or(usual);
    let (posts, reps, rounds) = (size(0, 100_000), size(1, 1_000), size(2, 4));
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
    fill(&store, posts, reps).await;
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::new(SystemClock), Arc::new(Running::default()), None));
    desk.follow().await.unwrap();
    let site = router(context(Arc::clone(&store), desk));
    let cookies = sign_in_all(&site, &store).await;
    let held = from_memory(&store).await;
    println!("{posts} posts, {reps} reps, {DEALS_A_REP} deals each, {CONNECTIONS} connections");
    let ours = serve(site).await;
    let memory = serve(held).await;
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

/// Listens on loopback and serves until the process ends.
async fn serve(site: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });
    address
}

/// The same template over digests that lie in memory, compressed alike.
async fn from_memory(store: &Arc<dyn Store>) -> Router {
    let (mut digests, now) = (Vec::new(), Timestamp::now());
    for rep in store.list_reps().await.unwrap() {
        let week = IsoWeek::of(now, &rep.time_zone());
        let found = store.find_digest(&rep.email, week).await.unwrap().unwrap();
        digests.push((found, store.list_deals(Some(&rep.email)).await.unwrap()));
    }
    Router::new().route("/{rep}", get(template)).layer(CompressionLayer::new()).with_state(Arc::new(digests))
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

/// Every rep's cookie; signing in builds and stores their digest.
async fn sign_in_all(site: &Router, store: &Arc<dyn Store>) -> Vec<String> {
    let url = "http://127.0.0.1".parse().unwrap();
    let mut cookies = Vec::new();
    for rep in store.list_reps().await.unwrap() {
        let minutes = SignedDuration::from_mins(15);
        let link = sign_in_link(store.as_ref(), &url, &rep.email, Timestamp::now(), minutes).await.unwrap();
        let path = link.trim_start_matches("http://127.0.0.1").to_owned();
        // Tries are limited by address, so everybody comes from one of their own.
        let from = SocketAddr::from(([10, 0, (cookies.len() / 250) as u8, (cookies.len() % 250) as u8], 1));
        let mut request = Request::post(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(from));
        let answer = site.clone().oneshot(request).await.unwrap();
        let cookie = answer.headers().get("set-cookie").unwrap_or_else(|| panic!("{}", answer.status()));
        cookies.push(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    }
    cookies
}

fn context(store: Arc<dyn Store>, desk: Arc<Desk>) -> Context {
    Context {
        store,
        builder: Arc::clone(&desk) as _,
        desk,
        library: Arc::new(Library::in_memory().unwrap()),
        mailer: None,
        mail_from: "ride@example.com".parse().unwrap(),
        mail_asked: Arc::default(),
        metrics: Arc::new(ridealong::metrics::Metrics::new("bench", "bench")),
        clock: Arc::new(SystemClock),
        public_url: "http://127.0.0.1".parse().unwrap(),
        trusted_proxies: vec![],
        openid: None,
        hook_allow_net: vec![],
        playbook: None,
    }
}

async fn fill(store: &Arc<dyn Store>, posts: usize, reps: usize) {
    let mut chance = Chance(1);
    let mut at = 0;
    while at < posts {
        let upto = (at + 1_000).min(posts);
        let batch = (at..upto).map(|at| KeyedPost { post: post(at, &mut chance), keys: vec![] }).collect();
        store.save_crawl(CrawlBatch { state: None, posts: batch, comments: vec![], lease: None }).await.unwrap();
        at = upto;
    }
    for number in 0..reps {
        let rep = Rep::new(format!("rep{number:04}@example.com").parse().unwrap(), format!("Rep {number}"));
        let mut records = vec![Record::Rep(rep.clone())];
        records.extend((0..DEALS_A_REP).map(|at| Record::Deal(Box::new(deal(&rep, at, &mut chance)))));
        store.save_records(records, Vec::new()).await.unwrap();
    }
}

fn deal(rep: &Rep, at: usize, chance: &mut Chance) -> Deal {
    let (stage, now) = (Stage::OF_A_DEAL[chance.below(11)], Timestamp::now());
    Deal {
        id: DealId::of(Crm::Generic, &format!("{} {at}", rep.email)),
        external_id: at.to_string(),
        stage_label: stage.title().to_owned(),
        stages: vec![StageWeight { stage, weight: 1.0 }],
        owner: rep.email.to_string(),
        rep: Some(rep.email.clone()),
        next_step: Some(words(chance, 8)),
        notes: Some(words(chance, 40)),
        close_on: None,
        active_at: Some(now),
        imported_at: now,
        ..make::deal(&format!("Northwind line {at}"))
    }
}

fn post(at: usize, chance: &mut Chance) -> Post {
    let (source_id, now) = (SourceId::new(format!("source-{}", at % SOURCES)), Timestamp::now());
    let text = words(chance, WORDS_A_POST);
    let tag = |stage, score| StageTag { stage, score, evidence: vec!["ask one more question".to_owned()] };
    let (first, second) = (Stage::ALL[chance.below(11)], Stage::ALL[chance.below(11)]);
    Post {
        id: PostId::of(&source_id, &at.to_string()),
        source_id,
        mentor: Some(format!("Mentor {}", at % 900)),
        published_at: Some(now - SignedDuration::from_hours(at as i64 % 8_000)),
        seen_at: now,
        changed_at: now,
        html: format!("<p>{text}</p>"),
        excerpt: text.chars().take(280).collect(),
        words: WORDS_A_POST as u32,
        text,
        tagged: Tagged { primary: Some(first), stages: vec![tag(first, 0.8), tag(second, 0.3)], ..Tagged::default() },
        simhash: at as u64,
        ..make::post(&at.to_string(), &words(chance, 7), first)
    }
}

/// Some that matter, and a long tail of rare ones.
fn words(chance: &mut Chance, count: usize) -> String {
    let list: Vec<&str> = WORDS.split_whitespace().collect();
    let word = |_| match chance.below(3) {
        0 => format!("w{}", chance.below(20_000)),
        _ => list[chance.below(list.len())].to_owned(),
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}
