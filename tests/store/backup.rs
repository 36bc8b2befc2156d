//! Backups: whole or refused, and they bring everything back.

use crate::helpers::filled::{POSTS, contents, fill};
use crate::helpers::make::{now, post, rep};
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::store::memory::MemoryStore;
use ridealong::store::recovery::Places;
use ridealong::store::sled::SledStore;
use ridealong::store::{CrawlBatch, KeyedPost, Record, Store, backup, copy};
use std::sync::Arc;

async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    fill(&store).await;
    store
}

#[tokio::test]
async fn a_backup_brings_everything_back_into_any_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.ndjson.zst");
    let store = filled().await;
    let made = backup::save(&store, &file, now()).await.unwrap();
    assert_eq!((made.counts.posts as usize, made.counts.states, made.made_at), (POSTS, 2, now()));
    assert_eq!(backup::verify(&file).unwrap(), made);

    let stores: [Arc<dyn Store>; 2] =
        [Arc::new(MemoryStore::new()), Arc::new(SledStore::open(&folder.path().join("store")).unwrap())];
    for other in stores {
        assert_eq!(backup::load(&file, &*other).await.unwrap(), made);
        assert_eq!(contents(&*other, true).await, contents(&store, false).await);
        assert_eq!(other.check().await.unwrap().faults, Vec::<String>::new());
        let due = other.list_threads_due(now(), 1_000).await.unwrap();
        assert_eq!(due.len(), store.list_threads_due(now(), 1_000).await.unwrap().len());
        assert_eq!(other.list_changes(0, 1_000).await.unwrap().len(), POSTS);
    }
}

#[tokio::test]
async fn a_copy_holds_secrets_too_and_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let from = filled().await;
    let to = SledStore::open(folder.path()).unwrap();
    assert!(copy::is_empty(&to).await.unwrap());
    copy::copy(&from, &to).await.unwrap();
    assert_eq!(contents(&to, true).await, contents(&from, true).await);
    assert!(!copy::is_empty(&to).await.unwrap());
}

#[tokio::test]
async fn a_restored_or_copied_store_has_an_identity_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.ndjson.zst");
    let store: &dyn Store = &MemoryStore::new();
    let identity = ridealong::store::IDENTITY_SETTING;
    store.save_setting(identity, "the first").await.unwrap();
    store.save_setting("other", "kept").await.unwrap();
    backup::save(store, &file, now()).await.unwrap();
    let (restored, copied): (&dyn Store, &dyn Store) = (&MemoryStore::new(), &MemoryStore::new());
    backup::load(&file, restored).await.unwrap();
    copy::copy(store, copied).await.unwrap();
    for other in [restored, copied] {
        assert_eq!(other.find_setting(identity).await.unwrap(), None);
        assert_eq!(other.find_setting("other").await.unwrap().as_deref(), Some("kept"));
    }
}

#[tokio::test]
async fn what_opens_something_is_in_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.ndjson.zst");
    backup::save(&filled().await, &file, now()).await.unwrap();
    let text = String::from_utf8(zstd::decode_all(std::fs::File::open(&file).unwrap()).unwrap()).unwrap();
    for secret in ["sign-in hash", "session hash", "feed-secret", "link-key"] {
        assert!(!text.contains(secret), "{secret}");
    }
    for kept in ["feed id", "api hash", "stage-mapping", "Advice 7 of the blog", "guid:blog:7"] {
        assert!(text.contains(kept), "{kept}");
    }
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "others may not read it");
    }
}

#[tokio::test]
async fn a_backup_with_any_byte_changed_or_missing_is_refused_and_nothing_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.ndjson.zst");
    backup::save(&filled().await, &file, now()).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let plain = zstd::decode_all(&*whole).unwrap();
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let mut cases: Vec<Vec<u8>> = (0..40).map(|n| flipped(&whole, n * whole.len() / 40)).collect();
    // The same inside of the compression, which has no checksum of its own.
    let packed = |plain: &[u8]| zstd::encode_all(plain, 1).unwrap();
    cases.extend((0..40).map(|n| packed(&flipped(&plain, n * plain.len() / 40))));
    cases.extend((0..20).map(|n| whole[..n * whole.len() / 20].to_vec()));
    let lines: Vec<&[u8]> = plain.split_inclusive(|byte| *byte == b'\n').collect();
    cases.extend((1..=lines.len().min(20)).map(|n| packed(&lines[..lines.len() - n].concat())));
    cases.push(packed(&[lines[..5].concat(), lines[6..].concat()].concat()));
    cases.push(packed(&[&plain[..], lines[1]].concat()));
    for (n, damaged) in cases.into_iter().enumerate() {
        std::fs::write(&file, damaged).unwrap();
        let store = MemoryStore::new();
        let refused = backup::load(&file, &store).await.unwrap_err().to_string();
        assert!(refused.contains("b.ndjson.zst"), "case {n}: {refused}");
        assert!(copy::is_empty(&store).await.unwrap(), "case {n}");
    }
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.ndjson.zst");
    let line = r#"{"backup":{"format":1,"schema":9,"made_at":"2026-11-23T07:00:00Z"}}"#.to_owned() + "\n";
    std::fs::write(&file, zstd::encode_all(line.as_bytes(), 1).unwrap()).unwrap();
    let refused = backup::verify(&file).unwrap_err().to_string();
    assert!(refused.contains("newer ridealong (schema 9"), "{refused}");
}

