//! JSON Feed 1.0 and 1.1, and what calls itself so.

use super::feed::{Feed, FeedEntry, Markup, NotAFeed};
use super::finish::{Dates, seconds};
use super::{ENTRIES_MAX, title};
use crate::crawl::{links, text};
use crate::model::Enclosure;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;

/// Reads a JSON Feed; numbers where texts belong, missing titles and unknown versions are taken as they are.
pub(super) fn parse(
    document: &str,
    base: Option<Arc<Url>>,
    now: Timestamp,
    mut notes: Vec<String>,
) -> Result<Feed, NotAFeed> {
    let no_feed =
        || NotAFeed::NoFeed { begins: text::cut(&text::one_line(&document.chars().take(200).collect::<String>()), 60) };
    let value = match crate::crawl::json::read(document.as_bytes()) {
        Ok(value) => value,
        Err(_) => {
            let value = crate::crawl::json::read(closed(document).as_bytes()).map_err(|_| no_feed())?;
            notes.push("the document ends too early; what was there was read".to_owned());
            value
        }
    };
    let Value::Object(feed) = value else { return Err(no_feed()) };
    let Some(items) = feed.get("items").and_then(Value::as_array) else { return Err(no_feed()) };
    let version = string(&feed, "version").unwrap_or_default();
    if !version.contains("jsonfeed.org") {
        notes.push("the document does not say which version of JSON Feed it is".to_owned());
    }
    let repaired = !notes.is_empty();
    if items.len() > ENTRIES_MAX {
        notes.push(format!("the document has {} entries; the first {ENTRIES_MAX} were kept", items.len()));
    }
    let site = string(&feed, "home_page_url").and_then(|url| links::absolute(&url, base.as_deref()));
    let base = base.or_else(|| site.as_deref().and_then(|site| Url::parse(site).ok()).map(Arc::new));
    let mut clock = Dates { now, clamped: 0, unreadable: 0 };
    let author = author(&feed);
    let entries = items
        .iter()
        .take(ENTRIES_MAX)
        .filter_map(Value::as_object)
        .map(|item| entry(item, author.as_deref(), base.as_ref(), &mut clock))
        .collect();
    notes.extend(clock.notes());
    let hub = feed.get("hubs").and_then(Value::as_array).and_then(|hubs| hubs.first()).and_then(Value::as_object);
    Ok(Feed {
        format: if version.ends_with("/1.1") { "json11" } else { "json1" },
        repaired,
        notes,
        title: string(&feed, "title").map(|title| text::one_line(&title)),
        url: site,
        description: string(&feed, "description"),
        language: string(&feed, "language"),
        hub: hub.and_then(|hub| string(hub, "url")),
        self_url: string(&feed, "feed_url"),
        entries,
        ..Feed::default()
    })
}

fn entry(
    item: &Map<String, Value>,
    feed_author: Option<&str>,
    base: Option<&Arc<Url>>,
    clock: &mut Dates,
) -> FeedEntry {
    let markup = |source: String, html: bool| Markup { source, html, base: base.cloned() };
    let link = |key: &str| {
        let address = links::absolute(&string(item, key)?, base.map(Arc::as_ref))?;
        Some(links::without_tracking(&address))
    };
    let content = string(item, "content_html").map(|html| markup(html, true));
    let content = content.or_else(|| string(item, "content_text").map(|text| markup(text, false)));
    let attachments: Vec<&Map<String, Value>> =
        item.get("attachments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect();
    let tags = item.get("tags").and_then(Value::as_array).into_iter().flatten();
    let mut entry = FeedEntry {
        id: string(item, "id"),
        url: link("url").or_else(|| link("external_url")),
        title: string(item, "title").map(|title| text::one_line(&title)),
        mentor: author(item).or_else(|| feed_author.map(str::to_owned)),
        published_at: clock.read(string(item, "date_published").as_deref()),
        updated_at: clock.read(string(item, "date_modified").as_deref()),
        summary: string(item, "summary").map(|summary| markup(summary, false)),
        content,
        categories: tags.filter_map(text_of).filter(|tag| !tag.is_empty()).take(256).collect(),
        enclosures: attachments
            .iter()
            .filter_map(|file| {
                let url = links::absolute(&string(file, "url")?, base.map(Arc::as_ref))?;
                let mime = string(file, "mime_type").unwrap_or_default();
                Some(Enclosure { url, mime, length: file.get("size_in_bytes").and_then(Value::as_u64) })
            })
            .take(256)
            .collect(),
        duration_s: attachments.iter().find_map(|file| seconds(&string(file, "duration_in_seconds")?)),
        ..FeedEntry::default()
    };
    if entry.title.is_none() {
        entry.title = title::of_text(&entry.text());
    }
    entry
}

fn author(object: &Map<String, Value>) -> Option<String> {
    let first = object.get("authors").and_then(Value::as_array).and_then(|authors| authors.first());
    let person = first.or_else(|| object.get("author"))?;
    let name = person.as_object().and_then(|person| string(person, "name")).or_else(|| text_of(person))?;
    super::fields::person_name(&name)
}

fn string(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(text_of)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A truncated document cut back to its last whole value, with its brackets closed.
fn closed(document: &str) -> String {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    // The last place where everything before is whole, and what was open there.
    let mut whole: (usize, Vec<char>) = (0, Vec::new());
    for (at, c) in document.char_indices() {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match c {
            '"' => in_string = true,
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                open.pop();
                // Only the ends of items count: they are shallow, so this stays cheap.
                if open.len() <= 2 {
                    whole = (at + 1, open.clone());
                }
            }
            _ => {}
        }
    }
    let mut out = document[..whole.0].to_owned();
    out.extend(whole.1.iter().rev());
    out
}
