use ridealong::tag::{Tagger, Text, gold};

/// Fifty posts, every thirtieth of the corpus: the same tags on every run and every machine.
#[test]
fn fifty_posts_keep_their_tags_to_the_thousandth() {
    let mut lines = String::new();
    for writer in 1..=5 {
        let file = format!("{}/corpus/stages/w{writer}.jsonl", env!("CARGO_MANIFEST_DIR"));
        lines.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let golds = gold::read(&lines).unwrap();
    let tagger = Tagger::shipped();
    let tags: Vec<String> = golds
        .iter()
        .step_by(30)
        .take(50)
        .map(|gold| {
            let stages: Vec<String> = tagger
                .tag(&Text::from_gold(gold))
                .stages
                .iter()
                .map(|tag| format!("{} {:.3} {:?}", tag.stage, tag.score, tag.evidence))
                .collect();
            format!("{}: {}", gold.id, stages.join("; "))
        })
        .collect();
    assert_eq!(tags.len(), 50);
    insta::assert_snapshot!("fifty_posts", tags.join("\n"));
}
