//! A day in the life of a team, by a clock that runs fast: memory stays flat, no task is left behind, and everybody
//! gets the week's mail once.
//!
//! `RIDEALONG_SOAK=24 cargo test operation::soak -- --nocapture` simulates 24 hours of 500 sources and 200 reps; an
//! ordinary run is shorter and smaller.

use crate::helpers::mailing::{key, sender};
use crate::helpers::make;
use crate::helpers::smtp::{Manner, Relay};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::{SignedDuration, Timestamp};
use ridealong::clock::{Clock, FixedClock};
use ridealong::config::{CrawlSettings, KeepSettings, NetSettings};
use ridealong::crawl::Crawler;
use ridealong::desk::Desk;
use ridealong::jobs::crawl_due::{CrawlDue, Round};
use ridealong::jobs::keep::Keep;
use ridealong::jobs::leases::Leases;
use ridealong::jobs::send_digests::{Ask, Outcome, SendDigests};
use ridealong::jobs::tell_hooks::TellHooks;
use ridealong::mail::Mailer;
use ridealong::mail::schedule::{Due, due};
use ridealong::metrics::Metrics;
use ridealong::model::*;
use ridealong::net::Client;
use ridealong::render::Links;
use ridealong::search::Library;
use ridealong::sources::{self, Running};
use ridealong::store::recovery::Places;
use ridealong::store::sled::SledStore;
use ridealong::store::{Record, Store};
use ridealong::tag::Tagger;
use ridealong::web::{Context, make_api_token, router};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

/// How far the clock jumps at once.
const STEP: SignedDuration = SignedDuration::from_mins(10);
/// Posts that every feed carries.
const POSTS: i64 = 10;
/// Hours after which a feed brings one more post.
const NEW_EVERY: i64 = 6;
/// Reps whose pages are asked for in every hour.
const READERS: usize = 20;
const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"];
/// What the second half of the day may add to the memory, beside what the index keeps of new posts.
const GROWTH_KB: u64 = 30_000;
/// What is kept in memory of a post at most.
const POST_KB: u64 = 8;

/// Hours, sources and reps of this run.
fn size() -> (i64, usize, usize) {
    match std::env::var("RIDEALONG_SOAK").ok().and_then(|hours| hours.parse().ok()) {
        Some(hours) => (hours, 500, 200),
        None => (2, 40, 12),
    }
}

