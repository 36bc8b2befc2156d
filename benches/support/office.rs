//! A sales team at its size: posts of many sources, reps with deals, and the pages over them, served on loopback.

use crate::chance::Chance;
use crate::keyed::keyed;
use crate::make;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use jiff::{SignedDuration, Timestamp};
use ridealong::clock::SystemClock;
use ridealong::desk::Desk;
use ridealong::model::*;
use ridealong::search::Library;
use ridealong::store::{CrawlBatch, Record, Store};
use ridealong::web::{Context, sign_in_link};
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt as _;

pub const DEALS_A_REP: usize = 6;
pub const WORDS_A_POST: usize = 250;
/// Different words.
const VOCABULARY: usize = 40_000;
/// Posts of one write.
const BATCH: usize = 1_000;

/// The most frequent words of posts and notes.
const WORDS: &str = "procurement discount redline signature champion budget demo pilot proposal quote tender renewal onboarding \
silence voicemail gatekeeper discovery question pain impact urgency objection price competitor incumbent security legal \
liability payment terms contract decision board cfo roi stakeholder committee left quarter end forecast meeting story slide \
customer plant warehouse hospital nurse driver machine software report number week month morning coffee phone table chair";

/// Listens on loopback and serves until the process ends.
pub async fn serve(site: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });
    address
}

/// Every rep's cookie; signing in builds and stores their digest.
pub async fn sign_in_all(site: &Router, store: &Arc<dyn Store>) -> Vec<String> {
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

/// Everything that the pages need, without mail.
pub fn context(store: Arc<dyn Store>, desk: Arc<Desk>, library: Arc<Library>) -> Context {
    Context {
        store,
        builder: Arc::clone(&desk) as _,
        desk,
        library,
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

/// So many posts, those of each source in writes of their own.
pub async fn fill_posts(store: &Arc<dyn Store>, posts: usize, sources: usize) {
    let mut chance = Chance(1);
    let of_each = posts.div_ceil(sources);
    for source in 0..sources {
        for first in (0..of_each).step_by(BATCH) {
            let numbers = first..(first + BATCH).min(of_each);
            let posts = numbers.map(|number| keyed(post(source, number, &mut chance))).collect();
            store.save_crawl(CrawlBatch { posts, ..CrawlBatch::default() }).await.unwrap();
        }
    }
}

/// So many reps with their deals.
pub async fn fill_reps(store: &Arc<dyn Store>, reps: usize) {
    let mut chance = Chance(2);
    for number in 0..reps {
        let rep = Rep::new(format!("rep{number:04}@example.com").parse().unwrap(), format!("Rep {number}"));
        let mut records = vec![Record::Rep(rep.clone())];
        for at in 0..DEALS_A_REP {
            let stage = Stage::OF_A_DEAL[chance.below(11)];
            let made = deal(&rep, at, stage, words(&mut chance, 8), words(&mut chance, 40));
            records.push(Record::Deal(Box::new(made)));
        }
        store.save_records(records, Vec::new()).await.unwrap();
    }
}

/// The deal of a rep with this number.
pub fn deal(rep: &Rep, at: usize, stage: Stage, next_step: String, notes: String) -> Deal {
    let now = Timestamp::now();
    Deal {
        id: DealId::of(Crm::Generic, &format!("{} {at}", rep.email)),
        external_id: at.to_string(),
        stage_label: stage.title().to_owned(),
        stages: vec![StageWeight { stage, weight: 1.0 }],
        owner: rep.email.to_string(),
        rep: Some(rep.email.clone()),
        next_step: Some(next_step),
        notes: Some(notes),
        close_on: None,
        active_at: Some(now),
        imported_at: now,
        ..make::deal(&format!("Northwind line {at}"))
    }
}

/// The post of a source with this number.
pub fn post(source: usize, number: usize, chance: &mut Chance) -> Post {
    let (source_id, now) = (SourceId::new(format!("source-{source}")), Timestamp::now());
    let text = words(chance, WORDS_A_POST);
    let tag = |stage, score| StageTag { stage, score, evidence: vec!["ask one more question".to_owned()] };
    let (first, second) = (Stage::ALL[chance.below(11)], Stage::ALL[chance.below(11)]);
    Post {
        id: PostId::of(&source_id, &number.to_string()),
        url: format!("https://source-{source}.example/{number}"),
        mentor: Some(format!("Mentor {}", chance.below(900))),
        published_at: Some(now - SignedDuration::from_hours(chance.below(8_000) as i64)),
        seen_at: now,
        changed_at: now,
        html: format!("<p>{text}</p>"),
        excerpt: text.chars().take(280).collect(),
        words: WORDS_A_POST as u32,
        text,
        tagged: Tagged { primary: Some(first), stages: vec![tag(first, 0.8), tag(second, 0.3)], ..Tagged::default() },
        simhash: chance.below(usize::MAX >> 1) as u64,
        thread: Thread::default(),
        source_id,
        ..make::post(&number.to_string(), &words(chance, 7), first)
    }
}

/// A few words that stand everywhere and a long tail of rare ones, as in any language.
pub fn words(chance: &mut Chance, count: usize) -> String {
    const STEPS: usize = 1 << 20;
    let list: Vec<&str> = WORDS.split_whitespace().collect();
    let word = |_| {
        let rank = (VOCABULARY as f64).powf(chance.below(STEPS) as f64 / STEPS as f64) as usize;
        list.get(rank - 1).map_or_else(|| format!("w{rank}"), |word| (*word).to_owned())
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}
