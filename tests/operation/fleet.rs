//! Twelve processes, three of each role, share one PostgreSQL. Some are killed without warning and the database crashes
//! while they work: no source is asked twice in its interval, no mail is doubled or missing, nothing acknowledged is lost.
//!
//! `RIDEALONG_FLEET_ROUNDS=30 cargo test operation::fleet -- --nocapture` is the long run. Between two waves of
//! processes time passes in the store: what the killed ones had begun is moved into the past.

use crate::helpers::make;
use crate::helpers::postgres::Cluster;
use crate::helpers::program::{Running, base_of, ridealong};
use crate::helpers::smtp::{Manner, Relay};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use ridealong::model::*;
use ridealong::store::postgres::PgStore;
use ridealong::store::{CrawlBatch, KeyedPost, Record, RecordKind, Setting, Store};
use ridealong::web::sign_in_link;
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Rounds of an ordinary run.
const ROUNDS: usize = 1;
/// Processes of each role.
const EACH: usize = 3;
/// Sources, each on a host of its own but the last few, which share one.
const SOURCES: usize = 30;
const ON_ONE_HOST: usize = 5;
/// Posts of each source, new in each round.
const POSTS: usize = 3;
/// Reps whose mail is due in each round.
const REPS: usize = 4;
const ROLES: [&str; 4] = ["web", "crawl", "mail", "sync"];

fn rounds() -> usize {
    std::env::var("RIDEALONG_FLEET_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// Publishers and a CRM, which count what they are asked.
#[derive(Default)]
struct Outside {
    round: Mutex<usize>,
    asked: Mutex<HashMap<String, usize>>,
}

impl Outside {
    async fn open(self: &Arc<Self>) -> u16 {
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let outside = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let outside = Arc::clone(&outside);
                tokio::spawn(async move {
                    let mut request = [0; 8192];
                    let read = stream.read(&mut request).await.unwrap_or(0);
                    let text = String::from_utf8_lossy(&request[..read]).into_owned();
                    let path = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
                    // As long as a request takes that somebody may be killed in.
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    let (status, body) = outside.answer(&path);
                    // Without a validator a source is asked once a day.
                    let head = format!(
                        "HTTP/1.1 {status}\r\nETag: \"{}\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len(),
                        body.len()
                    );
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                });
            }
        });
        port
    }

    fn answer(&self, path: &str) -> (&'static str, String) {
        let round = *self.round.lock().unwrap();
        let what = path.split('?').next().unwrap_or_default().to_owned();
        *self.asked.lock().unwrap().entry(what.clone()).or_default() += 1;
        if let Some(name) = path.strip_prefix("/feed/") {
            return ("200 OK", feed(name, round));
        }
        if path.starts_with("/api/") {
            let deal =
                serde_json::json!({ "id": 7, "title": format!("Round {round}"), "status": "open", "stage_id": 3 });
            let data = if what == "/api/v2/deals" { vec![deal] } else { vec![] };
            let body = serde_json::json!({ "data": data, "additional_data": { "next_cursor": null } });
            return ("200 OK", body.to_string());
        }
        ("404 Not Found", String::new())
    }

    /// How often each path was asked in this round.
    fn asked(&self) -> HashMap<String, usize> {
        self.asked.lock().unwrap().clone()
    }

    fn next_round(&self, round: usize) {
        *self.round.lock().unwrap() = round;
        self.asked.lock().unwrap().clear();
    }
}

