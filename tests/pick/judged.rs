//! On deals and posts that a person judged, the ranking stays as good as it was found to be.

use assert_cmd::Command;

const FOLDER: &str = "tests/fixtures/pick/judged";
/// The ranking's nDCG@5 over all judged deals must not fall below this.
const NDCG_5_MIN: f64 = 0.65;
/// And it must beat the deal's words alone by this factor.
const OVER_WORDS_MIN: f64 = 1.25;

/// nDCG@5 of the judged deals over the half of the corpus that was graded.
fn ndcg_5(weights: &[&str]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let posts = folder.path().join("posts.jsonl");
    let read = |name: &str| std::fs::read_to_string(format!("corpus/stages/{name}.jsonl")).unwrap();
    std::fs::write(&posts, read("w3") + "\n" + read("w4").as_str()).unwrap();
    let out = Command::cargo_bin("ridealong")
        .unwrap()
        .arg("rank")
        .args(["--deals", &format!("{FOLDER}/deals.jsonl"), "--evaluate", &format!("{FOLDER}/qrels.jsonl")])
        .arg("--posts")
        .arg(&posts)
        .args(["--now", "2026-11-23"])
        .args(weights)
        .assert()
        .success();
    let text = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("nDCG@5 ")).unwrap();
    line.parse().unwrap()
}

#[test]
fn the_judged_deals_get_what_a_rep_would_choose() {
    let shipped = ndcg_5(&[]);
    let words = ndcg_5(&["--weights", "stage=0,objection=0,competitor=0,method=0,industry=0,quality=0,freshness=0"]);
    assert!(shipped >= NDCG_5_MIN, "nDCG@5 fell to {shipped}");
    assert!(shipped >= OVER_WORDS_MIN * words, "{shipped} against {words} of the words alone");
}
