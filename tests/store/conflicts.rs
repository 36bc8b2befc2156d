//! Serialisation failures and deadlocks, thrown into every step of every write, are met by doing it again: the caller
//! sees nothing, and what is kept is the same as where nothing went wrong.

use crate::helpers::filled::contents;
use crate::helpers::make::{comment, now, post, rep};
use crate::helpers::postgres::url;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::store::memory::MemoryStore;
use ridealong::store::postgres::PgStore;
use ridealong::store::{CrawlBatch, KeyedPost, Limit, Record, Setting, Store};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::sync::Arc;

/// Throws once, at the chosen statement or at the end of the transaction. Sequences are not rolled back, so what is
/// counted stays counted.
const THROWER: &str = "
CREATE TABLE thrown (step bigint NOT NULL, ends bigint NOT NULL, code text NOT NULL);
INSERT INTO thrown VALUES (0, 0, '');
CREATE SEQUENCE steps; CREATE SEQUENCE ends;
CREATE FUNCTION throw() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted thrown; BEGIN
  SELECT * INTO wanted FROM thrown;
  IF TG_LEVEL = 'STATEMENT' AND nextval('steps') = wanted.step THEN
    RAISE EXCEPTION 'thrown at a statement' USING ERRCODE = wanted.code;
  ELSIF TG_LEVEL = 'ROW' AND nextval('ends') = wanted.ends THEN
    RAISE EXCEPTION 'thrown at the end' USING ERRCODE = wanted.code;
  END IF;
  RETURN NULL;
END $$;";

/// The tables that are written.
const TABLES: [&str; 9] =
    ["states", "posts", "identities", "comments", "changes", "records", "counters", "leases", "limits"];

/// One write, the same each time that it is given the same number; what it answers, as text.
type Write = fn(Arc<dyn Store>, usize) -> BoxFuture<'static, String>;

/// Every method of the trait that writes.
const WRITES: [(&str, Write); 8] = [
    ("save_crawl", |store, n| {
        async move {
            let name = format!("source {n}");
            let lease = store.lease(&[name], now(), in_minutes(2), 1).await.unwrap().pop();
            let posts = ["a", "b"].map(|id| post(&format!("{id}{n}"), &format!("Title {n}"), Stage::Closing));
            let comments = vec![comment(&posts[0], "c", "Ask about the budget")];
            let keyed = |post: Post| KeyedPost { keys: vec![format!("url:{}", post.id), format!("near:{n}")], post };
            let state = Some(SourceState { posts: n as u64, ..SourceState::new(SourceId::new(name_of(n))) });
            let batch = CrawlBatch { lease, state, posts: posts.into_iter().map(keyed).collect(), comments };
            format!("{:?}", store.save_crawl(batch).await.unwrap())
        }
        .boxed()
    }),
    ("save_states", |store, n| {
        async move {
            let states = (0..3).map(|k| (SourceState::new(SourceId::new(format!("quiet-{n}-{k}"))), None)).collect();
            format!("{:?}", store.save_states(states).await.unwrap())
        }
        .boxed()
    }),
    ("remove_posts", |store, n| {
        async move {
            let gone = post(&format!("gone{n}"), "Gone", Stage::Closing);
            let posts = vec![KeyedPost { post: gone.clone(), keys: vec![format!("guid:{n}")] }];
            store.save_crawl(CrawlBatch { posts, ..CrawlBatch::default() }).await.unwrap();
            format!("{:?}", store.remove_posts(&[gone.id]).await.unwrap())
        }
        .boxed()
    }),
    ("save_records", |store, n| {
        async move {
            let old = vec![setting("old", n).key(), setting("never", n).key()];
            store.save_records(vec![setting("old", n)], vec![]).await.unwrap();
            let new = vec![setting("new", n), Record::Rep(rep())];
            format!("{:?}", store.save_records(new, old).await.unwrap())
        }
        .boxed()
    }),
    ("swap_record", |store, n| {
        async move {
            let (first, second) = (setting(&format!("swapped-{n}"), 1), setting(&format!("swapped-{n}"), 2));
            let key = first.key();
            let made = store.swap_record(&key, None, Some(first.clone())).await.unwrap();
            let lost = store.swap_record(&key, None, Some(second.clone())).await.unwrap();
            let moved = store.swap_record(&key, Some(&first), Some(second.clone())).await.unwrap();
            let taken = store.swap_record(&key, Some(&second), None).await.unwrap();
            format!("{made} {lost} {moved} {taken}")
        }
        .boxed()
    }),
    ("lease", |store, n| {
        async move {
            let names = [format!("x{n}"), format!("y{n}")];
            let first = store.lease(&names, now(), in_minutes(2), 1).await.unwrap();
            let rest = store.lease(&names, now(), in_minutes(2), 9).await.unwrap();
            format!("{first:?} {rest:?}")
        }
        .boxed()
    }),
    ("renew", |store, n| {
        async move {
            let held = store.lease(&[format!("renewed{n}")], now(), in_minutes(2), 1).await.unwrap();
            format!("{:?}", store.renew(&held, in_minutes(9)).await.unwrap())
        }
        .boxed()
    }),
    ("use_up", |store, n| {
        async move {
            let limit = Limit { at_once: 1, every: SignedDuration::from_secs(60) };
            let first = store.use_up(&format!("guess {n}"), limit, now()).await.unwrap();
            format!("{first:?} {:?}", store.use_up(&format!("guess {n}"), limit, now()).await.unwrap())
        }
        .boxed()
    }),
];

