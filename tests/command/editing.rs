//! Changing one entry of `sources.yaml` leaves everything around it as it was.

use ridealong::model::SourceId;
use ridealong::sources::{self, append, find_entry, parse, remove_entry, replace_entry, set_key};

const FILE: &str = "# Ours, do not sort\ndefaults: { check_every: 2h }\nsources:\n  - id: a   # first\n    url: https://a.example/\n    stages:\n      - closing\n\n  # the second\n  - id: b\n    url: https://b.example/\n";

fn id(text: &str) -> SourceId {
    SourceId::new(text)
}

#[test]
fn an_entry_is_shown_as_the_person_wrote_it() {
    let shown = find_entry(FILE, &id("a")).unwrap();
    assert_eq!(shown, "- id: a   # first\n  url: https://a.example/\n  stages:\n    - closing\n");
    assert_eq!(find_entry(FILE, &id("none")), None);
}

#[test]
fn one_entry_changes_and_the_rest_stays_byte_for_byte() {
    let changed = replace_entry(FILE, "s", &id("b"), "- id: b\n  url: https://new.example/\n  trust: 0.9\n").unwrap();
    assert!(changed.starts_with(FILE.split("  - id: b").next().unwrap()), "{changed}");
    let set = parse(&changed, "s").unwrap();
    assert_eq!((set.sources[1].url.as_str(), set.sources[1].trust), ("https://new.example/", 0.9));
    let back = replace_entry(&changed, "s", &id("b"), "- id: b\n  url: https://b.example/\n").unwrap();
    assert_eq!(back, FILE);
}

#[test]
fn what_cannot_be_read_is_refused_with_line_and_key() {
    let refused = replace_entry(FILE, "s", &id("a"), "- id: a\n  url: ftp://a.example/\n").unwrap_err();
    assert_eq!(refused.line, 5);
    assert!(refused.message.starts_with("url:"), "{refused}");
    let twice = replace_entry(FILE, "s", &id("a"), "- id: b\n  url: https://a.example/\n").unwrap_err();
    assert!(twice.message.contains("taken"), "{twice}");
}

#[test]
fn a_source_is_paused_and_resumed_without_a_trace() {
    let paused = set_key(FILE, "s", &id("a"), "paused", Some("true")).unwrap();
    assert!(parse(&paused, "s").unwrap().sources[0].paused);
    assert_eq!(set_key(&paused, "s", &id("a"), "paused", None).unwrap(), FILE);
}

#[test]
fn the_last_entry_can_go_and_another_one_come() {
    let one = remove_entry(FILE, "s", &id("a")).unwrap();
    let none = remove_entry(&one, "s", &id("b")).unwrap();
    assert!(parse(&none, "s").unwrap().sources.is_empty(), "{none}");
    assert!(none.starts_with("# Ours, do not sort"), "{none}");
    let source = parse(FILE, "s").unwrap().sources.remove(0);
    let again = append(&none, &[source]);
    assert_eq!(parse(&again, "s").unwrap().sources[0].url, "https://a.example/", "{again}");
}

#[test]
fn entries_are_added_in_the_column_of_the_list_and_before_what_follows_it() {
    let flat = "sources:\n- id: a\n  url: https://a.example/\ndefaults: { full_text: false }\n";
    let source = parse(FILE, "s").unwrap().sources.remove(1);
    let longer = append(flat, std::slice::from_ref(&source));
    let set = parse(&longer, "s").unwrap();
    assert_eq!(set.sources.len(), 2, "{longer}");
    assert!(longer.ends_with("defaults: { full_text: false }\n"), "{longer}");
    let fresh = append("", &[source]);
    assert_eq!(parse(&fresh, "s").unwrap().sources.len(), 1, "{fresh}");
}

#[test]
fn a_broken_file_leaves_the_running_set_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.yaml");
    std::fs::write(&file, FILE).unwrap();
    let running = sources::Running::of_file(file.clone(), parse(FILE, "s").unwrap());
    std::fs::write(&file, "sources:\n  - id: a\n    urll: x\n").unwrap();
    let refused = running.reread().unwrap_err();
    assert_eq!(refused.line, 3);
    assert_eq!((running.set().sources.len(), running.refused()), (2, Some(refused)));
    std::fs::write(&file, FILE.replace("  - id: b\n", "  - id: c\n")).unwrap();
    assert_eq!(running.reread().unwrap(), 2);
    assert!(running.refused().is_none() && running.set().find(&id("c")).is_some());
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("real.yaml"), folder.path().join("sources.yaml"));
    std::fs::write(&file, FILE).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    sources::save(&link, &FILE.replace("check_every: 2h", "check_every: 3h")).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().contains("3h"));
}
