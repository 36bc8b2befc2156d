//! Every night a backup is made and proved, old ones go, and old posts are let go.

use crate::helpers::filled::fill;
use crate::helpers::make;
use crate::helpers::stores;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ridealong::clock::{Clock, FixedClock};
use ridealong::config::KeepSettings;
use ridealong::jobs::keep::{BACKUP_TROUBLE_SETTING, Keep};
use ridealong::metrics::Metrics;
use ridealong::store::recovery::Places;
use ridealong::store::{CrawlBatch, KeyedPost, Store, backup};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn keep(folder: &Path, store: Arc<dyn Store>, settings: KeepSettings) -> (Keep, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(make::now()));
    let keep = Keep {
        store,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        metrics: Arc::new(Metrics::new("0", "test")),
        places: Places::within(folder, &folder.join("store")),
        settings,
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        tried_at: Mutex::default(),
    };
    (keep, clock)
}

async fn filled() -> Arc<dyn Store> {
    let store = stores::fresh().await;
    fill(store.as_ref()).await;
    store
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

#[tokio::test]
async fn each_night_brings_one_backup_and_the_old_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let settings = KeepSettings { backup_days: 3, backup_weeks: 2, ..KeepSettings::default() };
    let (keep, clock) = keep(folder.path(), filled().await, settings);
    let mut made: Vec<Timestamp> = Vec::new();
    // Three weeks in steps of half an hour, as the service asks.
    for half_hour in 0..2 * 24 * 21 {
        clock.set(make::now() + SignedDuration::from_mins(30 * half_hour));
        made.extend(keep.run().await.unwrap().backup.map(|backup| backup.made_at));
    }
    // The first start makes one at once; then one each night at 02:30 in Berlin.
    assert_eq!(made.len(), 22, "{made:?}");
    for night in &made[1..] {
        assert_eq!(night.to_string()[11..16], *"01:30", "{night}");
    }
    let kept = backup::list(&keep.places.backups);
    assert!((3..=5).contains(&kept.len()), "{kept:?}");
    for file in &kept {
        assert!(backup::verify(file).unwrap().counts.records > 0);
    }
    let text = keep.metrics.text();
    let newest = made.last().unwrap().as_second();
    assert!(text.contains(&format!("ridealong_last_backup_timestamp_seconds {newest}")), "{text}");
}

#[tokio::test]
async fn a_machine_that_sleeps_at_night_is_backed_up_in_the_morning() {
    let folder = tempfile::tempdir().unwrap();
    let (keep, clock) = keep(folder.path(), stores::fresh().await, KeepSettings::default());
    for day in 0..3 {
        clock.set(make::now() + hours(24 * day));
        assert!(keep.run().await.unwrap().backup.is_some(), "day {day}");
        assert!(keep.run().await.unwrap().backup.is_none(), "once is enough");
    }
}

#[tokio::test]
async fn a_backup_that_fails_removes_nothing_is_tried_again_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = filled().await;
    let settings = KeepSettings { posts: Some(Duration::from_secs(3_600)), ..KeepSettings::default() };
    let (keep, clock) = keep(folder.path(), Arc::clone(&store), settings);
    std::fs::write(&keep.places.backups, "a file stands where the folder should").unwrap();
    let posts = store.check().await.unwrap().posts;
    let failed = keep.run().await.unwrap_err();
    assert!(failed.to_string().contains("the nightly backup failed"), "{failed:#}");
    assert_eq!(store.check().await.unwrap().posts, posts, "without a backup nothing is let go");
    let noted = store.find_setting(BACKUP_TROUBLE_SETTING).await.unwrap().unwrap();
    assert!(noted.starts_with("2026-11-23T07:00:00Z "), "{noted}");
    assert_eq!(keep.run().await.unwrap().backup, None, "not at once");
    std::fs::remove_file(&keep.places.backups).unwrap();
    clock.set(make::now() + hours(1));
    assert!(keep.run().await.unwrap().backup.is_some());
    assert_eq!(store.find_setting(BACKUP_TROUBLE_SETTING).await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_was_ahead_for_a_day_keeps_no_backup_from_being_made() {
    let folder = tempfile::tempdir().unwrap();
    let (keep, clock) = keep(folder.path(), stores::fresh().await, KeepSettings::default());
    clock.set(make::now() + hours(24 * 400));
    assert!(keep.run().await.unwrap().backup.is_some());
    clock.set(make::now());
    assert!(keep.run().await.unwrap().backup.is_some());
    let nothing = KeepSettings { backup_at: None, ..KeepSettings::default() };
    let off = Keep { settings: nothing, ..keep };
    assert_eq!(off.run().await.unwrap().backup, None);
}

#[tokio::test]
async fn posts_that_are_old_are_let_go_after_the_backup_that_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = stores::fresh().await;
    let mut old = make::post("old", "Old advice", ridealong::model::Stage::Closing);
    (old.published_at, old.seen_at) = (Some(make::days_ago(900)), make::days_ago(800));
    // An old post that was found only lately stays: its source still lists it.
    let mut found = make::post("found", "Old advice found lately", ridealong::model::Stage::Closing);
    found.published_at = Some(make::days_ago(900));
    let posts = [old, found].map(|post| KeyedPost { post, keys: vec![] }).to_vec();
    store.save_crawl(CrawlBatch { lease: None, state: None, posts, comments: vec![] }).await.unwrap();
    let settings = KeepSettings { posts: Some(Duration::from_secs(365 * 86_400)), ..KeepSettings::default() };
    let (keep, _) = keep(folder.path(), Arc::clone(&store), settings);
    let kept = keep.run().await.unwrap();
    assert_eq!((kept.pruned, store.check().await.unwrap().posts), (1, 1));
    assert_eq!(kept.backup.unwrap().counts.posts, 2);
}
