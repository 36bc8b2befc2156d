//! A CRM that is dead, hangs, fails or talks nonsense costs fresh deals and nothing else, and they come when it is back.

use crate::helpers::program::{Running, base_of, err, out, ridealong_in};
use crate::helpers::stores;
use crate::helpers::{make, program};
use ridealong::model::{Act, Deal, DealState};
use ridealong::store::Record;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const TOKEN: &str = "the-pipedrive-token";

/// What the CRM does with a request.
#[derive(Clone, Debug)]
enum Manner {
    /// Nobody listens.
    Dead,
    /// Takes the connection and says nothing.
    Hangs,
    /// Answers this status.
    Fails(u16),
    /// Breaks off in the middle of the deals.
    Cut,
    /// Answers with a page for people.
    Nonsense,
    /// Answers with these deals.
    Works(Vec<Value>),
}

/// A CRM whose manner can be changed.
struct Crm {
    port: u16,
    manner: Arc<Mutex<Manner>>,
}

impl Crm {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, manner) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(manner)));
        let current = Arc::clone(&manner);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let manner = current.lock().unwrap().clone();
                tokio::spawn(async move {
                    let mut request = [0; 8192];
                    let read = stream.read(&mut request).await.unwrap_or(0);
                    match answer(&manner, &String::from_utf8_lossy(&request[..read])) {
                        // The sync has given up by then.
                        None => tokio::time::sleep(Duration::from_secs(60)).await,
                        Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                    }
                });
            }
        });
        Self { port, manner }
    }

    /// Behaves so from now on; returns the port to ask.
    fn behaves(&self, manner: &Manner) -> u16 {
        if matches!(manner, Manner::Dead) {
            // One that was free a moment ago.
            return std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        }
        *self.manner.lock().unwrap() = manner.clone();
        self.port
    }
}