fn feed(name: &str, round: usize) -> String {
    let items: String = (0..POSTS)
        .map(|n| {
            let id = format!("{name}-{round}-{n}");
            format!(
                "<item><guid>{id}</guid><title>Post {id}</title><description>Words that only {id} has: ask {id} for a \
                 date, wait for the answer of {id}, and say no more about {id}.</description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{name}</title>{items}</channel></rss>")
}

/// What came of all rounds.
#[derive(Debug, Default)]
struct Figures {
    kills: usize,
    crashes: usize,
    sources_asked: usize,
    sources_left_to_their_interval: usize,
    syncs: usize,
    mails: usize,
    second_copies: usize,
    notes: usize,
}

struct Fleet {
    folder: tempfile::TempDir,
    tenant: String,
    database: Cluster,
    outside: Arc<Outside>,
    port: u16,
    relay: Relay,
    known: Post,
    random: StdRng,
    figures: Figures,
    /// Looks at the CRM that this round may have cut short: processes for it that were ended, and the database's crash.
    cut: usize,
}

/// A process with its role and number.
struct Process {
    role: &'static str,
    running: Running,
    log: PathBuf,
}

impl Process {
    fn stop(self) {
        // None: it was still starting and did not listen for the signal yet.
        let code = self.running.stop(Duration::from_secs(120));
        let told = std::fs::read_to_string(&self.log).unwrap();
        assert!(matches!(code, Some(0) | None), "{} ended with {code:?}: {told}", self.role);
    }
}

impl Fleet {
    async fn store(&self) -> Arc<dyn Store> {
        Arc::new(PgStore::connect(&self.database.url(), &self.tenant).await.unwrap())
    }

    fn start(&self, role: &'static str, number: usize) -> Process {
        let mut command = ridealong();
        let outside = format!("http://127.0.0.1:{}", self.port);
        command.current_dir(self.folder.path()).args(["serve", "--listen", "127.0.0.1:0", "--roles", role]);
        command.args(["--store", &self.database.url(), "--tenant", &self.tenant, "--data", &format!("{role}{number}")]);
        command.args(["--mail", &self.relay.url("tls=none&per_second=1000"), "--mail-from", "ride@sales.example"]);
        command.args(["--request-gap", "0s", "--backup-at", "off", "--crm-allow-net", "127.0.0.0/8"]);
        command.args(["--pipedrive-url", &outside]).env("RIDEALONG_PIPEDRIVE_TOKEN", "the-token");
        let log = self.folder.path().join(format!("{role}{number}.log"));
        Process { role, running: Running::logged(command, &log), log }
    }

    fn start_all(&self) -> Vec<Process> {
        (0..EACH * ROLES.len()).map(|n| self.start(ROLES[n % ROLES.len()], n)).collect()
    }

    /// New reps whose mail is due, and one who clicks; returns that one's sign-in path.
    async fn prepare(&self, round: usize) -> String {
        let store = self.store().await;
        let due = Timestamp::now().checked_sub(SignedDuration::from_mins(5)).unwrap().to_zoned(TimeZone::UTC);
        let mut records = Vec::new();
        for n in 0..=REPS {
            let mut rep = Rep::new(make::email(&format!("rep{round}-{n}@example.com")), format!("Rep {round} {n}"));
            (rep.mail.weekday, rep.mail.at, rep.mail.enabled) = (due.weekday(), due.time(), n < REPS);
            let id = DealId::of(ridealong::model::Crm::Hubspot, &format!("deal {round} {n}"));
            let deal = Deal { id, rep: Some(rep.email.clone()), ..make::deal("Northwind renewal") };
            records.extend([Record::Rep(rep), Record::Deal(Box::new(deal))]);
        }
        store.save_records(records, vec![]).await.unwrap();
        let known = KeyedPost { post: self.known.clone(), keys: vec!["guid:known".to_owned()] };
        store.save_crawl(CrawlBatch { posts: vec![known], ..CrawlBatch::default() }).await.unwrap();
        let clicks = make::email(&format!("rep{round}-{REPS}@example.com"));
        let (url, hour) = ("http://127.0.0.1/".parse().unwrap(), SignedDuration::from_hours(1));
        let link = sign_in_link(&*store, &url, &clicks, Timestamp::now(), hour).await.unwrap();
        link.parse::<url::Url>().unwrap().path().to_owned()
    }

    /// Everybody works while some are killed and the database crashes; the killed are started again.
    async fn storm(&mut self, round: usize) -> BTreeSet<String> {
        let path = self.prepare(round).await;
        self.cut = 0;
        let mut all = self.start_all();
        let mut bases: Vec<String> =
            all.iter().filter(|process| process.role == "web").map(|process| base_of(&process.running)).collect();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let answer = client.post(format!("{}{path}", bases[0])).header("origin", &bases[0]).send().await.unwrap();
        let status = answer.status();
        assert!(answer.headers().contains_key("set-cookie"), "signing in: {status}, {:?}", answer.text().await);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let reached = Arc::new(Mutex::new(bases.clone()));
        let clicking = click(client, Arc::clone(&reached), cookie, self.known.id.clone(), round);
        let crash_after = self.random.random_range(0..4);
        for step in 0..4 {
            tokio::time::sleep(Duration::from_millis(self.random.random_range(50..900))).await;
            let victim = self.random.random_range(0..all.len());
            let process = all.swap_remove(victim);
            let (role, number) = (process.role, 100 * (round + 1) + step);
            process.running.kill();
            self.cut += usize::from(role == "sync");
            self.figures.kills += 1;
            if step == crash_after {
                self.cut += 1;
                tokio::task::block_in_place(|| self.database.crash());
                self.figures.crashes += 1;
            }
            let started = self.start(role, number);
            if role == "web" {
                bases.push(base_of(&started.running));
                *reached.lock().unwrap() = bases.clone();
            }
            all.push(started);
        }
        tokio::time::sleep(Duration::from_millis(self.random.random_range(100..2_000))).await;
        let noted = clicking.stop().await;
        for process in all {
            self.cut += usize::from(process.role == "sync");
            if self.random.random_bool(0.5) {
                process.running.kill();
                self.figures.kills += 1;
            } else {
                process.stop();
            }
        }
        noted
    }

    /// Half an hour passes: claims and leases of the killed end. What was asked rests on for its interval of an hour.
    async fn half_an_hour(&self) {
        let store = self.store().await;
        let past = SignedDuration::from_mins(31);
        for record in store.list_all(RecordKind::Mail, None).await.unwrap() {
            let Record::Mail(mut claim) = record else { continue };
            claim.lease_until = claim.lease_until.checked_sub(past).unwrap();
            claim.retry_at = claim.retry_at.map(|at| at.checked_sub(past).unwrap());
            store.save(Record::Mail(claim)).await.unwrap();
        }
        self.move_leases(past).await;
    }

    async fn move_leases(&self, by: SignedDuration) {
        let mut connection = PgConnection::connect(&self.database.url()).await.unwrap();
        let moved = sqlx::query("UPDATE leases SET free_at_ms = free_at_ms - $1 WHERE tenant = $2");
        let by_ms = i64::try_from(by.as_millis()).unwrap();
        moved.bind(by_ms).bind(&self.tenant).execute(&mut connection).await.unwrap();
    }

    /// Everybody works undisturbed until nothing is left to do.
    async fn calm(&self, round: usize) {
        let all = self.start_all();
        let until = Instant::now() + Duration::from_secs(300);
        loop {
            let open = self.open_work(round).await;
            if open.is_empty() {
                break;
            }
            assert!(Instant::now() < until, "round {round}: still to do is {open:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        for process in all {
            process.stop();
        }
    }

    /// Sources that were neither read nor asked, and mails that are not sent.
    async fn open_work(&self, round: usize) -> Vec<String> {
        let store = self.store().await;
        let asked = self.outside.asked();
        let done: BTreeSet<_> = store
            .list_states()
            .await
            .unwrap()
            .iter()
            .filter(|state| state.next_check_at > Some(Timestamp::now()))
            .map(|state| state.source_id.to_string())
            .collect();
        let source = |n: usize| format!("s{n}");
        let mut open: Vec<String> = (0..SOURCES)
            .map(source)
            .filter(|id| !done.contains(id) && !asked.contains_key(&format!("/feed/{id}")))
            .collect();
        for n in 0..REPS {
            let email = make::email(&format!("rep{round}-{n}@example.com"));
            let week = IsoWeek::of(Timestamp::now(), &TimeZone::UTC);
            let claim = store.find_mail(&email, week).await.unwrap();
            if claim.as_ref().is_none_or(|claim| claim.state != MailState::Sent) {
                open.push(format!("{email}: {:?}", claim.map(|claim| (claim.state, claim.cause))));
            }
        }
        if !asked.contains_key("/api/v2/deals") {
            open.push("the CRM".to_owned());
        }
        open
    }

    async fn check(&mut self, round: usize, noted: &BTreeSet<String>) {
        let store = self.store().await;
        let asked = self.outside.asked();
        for (path, times) in asked.iter().filter(|(path, _)| path.starts_with("/feed/")) {
            assert_eq!(*times, 1, "round {round}: {path} was asked {times} times in its interval");
        }
        self.figures.sources_asked += asked.keys().filter(|path| path.starts_with("/feed/")).count();
        let syncs = asked.get("/api/v2/deals").copied().unwrap_or(0);
        self.figures.sources_left_to_their_interval +=
            SOURCES - asked.keys().filter(|path| path.starts_with("/feed/")).count();
        // One that was cut short is done again by the next process that starts.
        assert!(syncs <= 1 + self.cut, "round {round}: the CRM was read {syncs} times, with {} cut short", self.cut);
        self.figures.syncs += syncs;

        let report = store.check().await.unwrap();
        assert_eq!(report.faults, Vec::<String>::new(), "round {round}");
        assert_eq!((report.posts - 1) % POSTS as u64, 0, "round {round}: half a crawl");
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for note in store.list_notes(&self.known.id).await.unwrap() {
            *found.entry(note.text).or_default() += 1;
        }
        let lost: Vec<_> = noted.iter().filter(|text| !found.contains_key(*text)).collect();
        assert!(lost.is_empty(), "round {round}: lost are {lost:?}");
        assert!(found.values().all(|copies| *copies == 1), "round {round}: a note is doubled");
        self.figures.notes += noted.len();
    }

    /// Two hours pass: every source and the CRM are due again.
    async fn two_hours(&self, round: usize) {
        let store = self.store().await;
        let before = Timestamp::now().checked_sub(SignedDuration::from_mins(1)).unwrap();
        let states = store.list_states().await.unwrap().into_iter();
        let earlier = |at: Option<Timestamp>| at.map(|at| at.checked_sub(SignedDuration::from_hours(2)).unwrap());
        let due = states.map(|state| {
            let (checked_at, last_good_at) = (earlier(state.checked_at), earlier(state.last_good_at));
            (SourceState { next_check_at: Some(before), checked_at, last_good_at, ..state }, None)
        });
        store.save_states(due.collect()).await.unwrap();
        self.move_leases(SignedDuration::from_hours(2)).await;
        let settings = store.list_all(RecordKind::Setting, None).await.unwrap();
        for setting in settings {
            let Record::Setting(Setting { name, value }) = setting else { continue };
            if name.starts_with("sync:") {
                let mut kept: serde_json::Value = serde_json::from_str(&value).unwrap();
                kept["looked_at"] = serde_json::Value::Null;
                store.save_setting(&name, kept.to_string()).await.unwrap();
            }
        }
        self.outside.next_round(round);
    }
}

/// Somebody who writes notes through whichever process answers.
struct Clicking {
    stop: Arc<std::sync::atomic::AtomicBool>,
    task: tokio::task::JoinHandle<BTreeSet<String>>,
}

impl Clicking {
    async fn stop(self) -> BTreeSet<String> {
        self.stop.store(true, std::sync::atomic::Ordering::SeqCst);
        self.task.await.unwrap()
    }
}

fn click(
    client: reqwest::Client,
    bases: Arc<Mutex<Vec<String>>>,
    cookie: String,
    post: PostId,
    round: usize,
) -> Clicking {
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let task = tokio::spawn(async move {
        let mut noted = BTreeSet::new();
        for n in 0.. {
            if stopped.load(std::sync::atomic::Ordering::SeqCst) {
                break;
            }
            let bases = bases.lock().unwrap().clone();
            let base = &bases[n % bases.len()];
            let text = format!("note-{round}-{n}-end");
            let request = client.post(format!("{base}/posts/{post}/notes")).header("origin", base);
            let request = request.header("cookie", &cookie).header("content-type", "application/x-www-form-urlencoded");
            // A process that is gone, or a database that is, says no; only a yes counts.
            if let Ok(answer) = request.body(format!("text={text}&audience=everyone")).send().await
                && answer.status().is_redirection()
                && !answer.headers()["location"].to_str().unwrap_or_default().contains("sign-in")
            {
                noted.insert(text);
            }
        }
        noted
    });
    Clicking { stop, task }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fleet_under_fire_asks_once_mails_once_and_loses_nothing() {
    let outside = Arc::new(Outside::default());
    let port = outside.open().await;
    let mut fleet = Fleet {
        folder: tempfile::tempdir().unwrap(),
        tenant: "fleet".to_owned(),
        database: Cluster::start(),
        port,
        outside,
        relay: Relay::start(Manner::default()).await,
        known: Post {
            text: "When the CFO asks for a discount, trade it for a date.".to_owned(),
            ..make::post("known", "When the CFO asks for a discount", Stage::Negotiation)
        },
        random: StdRng::seed_from_u64(11),
        figures: Figures::default(),
        cut: 0,
    };
    let mut yaml = "sources:\n".to_owned();
    for n in 0..SOURCES {
        let host = n.min(SOURCES - ON_ONE_HOST) + 1;
        yaml += &format!(
            "  - id: s{n}\n    url: http://127.0.10.{host}:{port}/feed/s{n}\n    allow_net: 127.0.0.0/8\n    full_text: false\n    comments: off\n"
        );
    }
    std::fs::write(fleet.folder.path().join("sources.yaml"), yaml).unwrap();
    for round in 0..rounds() {
        let noted = fleet.storm(round).await;
        fleet.half_an_hour().await;
        fleet.calm(round).await;
        fleet.check(round, &noted).await;
        println!("round {round}: {:?}", fleet.figures);
        fleet.two_hours(round + 1).await;
    }
    let mut mails: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in fleet.relay.taken() {
        mails.entry(mail.to).or_default().push(mail.message_id);
    }
    assert_eq!(mails.len(), rounds() * REPS, "somebody got no mail");
    for (rep, ids) in &mut mails {
        fleet.figures.mails += 1;
        fleet.figures.second_copies += ids.len() - 1;
        ids.dedup();
        assert_eq!(ids.len(), 1, "{rep} got two mails in a week: {ids:?}");
    }
    assert!(fleet.figures.notes > 0);
    assert!(fleet.figures.sources_asked * 2 > rounds() * SOURCES, "most sources rested: {:?}", fleet.figures);
    println!("{} rounds of {} processes: {:#?}", rounds(), EACH * ROLES.len(), fleet.figures);
}
