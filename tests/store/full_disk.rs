//! A disk that fills stops writes with a clear sentence, and they go on by themselves.

use crate::helpers::filled::{contents, fill};
use crate::helpers::make::{now, post};
use ridealong::model::*;
use ridealong::store::recovery::{self, Places};
use ridealong::store::{CrawlBatch, KeyedPost, StoreError, backup};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk in memory; taken away at the end.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn of_megabytes(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .expect("this test needs the program mount");
        let said = String::from_utf8_lossy(&mounted.stderr);
        assert!(mounted.status.success(), "this test needs the right to mount a tmpfs (root, CAP_SYS_ADMIN): {said}");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills the disk but for so many bytes, as another program would.
    fn fill_up_to(&self, left_bytes: u64) -> PathBuf {
        let file = self.path().join("somebody elses");
        let free = fs4::available_space(self.path()).unwrap();
        let written = std::fs::write(&file, vec![7; free.saturating_sub(left_bytes) as usize]);
        assert!(written.is_ok() || left_bytes == 0);
        file
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because a background thread may hold a file for another moment.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

fn batch(n: usize) -> CrawlBatch {
    let posts = (0..10)
        .map(|at| {
            let mut post = post(&format!("{n}/{at}"), "Title", Stage::Closing);
            // Text that does not compress.
            let mut state = (n * 1_000 + at) as u64 + 1;
            post.text = std::iter::repeat_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'a' + (state >> 33) as u8 % 26)
            })
            .take(20_000)
            .collect();
            KeyedPost { post, keys: vec![format!("guid:{n}/{at}")] }
        })
        .collect();
    CrawlBatch { lease: None, state: None, posts, comments: Vec::new() }
}

#[tokio::test]
async fn a_crawl_that_fills_the_disk_stops_cleanly_and_goes_on_when_there_is_room() {
    let disk = SmallDisk::of_megabytes(64);
    let store = Places::within(disk.path(), &disk.path().join("store"));
    let store = recovery::open(&store, now()).await.unwrap().store;
    fill(&*store).await;
    let mut saved = 0;
    let refused = loop {
        match store.save_crawl(batch(saved)).await {
            Ok(_) => saved += 1,
            Err(error) => break error,
        }
        assert!(saved < 10_000, "a full disk was never noticed");
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    assert!(refused.to_string().contains("writes go on by themselves"), "{refused}");
    assert!(saved > 0);
    let report = store.check().await.unwrap();
    assert_eq!((report.posts as usize, report.faults), (250 + saved * 10, vec![]), "reading goes on");

    let grown = Command::new("mount").args(["-o", "remount,size=256m"]).arg(disk.path()).status().unwrap();
    assert!(grown.success());
    store.save_crawl(batch(saved)).await.unwrap();
    let report = store.check().await.unwrap();
    assert_eq!((report.posts as usize, report.faults), (250 + (saved + 1) * 10, vec![]));
}

#[tokio::test]
async fn a_disk_that_another_program_fills_to_the_last_byte_loses_nothing() {
    let disk = SmallDisk::of_megabytes(96);
    let places = Places::within(disk.path(), &disk.path().join("store"));
    let before = {
        let store = recovery::open(&places, now()).await.unwrap().store;
        fill(&*store).await;
        let foreign = disk.fill_up_to(0);
        let refused = store.save_setting("name", "value").await.unwrap_err();
        assert!(matches!(refused, StoreError::Full), "{refused}");
        let file = places.backups.join("b.ndjson.zst");
        assert!(backup::save(&*store, &file, now()).await.is_err());
        assert!(!file.exists() && !file.with_extension("part").exists(), "half a backup is left behind");
        let before = contents(&*store, true).await;
        std::fs::remove_file(foreign).unwrap();
        store.save_setting("name", "value").await.unwrap();
        backup::save(&*store, &file, now()).await.unwrap();
        backup::verify(&file).unwrap();
        before.len() + 1
    };
    // The engine cannot start without room; that is said, and is no damage.
    let foreign = disk.fill_up_to(0);
    let refused = recovery::open(&places, now()).await.err().unwrap();
    assert!(matches!(refused, StoreError::Full), "{refused}");
    std::fs::remove_file(foreign).unwrap();
    let opened = recovery::open(&places, now()).await.unwrap();
    assert_eq!((contents(&*opened.store, true).await.len(), opened.told), (before, None));
}

#[tokio::test]
async fn compacting_without_room_says_how_much_is_wanted_and_changes_nothing() {
    let disk = SmallDisk::of_megabytes(96);
    let places = Places::within(disk.path(), &disk.path().join("store"));
    let before = {
        let store = recovery::open(&places, now()).await.unwrap().store;
        fill(&*store).await;
        contents(&*store, true).await
    };
    disk.fill_up_to(5_000_000);
    let refused = recovery::compact(&places.store, now()).await.unwrap_err().to_string();
    assert!(refused.contains("MB of free space"), "{refused}");
    let opened = recovery::open(&places, now()).await.unwrap();
    assert_eq!((contents(&*opened.store, true).await, opened.told), (before, None));
}
