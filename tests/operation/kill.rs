//! The whole service killed without warning, or asked to stop, while it crawls, takes clicks, sends mail and makes a
//! backup: whatever was acknowledged is there, whole, and once; and a stop finishes what it has begun, in time.
//!
//! `RIDEALONG_KILLS=100 cargo test operation::kill -- --nocapture` is the long run.

use crate::helpers::answering::{Answer, answering};
use crate::helpers::make;
use crate::helpers::program::Running;
use crate::helpers::smtp::{Manner, Relay};
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::store::recovery::{self, Places};
use ridealong::store::{CrawlBatch, KeyedPost, Record, Store, backup};
use ridealong::web::sign_in_link;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How often it is killed in an ordinary run.
const KILLS: usize = 3;
/// How often it is asked to stop.
const STOPS: usize = 3;
/// The longest that a stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Sources that are new in each round, so that it has something to crawl.
const SOURCES: usize = 12;
/// Posts of each source; a crawl saves them all or none.
const POSTS: usize = 8;
/// People who click at once.
const CLICKERS: usize = 3;

fn kills() -> usize {
    std::env::var("RIDEALONG_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// Serves a feed of its own under every path.
async fn sources() -> String {
    answering(|path| match path.strip_prefix("/feed/") {
        // A server that never answers, which a stop must not wait for.
        Some("hangs") => Answer::Silence,
        Some(name) => Answer::Document("application/rss+xml", feed(name)),
        None => Answer::Missing,
    })
    .await
}

fn feed(name: &str) -> String {
    let items: String = (0..POSTS)
        .map(|n| {
            format!(
                "<item><guid>{name}-{n}</guid><title>Post {n} of {name}</title><description>Words {n} that only \
                 {name} has: ask for a date, then wait for the answer before you say more about {name}.</description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{name}</title>{items}</channel></rss>")
}

/// What the service said yes to, and what it gave no answer to at all.
#[derive(Default)]
struct Acknowledged {
    notes: BTreeSet<String>,
    unanswered: BTreeSet<String>,
    posts: u64,
}

/// How a life of the service ends.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    /// Without warning.
    Kill,
    /// By SIGTERM.
    Stop,
}

struct World {
    folder: tempfile::TempDir,
    base: String,
    relay: Relay,
    known: Post,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

impl World {
    fn places(&self) -> Places {
        let data = self.folder.path().join("data");
        Places::within(&data, &data.join("store"))
    }

    async fn open(&self) -> Arc<dyn Store> {
        let opened = recovery::open(&self.places(), jiff::Timestamp::now()).await.unwrap();
        assert_eq!(opened.told, None, "a killed store is not a damaged one");
        opened.store
    }

    /// A rep of this round with a deal, so that there is a mail to ask for; returns the rep's sign-in path.
    async fn prepare(&self, round: usize) -> String {
        let mut yaml =
            format!("sources:\n  - id: hangs\n    url: {}/feed/hangs\n    allow_net: 127.0.0.0/8\n", self.base);
        for n in 0..SOURCES {
            yaml += &format!(
                "  - id: s{round}-{n}\n    url: {}/feed/s{round}-{n}\n    allow_net: 127.0.0.0/8\n",
                self.base
            );
        }
        std::fs::write(self.folder.path().join("sources.yaml"), yaml).unwrap();
        let _ = std::fs::remove_dir_all(self.places().backups);
        let store = self.open().await;
        let rep = Rep::new(make::email(&format!("rep{round}@example.com")), format!("Rep {round}"));
        let deal = Deal {
            id: DealId::of(Crm::Hubspot, &format!("deal {round}")),
            rep: Some(rep.email.clone()),
            ..make::deal("Northwind renewal")
        };
        let known = KeyedPost { post: self.known.clone(), keys: vec!["guid:known".to_owned()] };
        store.save_crawl(CrawlBatch { lease: None, state: None, posts: vec![known], comments: vec![] }).await.unwrap();
        store.save_records(vec![Record::Rep(rep.clone()), Record::Deal(Box::new(deal))], vec![]).await.unwrap();
        let url = "http://127.0.0.1/".parse().unwrap();
        let link = sign_in_link(&*store, &url, &rep.email, jiff::Timestamp::now(), SignedDuration::from_hours(1)).await;
        let path = link.unwrap().parse::<url::Url>().unwrap().path().to_owned();
        store.flush().await.unwrap();
        path
    }

    /// One life of the service, from its start to its end; how long the end took.
    async fn live(&self, round: usize, ending: Ending) -> Duration {
        let path = self.prepare(round).await;
        let mail = self.relay.url("tls=none&per_second=1000");
        let arguments = [
            "serve",
            "--store",
            "sled:data/store",
            "--listen",
            "127.0.0.1:0",
            "--mail",
            &mail,
            "--mail-from",
            "ride@sales.example",
            "--backup-at",
            "00:00",
            "--request-gap",
            "0s",
        ];
        let log = self.folder.path().join("log");
        let serving = Running::start_logged(self.folder.path(), &arguments, &log, &[]);
        let line = serving.lines_until("Ridealong is at", Duration::from_secs(60)).pop().unwrap();
        let base = line.trim_start_matches("Ridealong is at ").trim_end_matches('/').to_owned();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let answer = client.post(format!("{base}{path}")).header("origin", &base).send().await.unwrap();
        let told = || std::fs::read_to_string(&log).unwrap();
        assert_eq!(answer.status().as_u16(), 303, "round {round}, signing in: {}", told());
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let half = HalfSent { base: base.clone(), cookie: cookie.clone(), post: self.known.id.clone() };
        let form = move |path: String, body: String| {
            let request = client.post(format!("{base}{path}")).header("origin", &base).header("cookie", &cookie);
            request.header("content-type", "application/x-www-form-urlencoded").body(body).send()
        };
        form("/settings/mail/ask".to_owned(), String::new()).await.unwrap();
        let clickers: Vec<_> = (0..CLICKERS)
            .map(|clicker| {
                let (form, noted, post) = (form.clone(), Arc::clone(&self.acknowledged), self.known.id.clone());
                tokio::spawn(async move {
                    for n in 0.. {
                        let text = format!("note-{round}-{clicker}-{n}-end");
                        let body = format!("text={text}&audience=everyone");
                        match form(format!("/posts/{post}/notes"), body).await {
                            Ok(answer) if answer.status().is_redirection() => {
                                noted.lock().unwrap().notes.insert(text);
                            }
                            Ok(answer) => panic!("a note was refused: {}", answer.status()),
                            Err(error) => {
                                if !error.is_connect() {
                                    noted.lock().unwrap().unanswered.insert(text);
                                }
                                return;
                            }
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300 + (round as u64 * 371) % 1_900)).await;
        let started = Instant::now();
        match ending {
            Ending::Kill => serving.kill(),
            Ending::Stop => {
                let text = format!("note-{round}-half-end");
                let half = half.begin(&text).await;
                let stopping = tokio::task::spawn_blocking(move || serving.stop(STOP_WITHIN));
                tokio::time::sleep(Duration::from_millis(700)).await;
                let answer = half.finish().await;
                assert!(answer.starts_with("HTTP/1.1 303"), "what was begun before the stop is finished: {answer:?}");
                self.acknowledged.lock().unwrap().notes.insert(text);
                assert_eq!(stopping.await.unwrap(), Some(0));
            }
        }
        let took = started.elapsed();
        for clicker in clickers {
            clicker.await.unwrap();
        }
        took
    }

    /// Everything that was acknowledged is there once, and the store agrees with itself.
    async fn check(&self, round: usize, ending: Ending) {
        let store = self.open().await;
        let report = store.check().await.unwrap();
        assert_eq!(report.faults, Vec::<String>::new(), "round {round}");
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for note in store.list_notes(&self.known.id).await.unwrap() {
            *found.entry(note.text).or_default() += 1;
        }
        assert!(found.values().all(|copies| *copies == 1), "round {round}: a note is doubled");
        let mut acknowledged = self.acknowledged.lock().unwrap();
        let lost: Vec<_> = acknowledged.notes.iter().filter(|text| !found.contains_key(*text)).collect();
        assert!(lost.is_empty(), "round {round}: lost are {lost:?}");
        if ending == Ending::Stop {
            let taken: Vec<_> = acknowledged.unanswered.iter().filter(|text| found.contains_key(*text)).collect();
            assert!(taken.is_empty(), "round {round}: taken and never answered are {taken:?}");
        }
        // A source that was crawled has all its posts, and none of them twice.
        assert_eq!((report.posts - 1) % POSTS as u64, 0, "round {round}: half a crawl");
        assert!(report.posts > acknowledged.posts, "round {round}: posts went missing");
        acknowledged.posts = report.posts - 1;
        if let Some(newest) = backup::list(&self.places().backups).first() {
            backup::verify(newest).unwrap();
        }
    }
}

/// A note of which the service has only half when it is asked to stop.
struct HalfSent {
    base: String,
    cookie: String,
    post: PostId,
}

/// The connection, and the half that is still to come.
struct Sending(tokio::net::TcpStream, String);

impl HalfSent {
    async fn begin(self, text: &str) -> Sending {
        let Self { base, cookie, post } = self;
        let body = format!("text={text}&audience=everyone");
        let (now, later) = body.split_at(body.len() / 2);
        let host = base.trim_start_matches("http://");
        let head = format!(
            "POST /posts/{post}/notes HTTP/1.1\r\nHost: {host}\r\nOrigin: {base}\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{now}",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // Long enough for the service to have taken the connection.
        tokio::time::sleep(Duration::from_millis(200)).await;
        Sending(stream, later.to_owned())
    }
}

impl Sending {
    async fn finish(mut self) -> String {
        self.0.write_all(self.1.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The service closes the connection after the answer.
        let _ = tokio::time::timeout(STOP_WITHIN, self.0.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

async fn world(manner: Manner) -> World {
    World {
        folder: tempfile::tempdir().unwrap(),
        base: sources().await,
        relay: Relay::start(manner).await,
        known: Post {
            text: "When the CFO asks for a discount, trade it for a date.".to_owned(),
            ..make::post("known", "When the CFO asks for a discount", Stage::Negotiation)
        },
        acknowledged: Arc::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_under_full_load_the_service_ends_in_time_and_loses_no_request() {
    let world = world(Manner { waits: Duration::from_millis(100), ..Manner::default() }).await;
    let mut longest = Duration::ZERO;
    for round in 0..STOPS {
        longest = longest.max(world.live(round, Ending::Stop).await);
        world.check(round, Ending::Stop).await;
    }
    let taken = world.relay.taken();
    let ids: BTreeSet<_> = taken.iter().map(|mail| &mail.message_id).collect();
    assert_eq!(ids.len(), taken.len(), "a mail that was under way at the stop is not sent again");
    let acknowledged = world.acknowledged.lock().unwrap();
    println!(
        "{STOPS} stops, the longest {longest:?}: {} acknowledged notes there once, {} requests not taken, {} posts in \
         whole crawls, {} mails, none twice",
        acknowledged.notes.len(),
        acknowledged.unanswered.len(),
        acknowledged.posts,
        taken.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_full_load_the_service_keeps_what_it_said_yes_to() {
    let world = world(Manner::default()).await;
    let mut backups = 0;
    for round in 0..kills() {
        world.live(round, Ending::Kill).await;
        backups += usize::from(Path::new(&world.places().backups).exists());
        world.check(round, Ending::Kill).await;
    }
    let mut mails: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let taken = world.relay.taken();
    for mail in &taken {
        mails.entry(mail.to.clone()).or_default().insert(mail.message_id.clone());
    }
    assert!(mails.values().all(|ids| ids.len() == 1), "somebody got two mails in a week: {mails:?}");
    let acknowledged = world.acknowledged.lock().unwrap();
    assert!(!acknowledged.notes.is_empty() && acknowledged.posts > 0);
    println!(
        "{} kills: {} acknowledged notes there once, {} posts in whole crawls, {} mails to {} reps under one id each, {backups} backups begun",
        kills(),
        acknowledged.notes.len(),
        acknowledged.posts,
        taken.len(),
        mails.len()
    );
}
