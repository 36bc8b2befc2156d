//! Killed at any moment: what was acknowledged is there, whole, and once.
//!
//! The test binary starts itself again as a child that writes in several tasks at once and prints each write when it
//! has been acknowledged; the child is killed without warning, and the store is looked at.

use crate::helpers::make::{comment, now, post};
use ridealong::model::*;
use ridealong::store::recovery::{self, Places};
use ridealong::store::{CrawlBatch, KeyedPost, Record, Setting, Store, backup};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Tells the child which folder to write to; absent in an ordinary run.
const CHILD: &str = "RIDEALONG_TEST_KILLED_IN";
/// How often the child is killed.
const ROUNDS: u32 = 100;
/// After so many kills a new store is begun, so that looking at it stays quick.
const ROUNDS_OF_A_STORE: u32 = 10;
/// Posts of one crawl.
const CRAWL: usize = 5;

fn places(folder: &Path) -> Places {
    Places::within(folder, &folder.join("store"))
}

fn say(line: String) {
    let mut out = std::io::stdout().lock();
    out.write_all((line + "\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Posts of one crawl that belong together: all are there, or none.
fn crawl(name: &str) -> CrawlBatch {
    let posts: Vec<_> = (0..CRAWL).map(|n| post(&format!("{name}/{n}"), name, Stage::Closing)).collect();
    let comments = posts.iter().map(|post| comment(post, "c", name)).collect();
    let keyed = |post: Post| KeyedPost { keys: vec![format!("guid:{}", post.id)], post };
    let mut state = SourceState::new(SourceId::new("blog"));
    state.newest_title = Some(name.to_owned());
    CrawlBatch { lease: None, state: Some(state), posts: posts.into_iter().map(keyed).collect(), comments }
}

async fn write_without_end(folder: &Path, round: &str) {
    let places = places(folder);
    let store = recovery::open(&places, now()).await.unwrap().store;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..3 {
        let (store, round) = (Arc::clone(&store), round.to_owned());
        tasks.spawn(async move {
            for n in 0.. {
                let name = format!("{round}-{task}-{n}");
                store.save_crawl(crawl(&name)).await.unwrap();
                say(format!("crawl {name}"));
            }
        });
    }
    for task in 0..3 {
        let (store, round) = (Arc::clone(&store), round.to_owned());
        tasks.spawn(async move {
            for n in 0.. {
                store.save_setting(&format!("counter-{task}"), format!("{round} {n}")).await.unwrap();
                say(format!("counter {task} {round} {n}"));
            }
        });
    }
    tasks.spawn(async move {
        loop {
            backup::nightly(&*store, &places, backup::Retention::default(), now()).await.unwrap();
            say("backup".to_owned());
        }
    });
    tasks.join_next().await;
}

/// Not a promise of its own: what the child of the next test runs. An ordinary run finds nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes_until_it_is_killed() {
    if let (Ok(folder), Ok(round)) = (std::env::var(CHILD), std::env::var("ROUND")) {
        write_without_end(Path::new(&folder), &round).await;
    }
}

#[tokio::test]
async fn killed_a_hundred_times_nothing_acknowledged_is_lost_or_doubled() {
    let mut folder = tempfile::tempdir().unwrap();
    let mut crawls: Vec<String> = Vec::new();
    let mut counters: HashMap<u32, (u32, u64)> = HashMap::new();
    let (mut acknowledged, mut backups) = (0, 0);
    for round in 0..ROUNDS {
        if round % ROUNDS_OF_A_STORE == 0 {
            folder = tempfile::tempdir().unwrap();
            crawls.clear();
            counters.clear();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::kill::child_that_writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, folder.path())
            .env("ROUND", round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = String::new();
        // Once it has begun to write, it is killed at a moment that differs from round to round.
        while !lines.contains("crawl ") {
            assert!(out.read_line(&mut lines).unwrap() > 0, "round {round}: the child ended by itself: {lines}");
        }
        std::thread::sleep(Duration::from_millis(u64::from(round * 37 % 101)));
        child.kill().unwrap();
        child.wait().unwrap();
        out.read_to_string(&mut lines).unwrap();

        for line in lines.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["crawl", name] => crawls.push(name.to_owned()),
                ["counter", task, round, n] => {
                    counters.insert(task.parse().unwrap(), (round.parse().unwrap(), n.parse().unwrap()));
                }
                ["backup"] => backups += 1,
                _ => continue,
            }
            acknowledged += 1;
        }
        let opened = recovery::open(&places(folder.path()), now()).await.unwrap();
        assert_eq!(opened.told, None, "round {round}: a killed store is not a damaged one");
        let report = opened.store.check().await.unwrap();
        assert_eq!(report.faults, Vec::<String>::new(), "round {round}");
        assert_eq!((report.posts % CRAWL as u64, report.comments), (0, report.posts), "round {round}: half a crawl");
        assert!(report.posts >= (crawls.len() * CRAWL) as u64, "round {round}");
        for name in &crawls {
            let batch = crawl(name);
            let ids: Vec<_> = batch.posts.iter().map(|keyed| keyed.post.id.clone()).collect();
            assert_eq!(opened.store.find_posts(&ids).await.unwrap().len(), CRAWL, "round {round}: {name}");
        }
        for (task, at_least) in &counters {
            let Setting { value, .. } = setting(&*opened.store, *task).await;
            let (round_kept, n) = value.split_once(' ').unwrap();
            let kept: (u32, u64) = (round_kept.parse().unwrap(), n.parse().unwrap());
            assert!(kept >= *at_least, "round {round}: counter {task} is {kept:?}, acknowledged was {at_least:?}");
        }
        if let Some(newest) = backup::list(&places(folder.path()).backups).first() {
            backup::verify(newest).unwrap();
        }
    }
    println!("{ROUNDS} kills: {acknowledged} acknowledged writes, {backups} of them backups, none lost");
    assert!(acknowledged > u64::from(ROUNDS));
}

async fn setting(store: &dyn Store, task: u32) -> Setting {
    let records = store.list_all(ridealong::store::RecordKind::Setting, None).await.unwrap();
    let name = format!("counter-{task}");
    let mut named = records.into_iter().filter_map(|record| match record {
        Record::Setting(setting) if setting.name == name => Some(setting),
        _ => None,
    });
    named.next().unwrap()
}
