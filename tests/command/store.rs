//! `ridealong store`, as a person runs it.

use crate::helpers::postgres;
use assert_cmd::Command;
use std::path::Path;

fn ridealong(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("ridealong").unwrap();
    command.current_dir(folder).env_clear().args(arguments);
    command
}

fn output(folder: &Path, arguments: &[&str]) -> String {
    let assert = ridealong(folder, arguments).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[test]
fn a_team_is_backed_up_checked_compacted_copied_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    output(here, &["reps", "add", "maya@example.com"]);
    let said = output(here, &["store", "backup", "b.ndjson.zst"]);
    assert!(said.contains("0 posts, 0 comments and ") && said.contains(", whole"), "{said}");
    assert!(output(here, &["store", "check"]).contains("Everything agrees."));
    output(here, &["store", "compact"]);
    output(here, &["store", "copy", "--to", "sled:elsewhere"]);
    assert!(output(here, &["reps", "list", "--store", "sled:elsewhere"]).contains("maya@example.com"));
    output(here, &["reps", "remove", "maya@example.com"]);
    let said = output(here, &["store", "restore", "b.ndjson.zst"]);
    assert!(said.contains("The earlier store is kept in data/store.before-restore-"), "{said}");
    assert!(output(here, &["reps", "list"]).contains("maya@example.com"));
}

#[test]
fn a_team_moves_to_postgresql_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    output(here, &["reps", "add", "maya@example.com"]);
    let (url, tenant) = (postgres::url(), postgres::fresh_tenant());
    let there = ["--store", url.as_str(), "--tenant", tenant.as_str()];
    let said = output(here, &["store", "copy", "--to", &url, "--tenant", &tenant]);
    assert!(said.starts_with("Copied 0 posts"), "{said}");
    output(here, &[&["reps", "add", "aisha@example.com"], &there[..]].concat());
    assert!(output(here, &[&["store", "check"], &there[..]].concat()).contains("Everything agrees."));
    output(here, &[&["store", "copy", "--to", "sled:back"], &there[..]].concat());
    let reps = output(here, &["reps", "list", "--store", "sled:back"]);
    assert!(reps.contains("maya@example.com") && reps.contains("aisha@example.com"), "{reps}");
    let other = output(here, &["reps", "list", "--store", &url, "--tenant", "another-team"]);
    assert!(!other.contains("@example.com"), "{other}");
}

#[test]
fn what_cannot_be_done_is_said_in_one_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let refused = |arguments: &[&str], part: &str| {
        let assert = ridealong(here, arguments).assert().code(1);
        let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(said.contains(part) && said.trim_end().lines().count() == 1, "{arguments:?}: {said}");
    };
    refused(&["store", "check"], "there is no store in data/store");
    refused(&["store", "backup", "b"], "there is no store in data/store");
    refused(&["store", "restore", "none.zst"], "none.zst cannot be read");
    output(here, &["reps", "add", "maya@example.com"]);
    std::fs::write(here.join("nonsense"), "nonsense").unwrap();
    refused(&["store", "restore", "nonsense"], "is damaged");
    refused(&["store", "copy", "--to", "sled:data/store"], "is the store itself");
    refused(&["store", "copy", "--to", "paper:"], "neither sled:FOLDER nor postgres://");
    output(here, &["store", "copy", "--to", "sled:elsewhere"]);
    refused(&["store", "copy", "--to", "sled:elsewhere"], "is not empty");
    assert!(output(here, &["reps", "list"]).contains("maya@example.com"));
}

#[test]
fn a_damaged_store_is_replaced_by_the_backup_and_the_owner_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    output(here, &["reps", "add", "maya@example.com"]);
    std::fs::create_dir(here.join("data/backups")).unwrap();
    output(here, &["store", "backup", "data/backups/ridealong-2026-11-22T02-00-00Z.ndjson.zst"]);
    std::fs::write(here.join("data/store/db"), "").unwrap();
    let assert = ridealong(here, &["reps", "list"]).assert().success();
    let output = assert.get_output();
    assert!(String::from_utf8_lossy(&output.stdout).contains("maya@example.com"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("was damaged") && told.contains("was restored"), "{told}");
}