fn answer(manner: &Manner, request: &str) -> Option<String> {
    let whole = |status: u16, body: String| {
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let body = |deals: &[Value]| {
        let data: &[Value] = if request.starts_with("GET /api/v2/deals") { deals } else { &[] };
        json!({ "data": data, "additional_data": { "next_cursor": null } }).to_string()
    };
    Some(match manner {
        Manner::Dead | Manner::Hangs => return None,
        Manner::Fails(status) => whole(*status, "{\"error\": \"the database is down\"}".to_owned()),
        Manner::Nonsense => whole(200, "<!doctype html><title>Maintenance</title>".to_owned()),
        Manner::Works(deals) => whole(200, body(deals)),
        Manner::Cut => {
            let all = whole(200, body(&[deal(1, "One", "open"), deal(9, "Nine", "open")]));
            if request.starts_with("GET /api/v2/deals") { all[..all.len() - 30].to_owned() } else { all }
        }
    })
}

fn deal(id: u32, title: &str, status: &str) -> Value {
    json!({ "id": id, "title": title, "status": status, "stage_id": 3, "won_time": "2026-11-23T08:00:00Z" })
}

fn arguments(port: u16) -> Vec<String> {
    let url = format!("http://127.0.0.1:{port}");
    let all = [
        "--pipedrive-url",
        &url,
        "--crm-allow-net",
        "127.0.0.0/8",
        "--first-byte-timeout",
        "1s",
        "--request-timeout",
        "2s",
    ];
    all.map(str::to_owned).to_vec()
}

async fn sync(folder: &Path, port: u16) -> Output {
    let mut command = ridealong_in(folder);
    command.env("RIDEALONG_PIPEDRIVE_TOKEN", TOKEN);
    command.args(["deals", "sync", "--full"]).args(arguments(port));
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// The deals by their id in the CRM, and what the rep did with them.
async fn kept(folder: &Path) -> (Vec<Deal>, usize) {
    let store = stores::of_folder(folder).await;
    let mut deals = store.list_deals(None).await.unwrap();
    deals.sort_by(|a, b| a.external_id.cmp(&b.external_id));
    (deals, store.list_acts(&make::rep().email).await.unwrap().acts.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_crm_dead_the_pages_stay_up_and_nothing_is_lost_and_deals_come_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sources.yaml"), "sources: []\n").unwrap();
    let crm = Crm::start(Manner::Works(vec![deal(1, "One", "open"), deal(2, "Two", "open")])).await;
    let first = sync(folder.path(), crm.port).await;
    assert!(first.status.success() && out(&first).contains("read 2 deals"), "{}{}", out(&first), err(&first));
    {
        let store = stores::of_folder(folder.path()).await;
        store.save(Record::Rep(make::rep())).await.unwrap();
        let mut deal = store.list_deals(None).await.unwrap().remove(0);
        let nobodys = Record::Deal(Box::new(deal.clone())).key();
        deal.rep = Some(make::rep().email);
        let act = Act::SnoozeDeal { deal: deal.id.clone(), until: make::days_ago(-7) };
        store.save_act(&make::rep().email, make::now(), act).await.unwrap();
        store.save_records(vec![Record::Deal(Box::new(deal))], vec![nobodys]).await.unwrap();
    }
    let before = kept(folder.path()).await;
    assert_eq!((before.0.len(), before.1), (2, 1));

    for (manner, says) in [
        (Manner::Dead, "connect"),
        (Manner::Hangs, "1 s"),
        (Manner::Fails(500), "answered 500"),
        (Manner::Fails(503), "Pipedrive"),
        (Manner::Cut, "127.0.0.1"),
        (Manner::Nonsense, "cannot be read"),
    ] {
        let failed = sync(folder.path(), crm.behaves(&manner)).await;
        let said = err(&failed);
        assert_eq!(failed.status.code(), Some(1), "{manner:?}: {}{said}", out(&failed));
        assert!(said.contains(says) && !said.contains(TOKEN), "{manner:?}: {said}");
        assert_eq!(kept(folder.path()).await, before, "{manner:?}");
    }

    for manner in [Manner::Dead, Manner::Hangs] {
        serves_meanwhile(folder.path(), crm.behaves(&manner)).await;
        assert_eq!(kept(folder.path()).await, before, "{manner:?}");
    }

    let back = Manner::Works(vec![deal(1, "One", "open"), deal(2, "Two, larger", "open"), deal(3, "Three", "open")]);
    let read = sync(folder.path(), crm.behaves(&back)).await;
    assert!(read.status.success(), "{}{}", out(&read), err(&read));
    let (deals, acts) = kept(folder.path()).await;
    let shown: Vec<_> = deals.iter().map(|deal| (deal.external_id.as_str(), deal.name.as_str(), deal.state)).collect();
    let open = DealState::Open;
    assert_eq!(shown, [("1", "One", open), ("2", "Two, larger", open), ("3", "Three", open)]);
    assert_eq!(acts, 1, "what the rep did is still there");
}

/// The service with this CRM: it is ready, tells what is wrong without the token, and ends in time.
async fn serves_meanwhile(folder: &Path, port: u16) {
    let token = out(&program::run(folder, &["reps", "token", "maya@example.com"]));
    let token = token.split_whitespace().find(|word| word.starts_with("ridealong_")).unwrap().to_owned();
    let log = folder.join("log");
    let mut all = vec!["serve".to_owned(), "--listen".to_owned(), "127.0.0.1:0".to_owned()];
    all.extend(arguments(port));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let serving = Running::start_logged(folder, &all, &log, &[("RIDEALONG_PIPEDRIVE_TOKEN", TOKEN)]);
    let base = base_of(&serving);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(30);
    let told = loop {
        let ready = client.get(format!("{base}/readyz")).send().await.unwrap();
        assert_eq!(ready.status().as_u16(), 200, "it stays up");
        let told = std::fs::read_to_string(&log).unwrap();
        if told.contains("Pipedrive") || std::time::Instant::now() > until {
            break told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(told.contains("Pipedrive") && !told.contains(TOKEN), "{told}");
    let mine = client.get(format!("{base}/api/v1/deals")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(mine.status().as_u16(), 200);
    let mine: Value = serde_json::from_str(&mine.text().await.unwrap()).unwrap();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1, "{mine}");
    let stopped = tokio::task::spawn_blocking(move || serving.stop(Duration::from_secs(10))).await.unwrap();
    assert_eq!(stopped, Some(0));
}
