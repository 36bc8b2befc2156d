//! A public corpus of feeds and what a good parser finds in them.

use crate::helpers::data;
use base64::Engine as _;
use jiff::Timestamp;
use ridealong::crawl::{clean, dates, parse, text};
use serde_json::Value;

/// Cases whose expectation we do not share, each with the reason.
const DIFFER: &[(&str, &str)] = &[
    ("encoding/bozo_linenoise.xml", "most of its bytes are UTF-8, as declared: read so, the broken byte replaced"),
    ("wellformed/atom/entry_author_map_author.xml", "a mentor is a name, without the mail address"),
];

/// Paths that name something which is not kept, by a part of them.
const NOT_KEPT: &[&str] = &[
    "bozo",
    "encoding",
    "author_detail.email",
    "author_detail.url",
    "contributors",
    "source",
    "rights",
    "generator",
    "copyright",
    "info",
    "publisher",
    "license",
    "cloud",
    "docs",
    "icon",
    "logo",
    "image",
    "validity",
    "expired",
    "newlocation",
    "modified",
    "_detail.type",
    "guidislink",
    "scheme",
    "label",
    "thr_",
    "authors",
    "created",
    "feed.author",
    "feed.updated",
    "feed.published",
    "feed.tags",
    "feed.category",
    "feed.links",
    "links.0",
    "links.1",
    "content.0.type",
    "feed.guid",
    "feed.title_detail.type",
];

fn path_of(check: &Value) -> String {
    let parts = check["path"].as_array().expect("a path");
    parts.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect::<Vec<_>>().join(".")
}

fn instant(parts: &Value) -> Option<Timestamp> {
    let n = |at: usize| parts[at].as_i64().expect("a number");
    let date = jiff::civil::date(n(0) as i16, n(1) as i8, n(2) as i8).at(n(3) as i8, n(4) as i8, n(5) as i8, 0);
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).expect("a date").timestamp())
}

fn document_of(case: &Value) -> Vec<u8> {
    let packed = case["document_b64"].as_str().expect("a document");
    base64::engine::general_purpose::STANDARD.decode(packed).expect("base64")
}

fn content_type_of(case: &Value) -> Option<&str> {
    let headers = case["headers"].as_object()?;
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?.1.as_str()
}

enum Found {
    Text(Option<String>),
    Html(Option<String>),
    Instant(Option<Timestamp>),
    /// The same, where the corpus has the text of the date.
    Date(Option<Timestamp>),
    NotKept,
}

fn find(feed: &parse::Feed, path: &str) -> Found {
    if let Some(rest) = path.strip_prefix("feed.") {
        return match rest {
            "title" | "title_detail.value" => Found::Text(feed.title.clone()),
            "link" => Found::Text(feed.url.clone()),
            "description" | "subtitle" | "tagline" | "tagline_detail.value" => Found::Text(feed.description.clone()),
            "ttl" => Found::Text(feed.ttl_minutes.map(|n| n.to_string())),
            "language" => Found::Text(feed.language.clone()),
            _ => Found::NotKept,
        };
    }
    let Some(rest) = path.strip_prefix("entries.0.") else {
        return match path {
            "version" => Found::Text(Some(feed.format.to_owned())),
            _ => Found::NotKept,
        };
    };
    let entry = feed.entries.first().cloned().unwrap_or_default();
    let file = |at: usize| entry.enclosures.get(at).cloned();
    match rest {
        "title" | "title_detail.value" => Found::Text(entry.title),
        "link" => Found::Text(entry.url),
        "id" | "guid" => Found::Text(entry.id),
        "author" | "author_detail.name" | "authors.0.name" => Found::Text(entry.mentor),
        "summary" | "description" | "summary_detail.value" => {
            Found::Html(entry.summary_html().or(entry.content_html()))
        }
        "content.0.value" => Found::Html(entry.content_html()),
        "published_parsed" | "created_parsed" => Found::Instant(entry.published_at),
        "updated_parsed" => Found::Instant(entry.updated_at),
        "published" | "created" => Found::Date(entry.published_at),
        "updated" => Found::Date(entry.updated_at),
        "comments" => Found::Text(entry.comments_url),
        "wfw_commentrss" => Found::Text(entry.comments_feed_url),
        "slash_comments" | "thr_total" => Found::Text(entry.comments_count.map(|n| n.to_string())),
        "enclosures.0.href" | "enclosures.0.url" => Found::Text(file(0).map(|file| file.url)),
        "enclosures.0.type" => Found::Text(file(0).map(|file| file.mime)),
        "enclosures.0.length" => Found::Text(file(0).and_then(|file| file.length).map(|n| n.to_string())),
        "enclosures.1" => Found::Text(file(1).map(|file| file.url)),
        _ => match rest.strip_prefix("tags.").and_then(|tag| tag.strip_suffix(".term")) {
            Some(at) => Found::Text(entry.categories.get(at.parse::<usize>().expect("an index")).cloned()),
            None => Found::NotKept,
        },
    }
}