fn in_minutes(n: i64) -> jiff::Timestamp {
    now() + SignedDuration::from_mins(n)
}

fn name_of(n: usize) -> String {
    format!("blog-{n}")
}

fn setting(name: &str, n: usize) -> Record {
    Record::Setting(Setting { name: name.to_owned(), value: n.to_string() })
}

/// A database of its own, whose tables throw.
async fn throwing() -> (PgStore, PgConnection) {
    let mut first = PgConnection::connect(&url()).await.unwrap();
    sqlx::query("CREATE DATABASE throwing").execute(&mut first).await.unwrap();
    let url = url().replace("/postgres?", "/throwing?");
    let store = PgStore::connect(&url, "t").await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(THROWER).execute(&mut connection).await.unwrap();
    for table in TABLES {
        let events = "INSERT OR UPDATE OR DELETE";
        let triggers = format!(
            "CREATE TRIGGER at_statement BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION throw();
             CREATE CONSTRAINT TRIGGER at_end AFTER {events} ON {table} DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION throw();"
        );
        sqlx::raw_sql(AssertSqlSafe(triggers)).execute(&mut connection).await.unwrap();
    }
    (store, connection)
}

/// Throws at the so-many-th statement and the so-many-th row at the end of transactions, counted from now.
async fn arm(connection: &mut PgConnection, step: i64, end: i64, code: &str) {
    let arm = format!(
        "ALTER SEQUENCE steps RESTART; ALTER SEQUENCE ends RESTART; \
         UPDATE thrown SET step = {step}, ends = {end}, code = '{code}'"
    );
    sqlx::raw_sql(AssertSqlSafe(arm)).execute(connection).await.unwrap();
}

/// Whether what was armed was thrown.
async fn threw(connection: &mut PgConnection, sequence: &str, at: i64) -> bool {
    let last = format!("SELECT last_value FROM {sequence} WHERE is_called");
    let last: Option<i64> = sqlx::query_scalar(AssertSqlSafe(last)).fetch_optional(connection).await.unwrap();
    last.unwrap_or(0) >= at
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_at_any_step_of_any_write_is_tried_again_and_nobody_sees_it() {
    let (store, mut connection) = throwing().await;
    let (store, calm): (Arc<dyn Store>, Arc<dyn Store>) = (Arc::new(store), Arc::new(MemoryStore::new()));
    let (mut n, mut thrown) = (0, 0);
    for (name, write) in WRITES {
        for code in ["40001", "40P01"] {
            for sequence in ["steps", "ends"] {
                for at in 1.. {
                    n += 1;
                    let (step, end) = if sequence == "steps" { (at, 0) } else { (0, at) };
                    arm(&mut connection, step, end, code).await;
                    let answered = write(Arc::clone(&store), n).await;
                    assert_eq!(answered, write(Arc::clone(&calm), n).await, "{name}, {code} at {at} of {sequence}");
                    if !threw(&mut connection, sequence, at).await {
                        break;
                    }
                    thrown += 1;
                }
            }
        }
        arm(&mut connection, 0, 0, "").await;
        assert_eq!(contents(&*store, true).await, contents(&*calm, true).await, "{name}");
        assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new(), "{name}");
    }
    println!("{thrown} conflicts thrown into {} writes, none seen", WRITES.len());
    assert!(thrown > 100, "only {thrown}");
}

#[test]
fn every_write_of_the_trait_is_among_those_that_meet_conflicts() {
    let source = include_str!("../../src/store/mod.rs");
    let methods = source.lines().filter_map(|line| line.trim().strip_prefix("async fn ")?.split('(').next());
    let reads = ["find_", "list_", "check", "trim", "flush"];
    let writes: Vec<&str> = methods.filter(|name| !reads.iter().any(|read| name.starts_with(read))).collect();
    let met: Vec<&str> = WRITES.iter().map(|(name, _)| *name).collect();
    assert!(writes.len() == met.len() && writes.iter().all(|name| met.contains(name)), "{writes:?} and {met:?}");
}
