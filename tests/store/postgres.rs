//! What a shared database promises beyond the contract of every store.

use crate::helpers::filled::fill;
use crate::helpers::make::{post, rep};
use crate::helpers::postgres::{Cluster, fresh, fresh_tenant, url};
use ridealong::model::*;
use ridealong::store::copy;
use ridealong::store::memory::MemoryStore;
use ridealong::store::postgres::{PgStore, STATEMENTS};
use ridealong::store::{CrawlBatch, KeyedPost, PostQuery, Record, Setting, Store};
use sqlx::{Connection, PgConnection, Row};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn crawl(posts: Vec<Post>) -> CrawlBatch {
    let keyed = |post: Post| KeyedPost { keys: vec![format!("url:{}", post.url)], post };
    CrawlBatch {
        lease: None,
        state: Some(SourceState::new(SourceId::new("blog"))),
        posts: posts.into_iter().map(keyed).collect(),
        comments: vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_of_one_database_never_see_each_other() {
    let (ours, theirs) = (fresh().await, fresh().await);
    let (ours, theirs): (&dyn Store, &dyn Store) = (&ours, &theirs);
    let found = post("1", "Open with a question", Stage::Prospecting);
    ours.save_crawl(crawl(vec![found.clone()])).await.unwrap();
    ours.save(Record::Rep(rep())).await.unwrap();

    assert!(theirs.list_states().await.unwrap().is_empty());
    assert!(theirs.find_posts(std::slice::from_ref(&found.id)).await.unwrap().is_empty());
    assert!(theirs.list_posts(&PostQuery { max: 10, ..PostQuery::default() }).await.unwrap().is_empty());
    assert_eq!(theirs.find_identities(&[format!("url:{}", found.url)]).await.unwrap(), [None]);
    assert!(theirs.list_changes(0, 10).await.unwrap().is_empty());
    assert!(theirs.list_reps().await.unwrap().is_empty());
    theirs.remove_posts(std::slice::from_ref(&found.id)).await.unwrap();
    theirs.save_records(vec![], vec![Record::Rep(rep()).key()]).await.unwrap();
    assert_eq!(ours.find_posts(std::slice::from_ref(&found.id)).await.unwrap().len(), 1);
    assert_eq!(ours.list_reps().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_while_the_database_restarts_waits_for_it() {
    let mut cluster = Cluster::start();
    let (url, restarting) = (cluster.url(), Arc::new(AtomicBool::new(true)));
    let starting = tokio::spawn({
        let (url, restarting) = (url.clone(), Arc::clone(&restarting));
        async move {
            let mut started = 0;
            while restarting.load(Ordering::SeqCst) {
                PgStore::connect(&url, "starting").await.unwrap();
                started += 1;
            }
            started
        }
    });
    for _ in 0..3 {
        tokio::task::block_in_place(|| cluster.crash());
    }
    restarting.store(false, Ordering::SeqCst);
    assert!(starting.await.unwrap() > 0);
    let nowhere = PgStore::connect("postgres://ride@localhost/postgres?host=/nowhere", "starting").await.unwrap_err();
    assert!(nowhere.to_string().contains("the database postgres:///nowhere/postgres cannot be reached"), "{nowhere}");
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_meet_wait_for_each_other_and_lose_nothing() {
    let tenant = fresh_tenant();
    let stores: Vec<Arc<PgStore>> = {
        let mut stores = Vec::new();
        for _ in 0..3 {
            stores.push(Arc::new(PgStore::connect(&url(), &tenant).await.unwrap()));
        }
        stores
    };
    // The same posts and keys from three processes, each in another order.
    let tasks = (0..24).map(|n| {
        let store = Arc::clone(&stores[n % 3]);
        tokio::spawn(async move {
            let mut posts: Vec<_> =
                (0..20).map(|at| post(&at.to_string(), &format!("Title {n}"), Stage::Closing)).collect();
            posts.rotate_left(n % 20);
            store.save_crawl(crawl(posts)).await.unwrap();
        })
    });
    futures::future::join_all(tasks).await.into_iter().for_each(|done| done.unwrap());
    let report = stores[0].check().await.unwrap();
    assert_eq!((report.posts, report.faults), (20, vec![]));
    let changes = stores[1].list_changes(0, 100).await.unwrap();
    assert_eq!(changes.len(), 20);
    assert!(changes.is_sorted_by(|a, b| a.seq < b.seq));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_swap_the_same_record_one_wins_each_time() {
    let tenant = fresh_tenant();
    let (one, two) =
        (PgStore::connect(&url(), &tenant).await.unwrap(), PgStore::connect(&url(), &tenant).await.unwrap());
    let (one, two): (Arc<dyn Store>, Arc<dyn Store>) = (Arc::new(one), Arc::new(two));
    let setting = |value: u32| Record::Setting(Setting { name: "counter".to_owned(), value: value.to_string() });
    let tasks = (0..40).map(|n| {
        let store = Arc::clone(if n % 2 == 0 { &one } else { &two });
        tokio::spawn(async move {
            loop {
                let held = store.find_record(&setting(0).key()).await.unwrap();
                let next = match &held {
                    Some(Record::Setting(held)) => held.value.parse::<u32>().unwrap() + 1,
                    _ => 1,
                };
                if store.swap_record(&setting(0).key(), held.as_ref(), Some(setting(next))).await.unwrap() {
                    break;
                }
            }
        })
    });
    futures::future::join_all(tasks).await.into_iter().for_each(|done| done.unwrap());
    assert_eq!(one.find_record(&setting(0).key()).await.unwrap(), Some(setting(40)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_never_misses_a_change_that_a_slower_writer_makes_later() {
    let tenant = fresh_tenant();
    let store = Arc::new(PgStore::connect(&url(), &tenant).await.unwrap());
    let writers = (0..8).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0..15 {
                store.save_crawl(crawl(vec![post(&format!("{writer}-{n}"), "Title", Stage::Closing)])).await.unwrap();
            }
        })
    });
    let writing = futures::future::join_all(writers);
    tokio::pin!(writing);
    let (mut seen, mut seq, mut done) = (0, 0, false);
    loop {
        let page = store.list_changes(seq, 7).await.unwrap();
        seen += page.len();
        seq = page.last().map_or(seq, |change| change.seq);
        if done && page.is_empty() {
            break;
        }
        if !done {
            done = tokio::time::timeout(std::time::Duration::from_millis(2), &mut writing).await.is_ok();
        }
    }
    assert_eq!(seen, 120, "each post changed once, and was seen once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_interrupted_goes_on_and_ends_the_same() {
    let from = MemoryStore::new();
    fill(&from).await;
    let to = fresh().await;
    let (from, to): (&dyn Store, &dyn Store) = (&from, &to);
    let mut patience = std::time::Duration::from_millis(1);
    while !copy::is_begun(from, to).await.unwrap() {
        // Dropped in the middle, as a killed process would.
        assert!(tokio::time::timeout(patience, copy::copy(from, to)).await.is_err());
        patience *= 2;
    }
    let copied = copy::copy(from, to).await.unwrap();
    assert!(copied.posts > 0 && copied.records > 0);
    assert!(!copy::is_begun(from, to).await.unwrap(), "a whole copy is no beginning");
    assert_eq!(to.check().await.unwrap().faults, Vec::<String>::new());
}

/// What some engine of the family does not run, or runs differently.
const FOREIGN: [&str; 13] = [
    "SERIAL",
    "NEXTVAL",
    "LISTEN",
    "NOTIFY",
    "PG_ADVISORY",
    "TRIGGER",
    "TEMP ",
    "TEMPORARY",
    "LOCK TABLE",
    "TRUNCATE",
    "MERGE ",
    "DO $$",
    "RETURNING XMAX",
];

#[test]
fn every_statement_is_one_that_citus_yugabyte_and_cockroach_run_and_names_its_tenant() {
    assert!(STATEMENTS.len() > 20);
    for (name, sql) in STATEMENTS {
        let upper = sql.to_uppercase();
        for word in FOREIGN {
            assert!(!upper.contains(word), "{name} uses {word}");
        }
        assert!(!sql.contains(';'), "{name} is more than one statement");
        assert!(upper.contains("TENANT"), "{name} forgets the tenant");
        let starts = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "];
        assert!(starts.iter().any(|start| upper.starts_with(start)), "{name} is neither a read nor a write of rows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_a_whole_table() {
    let _store = fresh().await;
    let mut connection = PgConnection::connect(&url()).await.unwrap();
    // A plan that does not know the values, on tables too small for an index to pay: only the shape counts.
    for setting in ["SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off"] {
        sqlx::query(setting).execute(&mut connection).await.unwrap();
    }
    for (name, sql) in STATEMENTS {
        let prepared = format!("PREPARE looked_at AS {sql}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(prepared)).execute(&mut connection).await.unwrap();
        let count = (1..20).rev().find(|n| sql.contains(&format!("${n}"))).unwrap();
        let explain = format!("EXPLAIN EXECUTE looked_at ({})", vec!["NULL"; count].join(", "));
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(explain)).fetch_all(&mut connection).await.unwrap();
        let plan = rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n");
        assert!(!plan.contains("Seq Scan"), "{name} reads a whole table:\n{plan}");
        sqlx::raw_sql("DEALLOCATE looked_at").execute(&mut connection).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_that_the_database_finds_are_tried_again_unseen() {
    let tenant = fresh_tenant();
    let store = PgStore::connect(&url(), &tenant).await.unwrap();
    let first = post("1", "One", Stage::Closing);
    store.save_crawl(crawl(vec![first.clone()])).await.unwrap();
    // Somebody else holds the row and then ends every session: the writer is cut off in the middle and begins again.
    let mut holder = PgConnection::connect(&url()).await.unwrap();
    sqlx::query("BEGIN").execute(&mut holder).await.unwrap();
    sqlx::query("SELECT id FROM posts WHERE tenant = $1 FOR UPDATE").bind(&tenant).execute(&mut holder).await.unwrap();
    let writing = tokio::spawn({
        let (store, edited) = (store.clone(), Post { title: "Edited".to_owned(), ..first.clone() });
        async move { store.save_crawl(crawl(vec![edited])).await }
    });
    let held_by: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut holder).await.unwrap();
    // Within a transaction a connection sees others as they were at first: another one looks.
    let mut looker = PgConnection::connect(&url()).await.unwrap();
    let waits = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))";
    let waiting: i32 = loop {
        match sqlx::query_scalar(waits).bind(held_by).fetch_optional(&mut looker).await.unwrap() {
            Some(pid) => break pid,
            None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    };
    sqlx::query("SELECT pg_terminate_backend($1)").bind(waiting).execute(&mut looker).await.unwrap();
    sqlx::query("COMMIT").execute(&mut holder).await.unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(store.find_posts(&[first.id]).await.unwrap()[0].title, "Edited");
}