#[test]
fn a_public_corpus_of_feeds_is_read_as_its_authors_expect() {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("an instant");
    let (mut checked, mut failed) = (0, Vec::new());
    for case in data::data_lines("feeds/feedparser.jsonl") {
        let name = case["case"].as_str().expect("a name");
        let base = url::Url::parse("http://127.0.0.1:8097/feed/").expect("an address");
        let feed = parse::parse(&document_of(&case), content_type_of(&case), Some(&base), now);
        for check in case["checks"].as_array().expect("checks") {
            let path = path_of(check);
            if check["op"] != "eq" {
                continue;
            }
            let value = &check["value"];
            let expected = value
                .as_str()
                .map_or_else(|| value["href"].as_str().map_or(value.to_string(), str::to_owned), str::to_owned);
            let feed = match &feed {
                Ok(feed) => feed,
                Err(why) => {
                    failed.push(format!("{name}: {why}"));
                    break;
                }
            };
            let (expected, found) = match find(feed, &path) {
                Found::NotKept => {
                    assert!(NOT_KEPT.iter().any(|part| path.contains(part)), "{name}: nobody said what {path} is");
                    continue;
                }
                Found::Text(found) => {
                    let expected =
                        if path.contains("title") && !expected.contains("<blink>") || path.starts_with("feed.") {
                            text::plain(&expected)
                        } else {
                            expected
                        };
                    (expected, found)
                }
                Found::Html(found) => (clean::clean(&expected, Some(&base)), found),
                Found::Date(found) => (
                    dates::parse(&expected).map(|at| at.to_string()).unwrap_or_default(),
                    found.map(|at| at.to_string()),
                ),
                Found::Instant(found) => {
                    (instant(value).map(|at| at.to_string()).unwrap_or_default(), found.map(|at| at.to_string()))
                }
            };
            // Plain text arrives escaped, the corpus has it bare.
            let bare = found.as_deref().is_some_and(|found| value.as_str() == Some(text::plain(found).as_str()));
            checked += 1;
            if !bare && found.as_deref() != Some(expected.as_str()) && !DIFFER.iter().any(|(known, _)| *known == name) {
                failed.push(format!("{name}: {path} is {found:?}, not {expected:?}"));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {checked} checks failed:\n{}", failed.len(), failed.join("\n"));
}

/// Documents that only their Content-Type makes wrong: nothing had to be repaired.
const ONLY_MISLABELLED: &[&str] = &["encoding/bozo_http_i18n.xml", "encoding/bozo_http_text_plain.xml"];

#[test]
fn a_feed_is_called_repaired_exactly_where_it_was_malformed() {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("an instant");
    for case in data::data_lines("feeds/feedparser.jsonl") {
        let name = case["case"].as_str().expect("a name");
        let expected = case["checks"].as_array().expect("checks").iter().find(|check| path_of(check) == "bozo");
        let Some(expected) = expected.filter(|_| !ONLY_MISLABELLED.contains(&name)) else { continue };
        let feed = parse::parse(&document_of(&case), content_type_of(&case), None, now).expect("a feed");
        assert_eq!(feed.repaired, expected["op"] == "true", "{name}: {:?}", feed.notes);
    }
}
