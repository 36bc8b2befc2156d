//! `ridealong rank` ranks files offline, and ids come back as they came.

use assert_cmd::Command;
use serde_json::Value;

const POSTS: &str = r#"{"id":7,"title":"When procurement wants a discount","text":"Procurement will ask for a discount. Trade it: never give a concession without something in return, and know your walk-away point before you negotiate.","published_at":"2026-11-01"}
{"id":"p-2","title":"Cold calls that get a meeting","text":"Open your cold call with a reason. The gatekeeper is no enemy. Book the meeting and hang up. Prospecting is a numbers game only for those who do not research.","published_at":""}
{"id":"p-3","title":"Closing costs when you buy a house","text":"Escrow, title insurance and prorated taxes: what home buyers pay at the closing table of their mortgage.","lang":"en"}
"#;
const DEALS: &str = r#"{"deal_id":12,"crm":"salesforce","name":"Harbor pumps","stage":"Negotiation/Review","amount":125000,"currency":"USD","close_date":"2026-12-18","last_activity_at":"2026-11-20T10:00:00Z","next_step":"Call with procurement about the discount","notes":"","competitor":"","extra":{"a":1}}
"#;

const NOW: &str = "2026-11-23";

fn rank(deals: &str, posts: &str, now: &str, qrels: Option<&str>) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut command = Command::cargo_bin("ridealong").unwrap();
    command.arg("rank").arg("--deals").arg(file("d.jsonl", deals)).arg("--posts").arg(file("p.jsonl", posts));
    if let Some(qrels) = qrels {
        command.arg("--evaluate").arg(file("q.jsonl", qrels));
    }
    command.args(["--now", now]).assert()
}

fn lines(output: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_fitting_post_is_first_with_terms_that_add_up_and_ids_as_they_came() {
    let out = rank(DEALS, POSTS, NOW, None).success();
    let lines = lines(&out.get_output().stdout);
    assert_eq!((&lines[0]["deal_id"], &lines[0]["post_id"], &lines[0]["rank"]), (&12.into(), &7.into(), &1.into()));
    let sum: f64 =
        lines[0]["reasons"].as_array().unwrap().iter().map(|reason| reason["weight"].as_f64().unwrap()).sum();
    assert!((sum - lines[0]["score"].as_f64().unwrap()).abs() < 1e-3);
    assert!(lines.iter().all(|line| line["post_id"] != "p-3"), "an off-topic post is never ranked");
}

#[test]
fn a_bad_line_is_named_by_its_number_and_the_others_go_on() {
    let posts = format!("{POSTS}{{\"id\":\n[1]\n{{\"title\":\"no id\"}}\n");
    let out = rank(DEALS, &posts, NOW, None).code(1);
    let errors = String::from_utf8_lossy(&out.get_output().stderr).into_owned();
    assert!(["line 4 ", "line 5 ", "line 6 "].iter().all(|line| errors.contains(line)), "{errors}");
    assert!(!lines(&out.get_output().stdout).is_empty());
}

#[test]
fn grades_give_three_figures() {
    let out = rank(DEALS, POSTS, NOW, Some(r#"{"deal_id":12,"post_id":7,"grade":3}"#)).success();
    let text = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    assert!(text.contains("nDCG@3 1.000") && text.contains("nDCG@5 1.000") && text.contains("P@3 0.333"), "{text}");
}

#[test]
fn a_day_that_is_none_is_refused() {
    let out = rank(DEALS, POSTS, "soon", None).failure();
    assert!(String::from_utf8_lossy(&out.get_output().stderr).contains("\"soon\" is no date"));
}