/// The sample was written by the first version, and every later one has to read it.
#[tokio::test]
async fn a_backup_of_the_first_schema_is_read() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store/schema-1.ndjson.zst");
    let store = MemoryStore::new();
    backup::load(&file, &store).await.unwrap();
    assert_eq!(store.check().await.unwrap().records, 38);
    let store: &dyn Store = &store;
    assert_eq!(store.find_rep(&rep().email).await.unwrap().unwrap().name, "Maya Lindqvist");
    assert_eq!(store.list_deals(None).await.unwrap().len(), 30);
    let first = PostId::of(&SourceId::new("blog"), "blog 0");
    assert_eq!(store.find_posts(std::slice::from_ref(&first)).await.unwrap()[0].title, "Advice 0 of the blog");
    assert_eq!(store.list_comments(&[first]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_backup_taken_while_others_write_is_whole_and_holds_all_that_was_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
    fill(&*store).await;
    let before = contents(&*store, false).await;
    let busy = Arc::clone(&store);
    let writing = tokio::spawn(async move {
        for n in 0..1_000 {
            let post = post(&format!("new {n}"), "New", Stage::Closing);
            let batch = CrawlBatch {
                lease: None,
                state: None,
                posts: vec![KeyedPost { post, keys: vec![] }],
                comments: vec![],
            };
            busy.save_crawl(batch).await.unwrap();
            // A deal that moves between owners is never in a backup twice.
            let mut deal = crate::helpers::make::deal("Deal 3");
            let place = |deal: &Deal| Record::Deal(Box::new(deal.clone())).key();
            let held = place(&deal);
            deal.rep = None;
            let free = place(&deal);
            let (mut save, mut remove) = (deal.clone(), held);
            if n % 2 == 1 {
                save = crate::helpers::make::deal("Deal 3");
                remove = free;
            }
            busy.save_records(vec![Record::Deal(Box::new(save))], vec![remove]).await.unwrap();
        }
    });
    for round in 0..5 {
        let file = folder.path().join(format!("{round}.ndjson.zst"));
        backup::save(&*store, &file, now()).await.unwrap();
        let other = MemoryStore::new();
        backup::load(&file, &other).await.unwrap();
        let after = contents(&other, false).await;
        let missing: Vec<_> =
            before.iter().filter(|line| !after.contains(line) && !line.contains("Deal 3\"")).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let other: &dyn Store = &other;
        let deals = other.list_deals(None).await.unwrap();
        assert_eq!(deals.iter().filter(|deal| deal.name == "Deal 3").count(), 1);
    }
    writing.abort();
}

#[tokio::test]
async fn nightly_backups_keep_a_week_of_days_and_a_month_of_weeks() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::within(folder.path(), &folder.path().join("store"));
    let store = MemoryStore::new();
    for night in 0..60 {
        backup::nightly(&store, &places, backup::Retention::default(), now() + SignedDuration::from_hours(24 * night))
            .await
            .unwrap();
    }
    std::fs::write(places.backups.join("ridealong-notes.txt"), "mine").unwrap();
    let names: Vec<_> = backup::list(&places.backups)
        .into_iter()
        .map(|file| file.file_name().unwrap().to_string_lossy()[10..20].to_owned())
        .collect();
    let days = ["2027-01-21", "2027-01-20", "2027-01-19", "2027-01-18", "2027-01-17", "2027-01-16", "2027-01-15"];
    let weeks = ["2027-01-10", "2027-01-03", "2026-12-27"];
    assert_eq!(names, [&days[..], &weeks[..]].concat());
}

#[tokio::test]
async fn a_backup_that_fails_leaves_the_earlier_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.ndjson.zst");
    let made = backup::save(&filled().await, &file, now()).await.unwrap();
    std::fs::create_dir(folder.path().join("b.ndjson.part")).unwrap();
    assert!(backup::save(&MemoryStore::new(), &file, now()).await.is_err());
    assert_eq!(backup::verify(&file).unwrap(), made);
}
