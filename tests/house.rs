//! The directions between the rooms stay as ARCHITECTURE.md draws them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may name. `clock` may be named by all but `model`.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &[]),
    ("config", &["model"]),
    ("sources", &["model"]),
    ("tag", &["model"]),
    ("pick", &["model"]),
    ("digest", &["model"]),
    ("render", &["model"]),
    ("store", &["model"]),
    ("search", &["model"]),
    ("metrics", &["model"]),
    ("net", &["model", "config"]),
    ("crawl", &["model", "config", "net"]),
    ("crm", &["model", "config", "net"]),
    ("mail", &["model", "config", "render"]),
    ("desk", &["model", "sources", "store", "crm", "crawl", "tag", "pick", "digest", "search"]),
];

/// The rooms on top: they name what they like below them, but never each other.
const APART: [&str; 2] = ["jobs", "web"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The room that a file belongs to: its top folder, or its own name.
fn room(src: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(src).unwrap();
    let top = inside.components().next().unwrap().as_os_str().to_string_lossy();
    top.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names by `crate::room`, comments left out.
fn named(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let group = after.trim_start();
        let names: Vec<&str> = match group.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![group],
        };
        for name in names {
            let word: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            rooms.insert(word);
        }
    }
    rooms
}

#[test]
fn rooms_name_only_the_rooms_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    assert!(all.len() > 20, "the house has moved: only {} files under src", all.len());
    let rooms: BTreeSet<String> = all.iter().map(|file| room(&src, file)).collect();
    let mut trespassers = Vec::new();
    for file in &all {
        let own = room(&src, file);
        for other in named(&fs::read_to_string(file).unwrap()) {
            if other == own || !rooms.contains(&other) || (other == "clock" && own != "model") {
                continue;
            }
            let allowed = match MAY_NAME.iter().find(|(name, _)| *name == own) {
                Some((_, may)) => may.contains(&other.as_str()),
                None if APART.contains(&own.as_str()) => !APART.contains(&other.as_str()) && other != "cli",
                None => ["cli", "main", "lib"].contains(&own.as_str()),
            };
            if !allowed {
                trespassers.push(format!("{} names {other}", file.display()));
            }
        }
    }
    assert!(trespassers.is_empty(), "{}", trespassers.join("\n"));
}

#[test]
fn only_the_clock_asks_what_time_it_is() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    let asks = ["Timestamp::now(", "SystemTime::now(", "Zoned::now("];
    let askers: Vec<_> = all
        .iter()
        .filter(|file| room(&src, file) != "clock")
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            asks.iter().any(|ask| text.contains(ask))
        })
        .collect();
    assert!(askers.is_empty(), "{askers:?}");
}

#[test]
fn the_map_names_every_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    let missing: BTreeSet<String> =
        all.iter().map(|file| room(&root.join("src"), file)).filter(|room| !map.contains(room.as_str())).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not name {missing:?}");
    assert!(map.lines().count() <= 130, "ARCHITECTURE.md has grown to {} lines", map.lines().count());
}
