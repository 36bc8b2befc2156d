//! A store always opens, and says what was wrong.

use crate::helpers::filled::{contents, fill, fill_with};
use crate::helpers::make::{now, post, rep};
use ridealong::model::*;
use ridealong::store::recovery::{self, Opened, Places};
use ridealong::store::sled::SledStore;
use ridealong::store::{CrawlBatch, KeyedPost, Store, backup};
use sha2::Digest as _;
use std::path::Path;

fn places(folder: &Path) -> Places {
    Places::within(folder, &folder.join("store"))
}

async fn open(places: &Places) -> Opened {
    recovery::open(places, now()).await.unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn files_in(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// A folder in memory where the system has such a place: hundreds of stores are opened, and no power fails.
fn in_memory_folder() -> tempfile::TempDir {
    let shared_memory = Path::new("/dev/shm");
    if shared_memory.is_dir() { tempfile::tempdir_in(shared_memory) } else { tempfile::tempdir() }.unwrap()
}

#[tokio::test]
async fn a_store_that_was_closed_opens_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    for _ in 0..5 {
        let opened = open(&places).await;
        assert_eq!(opened.told, None);
        fill(&*opened.store).await;
    }
}

/// A hundred cases and more: in each file of the store a bit is flipped, or its tail is cut.
#[tokio::test]
async fn whatever_happens_to_a_file_the_store_opens_and_what_people_did_is_there() {
    let whole = tempfile::tempdir().unwrap();
    let original = places(whole.path());
    let before = {
        let opened = open(&original).await;
        fill_with(&*opened.store, 40).await;
        backup::nightly(&*opened.store, &original, backup::Retention::default(), now()).await.unwrap();
        contents(&*opened.store, true).await
    };
    let store_files = files_in(&original.store);
    let (mut cases, mut restored, mut read_again) = (0, 0, 0);
    for file in &store_files {
        let name = file.strip_prefix(&original.store).unwrap();
        let bytes = std::fs::read(file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        let mut damaged: Vec<Vec<u8>> = Vec::new();
        let flips = if used > 10_000 { 60 } else { 12 };
        for n in 0..flips.min(used) {
            let mut flipped = bytes.clone();
            flipped[n * used / flips.min(used)] ^= 1 << (n % 8);
            damaged.push(flipped);
        }
        let cuts = if used > 10_000 { 30 } else { 4 };
        damaged.extend((0..cuts).map(|n| bytes[..n * used / cuts].to_vec()));
        for (n, bytes) in damaged.into_iter().enumerate() {
            let folder = in_memory_folder();
            copy_folder(whole.path(), folder.path());
            let places = places(folder.path());
            std::fs::write(places.store.join(name), bytes).unwrap();
            let case = format!("{} case {n}", name.display());
            let Opened { store, told } = open(&places).await;
            assert_eq!(contents(&*store, true).await, before, "{case}: {told:?}");
            assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new(), "{case}");
            cases += 1;
            let was_the_witness = name == Path::new("closed.json");
            match told {
                Some(told) if told.contains("was damaged") => {
                    assert!(told.contains("the backup of 2026-11-23T07:00:00Z was restored"), "{case}: {told}");
                    assert!(told.contains("store.damaged-"), "{case}: {told}");
                    restored += 1;
                }
                Some(told) => {
                    assert!(told.contains("is whole"), "{case}: {told}");
                    read_again += 1;
                }
                None => assert!(was_the_witness, "{case}: it has to be said"),
            }
            drop(store);
            assert_eq!(open(&places).await.told, None, "{case}: and only once");
        }
    }
    println!("{cases} cases: {restored} restored from the backup, {read_again} harmless");
    assert!(cases >= 100 && restored >= 20, "{cases} cases, {restored} restored");
}

#[tokio::test]
async fn without_a_good_backup_it_starts_empty_and_keeps_the_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    fill(&*open(&places).await.store).await;
    std::fs::create_dir_all(&places.backups).unwrap();
    std::fs::write(places.backups.join("ridealong-2026-11-22T02-00-00Z.ndjson.zst"), "nonsense").unwrap();
    let db = places.store.join("db");
    let half = std::fs::read(&db).unwrap();
    std::fs::write(&db, &half[..half.len() / 3]).unwrap();
    let opened = open(&places).await;
    let told = opened.told.unwrap();
    assert!(told.contains("there is no good backup, so it starts empty"), "{told}");
    assert_eq!(opened.store.list_reps().await.unwrap(), []);
    assert!(folder.path().join("store.damaged-2026-11-23T07-00-00Z/db").exists());
}

