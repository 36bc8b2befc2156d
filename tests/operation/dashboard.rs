//! The dashboard that comes with the documentation asks only for what is counted.

use ridealong::metrics::Metrics;
use ridealong::model::Stage;

/// The names of metrics in a text: `ridealong_` and what follows.
fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = text
        .match_indices("ridealong_")
        .map(|(at, _)| text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_panel_of_the_dashboard_asks_for_metrics_that_exist() {
    let board = include_str!("../../docs/grafana.json");
    let parsed: serde_json::Value = serde_json::from_str(board).unwrap();
    assert!(parsed["panels"].as_array().unwrap().len() >= 10);
    let metrics = Metrics::new("0", "test");
    metrics.request("/", "GET", 200, 0.01);
    metrics.job("crawl", ridealong::metrics::JobEnd::Done, 1.0);
    metrics.crawled(ridealong::metrics::Round::default());
    metrics.tagged(&[(Stage::Closing, 3)]);
    metrics.mail("sent");
    let text = metrics.text();
    let asked = names(board);
    assert!(asked.len() >= 12, "{asked:?}");
    let unknown: Vec<_> = asked.iter().filter(|name| !text.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} are not counted; counted is\n{text}");
}
