//! What a page says in JSON-LD (schema.org).

use super::dom::selector;
use scraper::Html;
use serde_json::Value;

/// The longest piece that is read, in bytes.
const BYTES_MAX: usize = 512 * 1024;
/// Pieces that are read of one page, and things in them.
const PIECES_MAX: usize = 16;
const THINGS_MAX: usize = 256;

/// Every thing that the page describes, out of lists and graphs.
pub(super) fn things(page: &Html) -> Vec<Value> {
    let Some(scripts) = selector("script[type*=\"ld+json\"]") else { return Vec::new() };
    let mut things = Vec::new();
    for script in page.select(&scripts).take(PIECES_MAX) {
        let source: String = script.text().collect();
        let source = source.trim().trim_start_matches("<!--").trim_end_matches("-->").trim_end_matches(';').trim();
        if source.len() > BYTES_MAX {
            continue;
        }
        // Line breaks inside strings are a common slip.
        let read =
            serde_json::from_str(source).or_else(|_| serde_json::from_str(&source.replace(['\n', '\r', '\t'], " ")));
        if let Ok(value) = read {
            flatten(value, &mut things, 0);
        }
    }
    things
}

fn flatten(value: Value, things: &mut Vec<Value>, depth: usize) {
    match value {
        _ if things.len() >= THINGS_MAX || depth > 4 => {}
        Value::Array(list) => list.into_iter().for_each(|inner| flatten(inner, things, depth + 1)),
        Value::Object(mut thing) => {
            let inner = [thing.remove("@graph"), thing.get("mainEntity").cloned()];
            things.push(Value::Object(thing));
            inner.into_iter().flatten().for_each(|inner| flatten(inner, things, depth + 1));
        }
        _ => {}
    }
}

/// The article among the things.
pub(super) fn article(things: &[Value]) -> Option<&Value> {
    things.iter().find(|thing| {
        is_a(thing, |kind| {
            kind.ends_with("Article")
                || kind.ends_with("Posting")
                || matches!(kind, "PodcastEpisode" | "Question" | "Report" | "HowTo")
        })
    })
}

/// Whether one of the thing's types fits.
fn is_a(thing: &Value, fits: impl Fn(&str) -> bool) -> bool {
    let kind = |kind: &Value| kind.as_str().is_some_and(|kind| fits(kind.rsplit(['/', ':']).next().unwrap_or(kind)));
    match thing.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(kind),
        Some(one) => kind(one),
        None => false,
    }
}

/// The name of an author: text, thing, list of them, or a reference to another thing of the page.
pub(super) fn name(author: &Value, things: &[Value]) -> Option<String> {
    match author {
        Value::String(name) => Some(name.clone()),
        Value::Array(list) => list.iter().find_map(|one| name(one, things)),
        Value::Object(person) => match person.get("name") {
            Some(Value::String(name)) => Some(name.clone()),
            Some(Value::Array(names)) => names.first()?.as_str().map(str::to_owned),
            _ => {
                let id = person.get("@id")?;
                let known = things.iter().find(|thing| thing.get("@id") == Some(id) && thing.get("name").is_some())?;
                known.get("name")?.as_str().map(str::to_owned)
            }
        },
        _ => None,
    }
}

/// Whether a thing says that it is not free to read.
pub(super) fn is_paid(things: &[Value]) -> bool {
    things.iter().any(|thing| match thing.get("isAccessibleForFree") {
        Some(Value::Bool(free)) => !free,
        Some(Value::String(free)) => free.rsplit('/').next().is_some_and(|word| word.eq_ignore_ascii_case("false")),
        _ => false,
    })
}