#[tokio::test]
async fn of_several_backups_the_newest_good_one_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    {
        let store = open(&places).await.store;
        fill(&*store).await;
        backup::nightly(&*store, &places, backup::Retention::default(), now()).await.unwrap();
        store.remove_rep(&rep().email).await.unwrap();
        let newer = backup::nightly(
            &*store,
            &places,
            backup::Retention::default(),
            now() + jiff::SignedDuration::from_hours(24),
        )
        .await
        .unwrap();
        let bytes = std::fs::read(&newer.file).unwrap();
        std::fs::write(&newer.file, &bytes[..bytes.len() - 9]).unwrap();
    }
    std::fs::write(places.store.join("db"), "").unwrap();
    let opened = open(&places).await;
    assert!(opened.told.unwrap().contains("2026-11-23T07:00:00Z"));
    assert!(opened.store.find_rep(&rep().email).await.unwrap().is_some());
}

#[tokio::test]
async fn a_swap_that_was_interrupted_is_finished_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    fill(&*open(&places).await.store).await;
    std::fs::rename(&places.store, folder.path().join("store.fresh")).unwrap();
    let opened = open(&places).await;
    assert_eq!(opened.told, None);
    assert_eq!(opened.store.list_reps().await.unwrap().len(), 2);
    drop(opened);
    // A fresh folder that was never finished is no store.
    std::fs::rename(&places.store, folder.path().join("store.fresh")).unwrap();
    std::fs::remove_file(folder.path().join("store.fresh/closed.json")).unwrap();
    assert_eq!(open(&places).await.store.list_reps().await.unwrap(), []);
}

#[tokio::test]
async fn a_restore_replaces_the_store_and_keeps_the_earlier_one_and_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let file = folder.path().join("mine.ndjson.zst");
    {
        let store = open(&places).await.store;
        fill(&*store).await;
        backup::save(&*store, &file, now()).await.unwrap();
        store.remove_rep(&rep().email).await.unwrap();
        store.save_setting("feed-secret", "a newer one").await.unwrap();
    }
    let (backup, aside) = recovery::restore(&file, &places, now()).await.unwrap();
    assert_eq!(backup.counts.posts, 250);
    assert!(aside.unwrap().join("db").exists());
    let opened = open(&places).await;
    assert_eq!(opened.told, None);
    assert!(opened.store.find_rep(&rep().email).await.unwrap().is_some());
    assert_eq!(opened.store.find_setting("feed-secret").await.unwrap().as_deref(), Some("a newer one"));
}

#[tokio::test]
async fn a_restore_of_a_bad_backup_or_under_a_running_server_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let store = open(&places).await.store;
    fill(&*store).await;
    let file = folder.path().join("mine.ndjson.zst");
    backup::save(&*store, &file, now()).await.unwrap();
    let refused = recovery::restore(&file, &places, now()).await.unwrap_err().to_string();
    assert!(refused.contains("in use by another ridealong"), "{refused}");
    let before = contents(&*store, true).await;
    drop(store);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert!(recovery::restore(&file, &places, now()).await.is_err());
    assert_eq!(contents(&*open(&places).await.store, true).await, before);
}

#[tokio::test]
async fn compacting_gives_room_back_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let before = {
        let store = open(&places).await.store;
        for _ in 0..20 {
            fill(&*store).await;
        }
        contents(&*store, true).await
    };
    let compacted = recovery::compact(&places.store, now()).await.unwrap();
    assert!(compacted.bytes_after < compacted.bytes_before, "{compacted:?}");
    let opened = open(&places).await;
    assert_eq!((contents(&*opened.store, true).await, opened.told), (before, None));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["store"], "nothing is left lying around");
}

