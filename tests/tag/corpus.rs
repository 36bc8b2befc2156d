use ridealong::model::Stage;
use ridealong::tag::gold::{self, Gold};
use std::collections::{HashMap, HashSet};

/// Two texts are the same written twice when so large a share of their word triples is common.
const COMMON_MAX: f64 = 0.4;

fn corpus() -> Vec<Gold> {
    let folder = format!("{}/corpus/stages", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| gold::read(&std::fs::read_to_string(file).unwrap()).unwrap()).collect()
}

fn triples(gold: &Gold) -> HashSet<String> {
    let whole = format!("{} {}", gold.title, gold.text).to_lowercase();
    let words: Vec<&str> = whole.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(3).map(|three| three.join(" ")).collect()
}

#[test]
fn the_corpus_covers_every_stage_and_each_id_once() {
    let golds = corpus();
    let ids: HashSet<&str> = golds.iter().map(|gold| gold.id.as_str()).collect();
    assert_eq!(ids.len(), golds.len());
    assert!(golds.len() >= 1_200, "{}", golds.len());
    for stage in Stage::ALL {
        assert!(golds.iter().filter(|gold| gold.primary == stage).count() >= 100, "{stage}");
    }
    for gold in &golds {
        let alone = matches!(gold.primary, Stage::Offtopic);
        assert!(gold.secondary.len() <= 2 && !gold.secondary.contains(&gold.primary), "{}", gold.id);
        assert!(!alone || gold.secondary.is_empty(), "{} is off topic, and serves a stage", gold.id);
    }
}

#[test]
fn no_text_of_the_corpus_is_another_one_written_twice() {
    let golds = corpus();
    let all: Vec<HashSet<String>> = golds.iter().map(triples).collect();
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, triples) in all.iter().enumerate() {
        triples.iter().for_each(|triple| holders.entry(triple).or_default().push(at));
    }
    let mut common: HashMap<(usize, usize), usize> = HashMap::new();
    for holders in holders.values() {
        for (at, later) in holders.iter().enumerate() {
            holders[..at].iter().for_each(|earlier| *common.entry((*earlier, *later)).or_default() += 1);
        }
    }
    for ((one, other), count) in common {
        let share = count as f64 / (all[one].len() + all[other].len() - count) as f64;
        assert!(share < COMMON_MAX, "{} and {} have {share:.2} in common", golds[one].id, golds[other].id);
    }
}
