//! Each kind of bad input gives one clear sentence and the right exit code, and nothing is lost.

use crate::helpers::program::{Running, err, out, ridealong_in, run};
use std::fs;
use std::time::Duration;
use tempfile::tempdir;

const SOURCES: &str = "sources:\n  - id: nowhere\n    url: http://127.0.0.1:9/feed\n    allow_net: 127.0.0.0/8\n";

#[test]
fn a_broken_sources_file_stops_nothing_half_way() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("sources.yaml"), "sources:\n  - id: a\n    url: htp://x\n").unwrap();
    for command in ["serve", "crawl"] {
        let output = run(folder.path(), &[command]);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains("sources.yaml:3:10: url: "), "{}", err(&output));
        assert!(err(&output).contains("3 |     url: htp://x"), "{}", err(&output));
    }
}

#[test]
fn a_file_that_is_no_csv_of_deals_changes_nothing() {
    let folder = tempdir().unwrap();
    fs::write(
        folder.path().join("deals.csv"),
        "Deal Name,Deal Stage,Record ID,Deal owner\nAcme,Contract Sent,1,Maya\n",
    )
    .unwrap();
    fs::write(folder.path().join("cat.csv"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    assert!(run(folder.path(), &["deals", "import", "deals.csv"]).status.success());
    let before = out(&run(folder.path(), &["deals", "list"]));
    assert!(before.contains("Acme"), "{before}");
    let output = run(folder.path(), &["deals", "import", "cat.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("ridealong: cat.csv: "), "{}", err(&output));
    assert_eq!(err(&output).trim_end().lines().count(), 1, "{}", err(&output));
    assert_eq!(out(&run(folder.path(), &["deals", "list"])), before);
}

#[test]
fn an_unknown_rep_is_named_with_what_to_do() {
    let folder = tempdir().unwrap();
    for arguments in [["digest", "--rep", "nobody@example.com"].as_slice(), &["reps", "link", "nobody@example.com"]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains("there is no rep nobody@example.com; "), "{}", err(&output));
    }
    let output = run(folder.path(), &["reps", "add", "not an address"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("is not a mail address"), "{}", err(&output));
}

#[test]
fn wrong_usage_exits_with_two() {
    let folder = tempdir().unwrap();
    assert_eq!(run(folder.path(), &["fly"]).status.code(), Some(2));
    assert_eq!(run(folder.path(), &["digest"]).status.code(), Some(2));
}

/// The store that one process has to itself.
const FOLDER: [&str; 2] = ["--store", "sled:data/store"];

#[test]
fn a_taken_port_and_a_store_in_use_are_said_plainly() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("sources.yaml"), SOURCES).unwrap();
    let serving = Running::start(folder.path(), &[&["serve", "--listen", "127.0.0.1:0"], &FOLDER[..]].concat());
    let line = serving.lines_until("Ridealong is at", Duration::from_secs(30)).pop().unwrap();
    let address = line.trim_start_matches("Ridealong is at http://").trim_end_matches('/').to_owned();

    let other = tempdir().unwrap();
    fs::write(other.path().join("sources.yaml"), SOURCES).unwrap();
    let output = run(other.path(), &["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains(&format!("{address} cannot be listened on; choose another")), "{}", err(&output));

    let output = run(folder.path(), &[&["reps", "list"], &FOLDER[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("in use by another ridealong"), "{}", err(&output));

    assert_eq!(serving.stop(Duration::from_secs(10)), Some(0));
    assert!(run(folder.path(), &[&["reps", "list"], &FOLDER[..]].concat()).status.success());
}

#[test]
fn serve_stays_up_when_every_source_is_unreachable_and_says_so_for_each() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("sources.yaml"), SOURCES).unwrap();
    let output = run(folder.path(), &["crawl", "--all"]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("nowhere  unreachable  "), "{}", out(&output));
    let listed = run(folder.path(), &["sources", "list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["state"], "unreachable");
    assert!(listed[0]["cause"].as_str().unwrap().contains("127.0.0.1"), "{listed}");
}

#[test]
fn the_first_start_prints_the_admins_link_once() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("sources.yaml"), SOURCES).unwrap();
    let serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let line = serving.lines_until("Sign in as", Duration::from_secs(30)).pop().unwrap();
    assert!(line.starts_with("Sign in as Admin, admin: http://127.0.0.1:"), "{line}");
    assert_eq!(serving.stop(Duration::from_secs(10)), Some(0));
    let again = ridealong_in(folder.path()).args(["reps", "list"]).output().unwrap();
    assert_eq!(out(&again).matches("admin@").count(), 1);
}