/// Feeds that bring a new post every few hours of the fast clock.
async fn feeds(hour: Arc<AtomicI64>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let newest = hour.load(Ordering::SeqCst) / NEW_EVERY;
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
                let answer = match path.strip_prefix("/feed/").and_then(|n| n.parse::<i64>().ok()) {
                    Some(n) if text.contains(&format!("\"{n}-{newest}\"")) => {
                        "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned()
                    }
                    Some(n) => {
                        let body = feed(n, newest);
                        let length = body.len();
                        format!(
                            "HTTP/1.1 200 OK\r\nETag: \"{n}-{newest}\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                        )
                    }
                    None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
                };
                // A crawler that hangs up early is its own affair.
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    format!("http://{address}")
}

/// Advice in the words of the labelled corpus; two pieces make a post that no other feed has.
fn advice(n: usize) -> (String, String) {
    static TEXTS: LazyLock<Vec<serde_json::Value>> = LazyLock::new(|| {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/stages/w1.jsonl");
        std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    });
    let (one, two) = (&TEXTS[n % TEXTS.len()], &TEXTS[(n / TEXTS.len() * 7 + n * 3 + 1) % TEXTS.len()]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().replace('&', "and").replace('<', "");
    (text(&one["title"]), format!("{} {}", text(&one["text"]), text(&two["text"])))
}

fn feed(n: i64, newest: i64) -> String {
    let items: String = (newest..newest + POSTS)
        .map(|i| {
            let (title, text) = advice(usize::try_from(n * 37 + i).unwrap());
            format!("<item><guid>{n}-{i}</guid><title>{title}, {n} and {i}</title><description>Seen {n} times in {i} weeks. {text}</description></item>")
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>Site {n}</title>{items}</channel></rss>")
}

/// What the process holds itself, in KB, and what it has mapped of files, which the system takes back when it likes.
fn memory_kb() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kb = |name: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (kb("RssAnon:"), kb("RssFile:"))
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// The whole service over one store, each job to be run by hand.
struct Team {
    store: Arc<dyn Store>,
    clock: Arc<FixedClock>,
    desk: Arc<Desk>,
    crawl: CrawlDue,
    mail: SendDigests,
    hooks: TellHooks,
    keep: Keep,
    pages: axum::Router,
    secrets: Vec<String>,
    _folder: tempfile::TempDir,
}

async fn reps(store: &Arc<dyn Store>, count: usize, start: Timestamp) -> Vec<String> {
    let mut secrets = Vec::new();
    for n in 0..count {
        let mut rep = Rep::new(make::email(&format!("rep{n}@example.com")), format!("Rep {n}"));
        rep.zone = ZONES[n % ZONES.len()].to_owned();
        let deal = make::deal("Northwind renewal");
        let deal = Deal { id: DealId::of(Crm::Hubspot, &n.to_string()), rep: Some(rep.email.clone()), ..deal };
        secrets.push(make_api_token(&**store, &rep.email, "soak", ApiScope::Read, start, None).await.unwrap());
        store.save_records(vec![Record::Rep(rep), Record::Deal(Box::new(deal))], vec![]).await.unwrap();
    }
    secrets
}

impl Team {
    async fn start(base: &str, sources: usize, count: usize, start: Timestamp, mailer: Mailer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::within(folder.path(), &folder.path().join("store"));
        let store: Arc<dyn Store> = Arc::new(SledStore::open(&places.store).unwrap());
        let clock = Arc::new(FixedClock::new(start));
        let as_clock = || Arc::clone(&clock) as Arc<dyn Clock>;
        let mut yaml = "sources:\n".to_owned();
        for n in 0..sources {
            writeln!(yaml, "  - id: site-{n}\n    url: {base}/feed/{n}\n    allow_net: 127.0.0.0/8").unwrap();
        }
        let running = Arc::new(Running::new(sources::parse(&yaml, "soak").unwrap()));
        let secrets = reps(&store, count, start).await;
        let library = Arc::new(Library::open(&folder.path().join("search"), "soak").unwrap().library);
        let desk = Desk::new(Arc::clone(&store), as_clock(), Arc::clone(&running), Some(Arc::clone(&library)));
        let (desk, metrics) = (Arc::new(desk), Arc::new(Metrics::new("0", "soak")));
        let client = || Client::new(&NetSettings::default());
        let manners = CrawlSettings { gap: Duration::ZERO, ..CrawlSettings::default() };
        let crawler = Crawler::new(client(), manners, as_clock());
        let leases = Leases::new(Arc::clone(&store), as_clock());
        let crawl = CrawlDue::new(leases, crawler, Tagger::shipped(), running, 16);
        let public_url: url::Url = "https://ride.example.com/".parse().unwrap();
        let pages = router(Context {
            store: Arc::clone(&store),
            desk: Arc::clone(&desk),
            library,
            builder: Arc::clone(&desk) as _,
            mailer: None,
            mail_from: make::email("ride@sales.example"),
            mail_asked: Arc::default(),
            metrics: Arc::clone(&metrics),
            clock: as_clock(),
            public_url: public_url.clone(),
            trusted_proxies: vec![],
            hook_allow_net: vec![],
            openid: None,
            playbook: None,
        });
        Self {
            mail: SendDigests {
                store: Arc::clone(&store),
                clock: as_clock(),
                mailer,
                builder: Arc::clone(&desk) as _,
                sender: sender(),
            },
            hooks: TellHooks {
                store: Arc::clone(&store),
                clock: as_clock(),
                client: client(),
                allow_net: vec![],
                builder: Arc::clone(&desk) as _,
                key: key(),
                links: Links::new(&public_url),
            },
            keep: Keep {
                store: Arc::clone(&store),
                clock: as_clock(),
                metrics,
                places,
                settings: KeepSettings::default(),
                zone: jiff::tz::TimeZone::UTC,
                tried_at: Default::default(),
            },
            store,
            clock,
            desk,
            crawl,
            pages,
            secrets,
            _folder: folder,
        }
    }

    /// What some reps' programs ask for in an hour.
    async fn read(&self, hour: usize) -> usize {
        let some = self.secrets.iter().cycle().skip(hour * READERS).take(READERS.min(self.secrets.len()));
        let mut answered = 0;
        for secret in some {
            for path in ["/api/v1/picks", "/api/v1/posts?limit=50", "/api/v1/search?q=discount", "/api/v1/export"] {
                let request = Request::get(path).header("authorization", format!("Bearer {secret}"));
                let answer = self.pages.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
                assert_eq!(answer.status(), 200, "{path}");
                assert!(!to_bytes(answer.into_body(), usize::MAX).await.unwrap().is_empty());
                answered += 1;
            }
        }
        answered
    }

    /// Reps whose mail's hour lies between two instants.
    async fn mailed(&self, from: Timestamp, to: Timestamp) -> BTreeSet<Email> {
        let reps = self.store.list_reps().await.unwrap();
        let wanted = reps.iter().filter(|rep| matches!(due(rep, to), Due::Now { at, .. } if at >= from));
        wanted.map(|rep| rep.email.clone()).collect()
    }
}

#[derive(Debug, Default)]
struct Counts {
    asked: usize,
    posts: usize,
    requests: usize,
    backups: usize,
    sent: BTreeSet<Email>,
}

/// Set in the process that lives the day.
const LIVING: &str = "RIDEALONG_TEST_SOAKING";

/// Lives the day in a process of its own, so that nothing else counts, with the allocator as the packages set it: each
/// of its arenas keeps what was once needed there, and with one for every few threads that hides what is kept for good.
#[test]
fn a_day_by_a_fast_clock_leaves_memory_flat_and_no_task_behind() {
    if std::env::var_os(LIVING).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(live());
    }
    let own = "operation::soak::a_day_by_a_fast_clock_leaves_memory_flat_and_no_task_behind";
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args([own, "--exact", "--nocapture"]).env(LIVING, "1").env("MALLOC_ARENA_MAX", "1");
    let output = child.output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn live() {
    let (hours, sources, reps) = size();
    let relay = Relay::start(Manner { forgets: true, ..Manner::default() }).await;
    let mailer = Mailer::Smtp(Arc::new(ridealong::mail::Relay::new(&relay.url("per_second=10000&tls=none")).unwrap()));
    let hour = Arc::new(AtomicI64::new(0));
    let base = feeds(Arc::clone(&hour)).await;
    // From Sunday night in Europe on, so that a day brings everybody's Monday morning.
    let start: Timestamp = "2026-11-22T21:00:00Z".parse().unwrap();
    let team = Team::start(&base, sources, reps, start, mailer).await;
    let (mut counts, mut half) = (Counts::default(), (0, 0, 0));
    for step in 0..hours * 6 {
        team.clock.set(start + STEP * i32::try_from(step).unwrap());
        hour.store(step / 6, Ordering::SeqCst);
        let round = team.crawl.run(&Round::default(), &|_, _| {}).await.unwrap();
        assert_eq!(round.failed, 0, "{:?}", round.failures);
        (counts.asked, counts.posts) = (counts.asked + round.sources, counts.posts + round.posts_new);
        team.desk.follow().await.unwrap();
        if step % 6 == 0 {
            team.desk.refresh_all().await.unwrap();
            counts.requests += team.read(usize::try_from(step / 6).unwrap()).await;
            let ((own, mapped), line) = (memory_kb(), counts.line());
            println!("hour {}: {line}, {own} KB own, {mapped} KB mapped, {} tasks", step / 6, tasks());
        }
        for sending in team.mail.run(None, Ask::Schedule).await.unwrap() {
            match sending.outcome {
                Outcome::Sent { .. } => assert!(counts.sent.insert(sending.rep), "a second mail in one week"),
                // The week before the store was made is too late.
                Outcome::Skipped(why) => assert!(why.contains("more than 24 hours ago"), "{}: {why}", sending.rep),
                other => panic!("{}: {other}", sending.rep),
            }
        }
        team.hooks.run(&SourceSet::default()).await.unwrap();
        counts.backups += usize::from(team.keep.run().await.unwrap().backup.is_some());
        if step == hours * 3 {
            half = (memory_kb().0, tasks(), counts.posts);
        }
    }
    // Connections that the relay and the feeds still close end by themselves.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let ((half_kb, half_tasks, half_posts), (end_kb, end_tasks)) = (half, (memory_kb().0, tasks()));
    println!(
        "{hours} hours, {sources} sources, {reps} reps: {}; memory {half_kb} -> {end_kb} KB, tasks {half_tasks} -> {end_tasks}",
        counts.line()
    );
    let for_posts = (counts.posts - half_posts) as u64 * POST_KB;
    assert!(end_kb <= half_kb + for_posts + GROWTH_KB, "memory grew from {half_kb} to {end_kb} KB");
    assert!(end_tasks <= half_tasks + 16, "tasks grew from {half_tasks} to {end_tasks}");
    assert_eq!(counts.sent, team.mailed(start, team.clock.now()).await, "everybody whose hour came got the mail, once");
    assert_eq!((relay.count(), counts.backups), (counts.sent.len(), 1 + usize::from(hours >= 6)));
    assert!(hours < 24 || counts.sent.len() == reps, "a day brings everybody's Monday");
    assert!(counts.posts >= sources * 8, "{} posts", counts.posts);
    assert_eq!(team.store.check().await.unwrap().faults, Vec::<String>::new());
}

impl Counts {
    fn line(&self) -> String {
        let Self { asked, posts, requests, backups, sent } = self;
        format!("{asked} sources asked, {posts} posts, {requests} requests, {backups} backups, {} mails", sent.len())
    }
}
