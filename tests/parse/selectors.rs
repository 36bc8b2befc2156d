//! Pages without a feed, by selectors.

use jiff::Timestamp;
use ridealong::crawl::page::{NoItems, PageReader};
use ridealong::model::Selectors;
use url::Url;

const LIST: &str = "<html><head><title>Insights</title></head><body><ul class=list>\
    <li><h3><a href=\"/insights/one?utm_source=home\">Ask twice</a></h3><span class=when>May 4, 2026</span></li>\
    <li><h3><a href=\"/insights/two\">Say less</a></h3><time datetime=\"2026-05-03\">yesterday</time></li>\
    <li><p>No link here</p></li></ul></body></html>";

fn selectors(items: &str) -> Selectors {
    Selectors {
        items: items.into(),
        title: Some("h3".into()),
        date: Some(".when, time".into()),
        ..Selectors::default()
    }
}

fn list(items: &str) -> Result<ridealong::crawl::parse::Feed, NoItems> {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("an instant");
    let url = Url::parse("https://firm.example/insights").expect("an address");
    PageReader::new(&selectors(items)).map_err(NoItems::Bad)?.list(LIST.as_bytes(), None, &url, now)
}

#[test]
fn a_page_without_a_feed_is_read_by_its_selectors() {
    let feed = list("ul.list li").expect("posts");
    let found: Vec<_> = feed
        .entries
        .iter()
        .map(|e| {
            (
                e.url.clone().unwrap_or_default(),
                e.title.clone().unwrap_or_default(),
                e.published_at.map(|at| at.to_string()).unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("https://firm.example/insights/one".into(), "Ask twice".into(), "2026-05-04T00:00:00Z".into()),
            ("https://firm.example/insights/two".into(), "Say less".into(), "2026-05-03T00:00:00Z".to_string()),
        ]
    );
}

#[test]
fn selectors_that_find_nothing_are_a_fault_that_is_told() {
    let error = list("article.card").expect_err("nothing is found").to_string();
    assert!(error.contains("article.card") && error.contains("Insights") && error.contains("sources.yaml"), "{error}");
    let error = list("ul..list").expect_err("no selector").to_string();
    assert!(error.starts_with("items: ") && error.contains("ul..list"), "{error}");
}