#[tokio::test]
async fn old_posts_go_unless_somebody_holds_on_to_them() {
    use crate::helpers::make::{days_ago, post};
    use ridealong::store::memory::MemoryStore;
    use ridealong::store::{CrawlBatch, KeyedPost, Record, prune};
    let store = MemoryStore::new();
    let aged = |name: &str, days: i64| {
        let mut post = post(name, name, Stage::Closing);
        (post.published_at, post.seen_at) = (Some(days_ago(days)), days_ago(days));
        post
    };
    let mut wiki = aged("wiki", 900);
    wiki.kind = SourceKind::Wiki;
    let mut undated = aged("undated", 0);
    undated.published_at = None;
    let posts = [
        aged("old", 900),
        aged("new", 10),
        aged("saved", 900),
        aged("noted", 900),
        aged("promised", 900),
        wiki,
        undated,
    ];
    let id = |name: &str| posts.iter().find(|post| post.title == name).unwrap().id.clone();
    let keyed = posts.iter().map(|post| KeyedPost { post: post.clone(), keys: vec![] }).collect();
    store.save_crawl(CrawlBatch { lease: None, state: None, posts: keyed, comments: vec![] }).await.unwrap();
    let held: &dyn Store = &store;
    held.save_act(&rep().email, now(), Act::Save { post: id("saved") }).await.unwrap();
    held.save_act(&rep().email, now(), Act::Vote { post: id("old"), deal: None, verdict: Verdict::Useful })
        .await
        .unwrap();
    held.save(Record::Note(crate::helpers::make::note(&id("noted")))).await.unwrap();
    held.save(Record::Commitment(crate::helpers::make::commitment(&id("promised")))).await.unwrap();
    assert_eq!(prune::prune(&store, days_ago(365)).await.unwrap(), 1);
    assert!(store.find_posts(&[id("old")]).await.unwrap().is_empty());
    assert_eq!(store.check().await.unwrap().posts, 6);
    assert_eq!(prune::prune(&store, days_ago(365)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    drop(open(&places).await);
    {
        let engine = sled::open(&places.store).unwrap();
        engine.insert("mschema", &[9]).unwrap();
        engine.flush().unwrap();
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let refused = recovery::open(&places, now()).await.err().unwrap().to_string();
    assert!(refused.contains("newer ridealong (schema 9"), "{refused}");
    assert!(SledStore::open(&places.store).is_err());
}

/// Makes a closed store look as the first schema had it: its values say so, and each identity key is an entry.
fn as_of_schema_1(store: &Path, keys: &[(&str, &PostId)]) {
    let engine = sled::open(store).unwrap();
    let hash = |key: &[u8], value: &[u8]| {
        let mut hash = twox_hash::XxHash3_64::with_seed(key.len() as u64);
        std::hash::Hasher::write(&mut hash, key);
        std::hash::Hasher::write(&mut hash, value);
        std::hash::Hasher::finish(&hash)
    };
    let mut digest = 0;
    for entry in engine.iter().map(Result::unwrap) {
        let (name, mut value) = (entry.0, entry.1.to_vec());
        match name[0] {
            b'k' => drop(engine.remove(name).unwrap()),
            b's' | b'p' | b'c' | b'd' => {
                value[0] = 1;
                digest ^= hash(&name, &value);
                engine.insert(name, value).unwrap();
            }
            _ => {}
        }
    }
    for (key, post) in keys {
        let place = [b"k", &sha2::Sha256::digest(key.as_bytes())[..16]].concat();
        engine.insert(place, post.as_str()).unwrap();
    }
    // What it was closed with does not hold any more.
    std::fs::remove_file(store.join("closed.json")).unwrap();
    engine.insert("mdigest", &digest.to_be_bytes()).unwrap();
    engine.insert("mschema", &[1]).unwrap();
    engine.flush().unwrap();
    drop(engine);
    std::thread::sleep(std::time::Duration::from_millis(200));
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_brought_to_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let (one, two) = (post("1", "One", Stage::Closing), post("2", "Two", Stage::Growth));
    let keyed = |post: &Post, key: &str| KeyedPost { post: post.clone(), keys: vec![key.to_owned()] };
    let saved = vec![keyed(&one, "guid:1"), keyed(&two, "guid:2")];
    {
        let store = SledStore::open(&places.store).unwrap();
        store.save_crawl(CrawlBatch { lease: None, state: None, posts: saved, comments: Vec::new() }).await.unwrap();
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    as_of_schema_1(&places.store, &[("guid:1", &one.id), ("guid:2", &two.id)]);
    for start in ["first", "second"] {
        let Opened { store, told } = open(&places).await;
        assert_eq!(told, None, "{start}");
        let found = store.find_identities(&["guid:1", "guid:2", "guid:3"].map(str::to_owned)).await.unwrap();
        assert_eq!(found, [Some(one.id.clone()), Some(two.id.clone()), None], "{start}");
        assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new(), "{start}");
        assert_eq!(store.find_posts(std::slice::from_ref(&two.id)).await.unwrap(), std::slice::from_ref(&two));
        drop(store);
    }
    let engine = sled::open(&places.store).unwrap();
    assert_eq!(engine.get("mschema").unwrap().unwrap(), [2], "an older program refuses it from now on");
}
