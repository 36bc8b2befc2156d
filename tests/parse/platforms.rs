//! Pages in the shapes of real platforms, written for the project: what is read of each, and what must not be.

use jiff::Timestamp;
use ridealong::crawl::article::{Article, Wall, extract};
use serde::Deserialize;
use std::collections::HashMap;
use url::Url;

/// How much of the expected words must be there, and nothing else: F1 over words, for each page and on average.
const F1_MIN: f64 = 0.95;
const F1_MEAN_MIN: f64 = 0.99;

/// One page of `tests/fixtures/parse/platforms`.
#[derive(Deserialize)]
struct Expected {
    name: String,
    url: String,
    content_type: String,
    wall: Option<String>,
    title: Option<String>,
    mentor: Option<String>,
    date: Option<Timestamp>,
    language: Option<String>,
    #[serde(default)]
    forbid: Vec<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    comments: Vec<ExpectedComment>,
}

#[derive(Deserialize)]
struct ExpectedComment {
    mentor: Option<String>,
    /// Place of the comment that it answers.
    parent: Option<usize>,
    date: Option<Timestamp>,
    text: String,
}

fn folder() -> String {
    format!("{}/tests/fixtures/parse/platforms", env!("CARGO_MANIFEST_DIR"))
}

fn counts(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

fn f1(expected: &str, found: &str) -> f64 {
    let (expected, found) = (counts(expected), counts(found));
    let both: usize = expected.iter().map(|(word, count)| *count.min(found.get(word).unwrap_or(&0))).sum();
    let total = expected.values().sum::<usize>() + found.values().sum::<usize>();
    2.0 * both as f64 / total.max(1) as f64
}

fn wall(name: &str) -> Wall {
    match name {
        "paywall" => Wall::Paywall,
        "consent" => Wall::Consent,
        "login" => Wall::Login,
        "missing" => Wall::Missing,
        _ => Wall::NoText,
    }
}

fn faults(expected: &Expected, article: &Article) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: &str, found: String, wanted: String| {
        if found != wanted {
            faults.push(format!("{what}: {found} instead of {wanted}"));
        }
    };
    same("title", article.title.clone(), expected.title.clone().unwrap_or_default());
    same("mentor", format!("{:?}", article.mentor), format!("{:?}", expected.mentor));
    same("date", format!("{:?}", article.published_at), format!("{:?}", expected.date));
    same("language", format!("{:?}", article.language), format!("{:?}", expected.language));
    same("comments", article.comments.len().to_string(), expected.comments.len().to_string());
    for (at, (found, wanted)) in article.comments.iter().zip(&expected.comments).enumerate() {
        let parent = found.parent_id.as_ref().and_then(|id| article.comments.iter().position(|c| &c.id == id));
        same(&format!("comment {at}"), format!("{:?}", found.mentor), format!("{:?}", wanted.mentor));
        same(&format!("parent of {at}"), format!("{parent:?}"), format!("{:?}", wanted.parent));
        same(&format!("date of {at}"), format!("{:?}", found.published_at), format!("{:?}", wanted.date));
        same(&format!("text of {at}"), found.text.clone(), wanted.text.clone());
    }
    let forbidden = expected.forbid.iter().filter(|words| article.text.contains(words.as_str()));
    faults.extend(forbidden.map(|words| format!("{words:?} is in the text")));
    faults
}

#[test]
fn pages_of_forty_platforms_give_their_text_and_nothing_else() {
    let list = std::fs::read_to_string(format!("{}/expected.json", folder())).expect("the list");
    let all: Vec<Expected> = serde_json::from_str(&list).expect("a list of pages");
    assert!(all.len() >= 40);
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("an instant");
    let mut wrong = Vec::new();
    let mut scores = Vec::new();
    for expected in &all {
        let bytes = std::fs::read(format!("{}/{}.html", folder(), expected.name)).expect("the page");
        let url = Url::parse(&expected.url).expect("an address");
        let found = extract(&bytes, Some(&expected.content_type), &url, now);
        match (&expected.wall, found) {
            (Some(name), found) if found.as_ref().err() != Some(&wall(name)) => {
                wrong.push(format!("{}: {found:?} instead of {name}", expected.name));
            }
            (Some(_), _) => {}
            (None, Err(wall)) => wrong.push(format!("{}: {wall}", expected.name)),
            (None, Ok(article)) => {
                let score = f1(&expected.text, &article.text);
                if score < F1_MIN {
                    wrong.push(format!("{}: F1 {score:.3}\n{}", expected.name, article.text));
                }
                scores.push(score);
                wrong.extend(faults(expected, &article).iter().map(|fault| format!("{}: {fault}", expected.name)));
            }
        }
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    println!("mean F1 of {} articles: {mean:.4}", scores.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(mean >= F1_MEAN_MIN, "mean F1 {mean:.4}");
}
