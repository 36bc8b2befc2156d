//! `ridealong train --with-corrections` learns from people, unless that makes the model worse.

use crate::helpers::program::{err, out, run};
use ridealong::model::Stage;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::process::Output;

/// Texts of each stage that the corpus keeps; as many others become corrections.
const KEPT: usize = 11;
/// Few stages, so that a model is made in moments.
const STAGES: [&str; 5] = ["prospecting", "objections", "negotiation", "growth", "offtopic"];

/// A part of the repository's corpus in `corpus/`, and as many further texts as corrections.
fn desk(folder: &Path, label: impl Fn(&str) -> Stage) {
    let file = format!("{}/corpus/stages/w5.jsonl", env!("CARGO_MANIFEST_DIR"));
    let lines = std::fs::read_to_string(file).unwrap();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let (mut corpus, mut corrections) = (String::new(), String::new());
    for line in lines.lines() {
        let gold: Value = serde_json::from_str(line).unwrap();
        let primary = gold["primary"].as_str().unwrap();
        if !STAGES.contains(&primary) {
            continue;
        }
        let count = seen.entry(primary.to_owned()).or_default();
        *count += 1;
        if *count <= KEPT {
            corpus += &format!("{line}\n");
        } else if *count <= 2 * KEPT {
            let corrected = json!({ "id": format!("correction-{}", gold["id"]), "title": gold["title"], "text": gold["text"],
                "lang": "en", "primary": label(primary), "secondary": [], "source": "a-blog", "was": "general" });
            corrections += &format!("{corrected}\n");
        }
    }
    std::fs::create_dir(folder.join("corpus")).unwrap();
    std::fs::write(folder.join("corpus/own.jsonl"), corpus).unwrap();
    std::fs::write(folder.join("corrections.jsonl"), corrections).unwrap();
    std::fs::write(folder.join("model.bin"), "the old one").unwrap();
}

fn train(folder: &Path, more: &[&str]) -> Output {
    run(folder, &[&["train", "--corpus", "corpus", "--out", "model.bin"], more].concat())
}

fn model(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("model.bin")).unwrap()
}

#[test]
fn corrections_that_are_right_make_a_model_that_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    desk(folder.path(), |label| label.parse().unwrap());
    let output = train(folder.path(), &["--with-corrections=corrections.jsonl"]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    assert!(out(&output).contains(", adopted"), "{}", out(&output));
    assert!(ridealong::tag::Tagger::from_bytes(&model(folder.path())).is_ok());
}

#[test]
fn corrections_that_make_it_worse_leave_the_model_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let next = |stage: Stage| Stage::ALL[(stage as usize + 1) % Stage::ALL.len()];
    desk(folder.path(), |label| next(label.parse().unwrap()));
    let output = train(folder.path(), &["--with-corrections", "corrections.jsonl"]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(out(&output).contains("not adopted"), "{}", out(&output));
    assert_eq!(model(folder.path()), b"the old one");
}

#[test]
fn without_a_file_the_corrections_of_the_store_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    desk(folder.path(), |label| label.parse().unwrap());
    let output = train(folder.path(), &["--with-corrections"]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("no corrections"), "{}", out(&output));
    assert_eq!(model(folder.path()), b"the old one");
}
