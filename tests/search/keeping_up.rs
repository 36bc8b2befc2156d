//! The index follows the store, and mends itself.

use crate::helpers::library::{anyone, ids};
use crate::helpers::make::{now, post};
use jiff::SignedDuration;
use ridealong::model::Stage;
use ridealong::search::{Library, Query};
use std::path::Path;

fn filled(folder: &Path) -> Library {
    let library = Library::open(folder, "store one").unwrap().library;
    for n in 0..50 {
        library.upsert(&post(&n.to_string(), &format!("Discount {n}"), Stage::Closing), &[]).unwrap();
    }
    library.settle(50, now()).unwrap();
    library.commit().unwrap();
    library
}

#[test]
fn a_changed_post_is_found_by_its_new_words_only_and_a_removed_one_not_at_all() {
    let library = Library::in_memory().unwrap();
    let mut changing = post("1", "Discount", Stage::Closing);
    library.upsert(&changing, &[]).unwrap();
    library.commit().unwrap();
    changing.title = "Rebate".to_owned();
    changing.text = "Rebate.".to_owned();
    library.upsert(&changing, &[]).unwrap();
    library.commit().unwrap();
    assert!(ids(&library, "discount ").is_empty());
    assert_eq!(ids(&library, "rebate "), [changing.id.clone()]);
    library.remove(&changing.id).unwrap();
    library.commit().unwrap();
    assert!(ids(&library, "rebate ").is_empty());
}

#[test]
fn changes_are_found_within_a_second_and_at_once_when_many_wait() {
    let library = Library::in_memory().unwrap();
    let second = SignedDuration::from_secs(1);
    library.upsert(&post("1", "One", Stage::Closing), &[]).unwrap();
    assert!(library.settle(1, now()).unwrap(), "the first commit waits for nothing");
    library.upsert(&post("2", "Two", Stage::Closing), &[]).unwrap();
    assert!(!library.settle(2, now() + second / 2).unwrap());
    assert_eq!(library.len().unwrap(), 1);
    assert!(library.settle(2, now() + second).unwrap());
    assert_eq!(library.len().unwrap(), 2);
    assert!(!library.settle(2, now() + second * 9).unwrap(), "nothing waits");
    for n in 0..10_000 {
        library.upsert(&post(&n.to_string(), "Many", Stage::Closing), &[]).unwrap();
    }
    assert!(library.settle(3, now() + second * 9).unwrap());
    library.upsert(&post("3", "Three", Stage::Closing), &[]).unwrap();
    assert!(library.settle(4, now() - second * 999).unwrap(), "a clock set back holds nothing up");
}

#[test]
fn an_index_remembers_how_far_it_followed() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let opened = Library::open(folder.path(), "store one").unwrap();
    assert_eq!(opened.told, None);
    assert_eq!(opened.library.followed().unwrap(), 50);
    assert_eq!(opened.library.len().unwrap(), 50);
}

#[test]
fn what_was_not_committed_is_followed_again_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let library = filled(folder.path());
    library.upsert(&post("new", "Newest", Stage::Closing), &[]).unwrap();
    library.settle(51, now()).unwrap();
    assert_eq!(library.followed().unwrap(), 51);
    drop(library);
    let library = Library::open(folder.path(), "store one").unwrap().library;
    assert_eq!((library.followed().unwrap(), library.len().unwrap()), (50, 50));
}

#[test]
fn an_index_of_another_store_starts_anew_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let opened = Library::open(folder.path(), "store two").unwrap();
    assert!(opened.told.unwrap().contains("being built anew"));
    assert_eq!((opened.library.followed().unwrap(), opened.library.len().unwrap()), (0, 0));
}

#[test]
fn a_second_process_is_told_plainly_and_breaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let library = filled(folder.path());
    let refused = Library::open(folder.path(), "store one").unwrap_err().to_string();
    assert!(refused.contains("in use by another ridealong"), "{refused}");
    assert_eq!(library.len().unwrap(), 50);
}

#[test]
fn damage_to_any_file_ends_in_a_usable_index() {
    let whole = tempfile::tempdir().unwrap();
    drop(filled(whole.path()));
    let files: Vec<_> = std::fs::read_dir(whole.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let (mut cases, mut anew) = (0, 0);
    for file in &files {
        let bytes = std::fs::read(whole.path().join(file)).unwrap();
        let half = bytes.len() / 2;
        let flipped = bytes.iter().enumerate().map(|(at, byte)| if at == half { byte ^ 0x10 } else { *byte }).collect();
        let gone = Vec::new();
        for damaged in [bytes[..half].to_vec(), flipped, gone] {
            let folder = tempfile::tempdir().unwrap();
            for other in &files {
                std::fs::copy(whole.path().join(other), folder.path().join(other)).unwrap();
            }
            std::fs::write(folder.path().join(file), damaged).unwrap();
            let library = Library::open(folder.path(), "store one").unwrap().library;
            // The first search may meet the damage; the index mends itself and says from where to follow again.
            let _ = library.query(&Query::new(anyone(), "discount"));
            let followed = library.followed().unwrap();
            assert!(followed == 0 || followed == 50);
            let after = post("after", "Afterwards", Stage::Closing);
            library.upsert(&after, &[]).unwrap();
            library.commit().unwrap();
            assert_eq!(ids(&library, "afterwards "), [after.id], "{file:?}");
            cases += 1;
            anew += usize::from(followed == 0);
        }
    }
    assert!(cases >= 20 && anew > 0, "{cases} cases, {anew} built anew");
}
