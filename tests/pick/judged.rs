//! On deals and posts that a person judged, the ranking stays as good as it was found to be.

use assert_cmd::Command;

const PLAIN_WORDS: &str = "stage=0,objection=0,competitor=0,method=0,industry=0,quality=0,freshness=0";

/// nDCG@5 of a set of judged deals over the posts that were graded.
fn ndcg_5(set: &str, posts: &[&str], weights: &[&str]) -> f64 {
    let set = format!("tests/fixtures/pick/{set}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("posts.jsonl");
    let read = |name: &&str| std::fs::read_to_string(name.replace("SET", &set)).unwrap();
    std::fs::write(&file, posts.iter().map(read).collect::<Vec<_>>().join("\n")).unwrap();
    let out = Command::cargo_bin("ridealong")
        .unwrap()
        .arg("rank")
        .args(["--deals", &format!("{set}/deals.jsonl"), "--evaluate", &format!("{set}/qrels.jsonl")])
        .arg("--posts")
        .arg(&file)
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
    const POSTS: [&str; 2] = ["corpus/stages/w3.jsonl", "corpus/stages/w4.jsonl"];
    let shipped = ndcg_5("judged", &POSTS, &[]);
    let words = ndcg_5("judged", &POSTS, &["--weights", PLAIN_WORDS]);
    assert!(shipped >= 0.67, "nDCG@5 fell to {shipped}");
    assert!(shipped >= 1.2 * words, "{shipped} against {words} of the words alone");
}

#[test]
fn deals_and_posts_that_no_weight_was_chosen_on_are_ranked_well_too() {
    const POSTS: [&str; 3] = ["corpus/stages/w1.jsonl", "corpus/stages/w2.jsonl", "SET/posts.jsonl"];
    let shipped = ndcg_5("fresh", &POSTS, &[]);
    assert!(shipped >= 0.53, "nDCG@5 fell to {shipped}");
}
