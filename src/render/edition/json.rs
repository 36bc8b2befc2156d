use super::{Edition, Item};
use serde::Serialize;

/// The version that JSON Feed 1.1 asks for.
const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    description: &'a str,
    home_page_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_url: Option<&'a str>,
    language: &'static str,
    items: Vec<JsonItem<'a>>,
}

#[derive(Serialize)]
struct JsonItem<'a> {
    id: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_url: Option<&'a str>,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    content_html: &'a str,
    date_published: String,
    authors: [JsonMentor<'a>; 1],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonMentor<'a> {
    name: &'a str,
}

/// JSON Feed 1.1.
pub(super) fn render(edition: &Edition) -> String {
    let feed = JsonFeed {
        version: VERSION,
        title: &edition.title,
        description: &edition.description,
        home_page_url: &edition.home_url,
        feed_url: edition.self_url.as_deref(),
        language: "en",
        items: edition.items.iter().map(item).collect(),
    };
    // Strings and lists alone: serializing them cannot fail.
    serde_json::to_string_pretty(&feed).unwrap_or_default()
}

fn item(item: &Item) -> JsonItem<'_> {
    JsonItem {
        id: &item.id,
        url: &item.url,
        external_url: item.original.as_deref(),
        title: &item.title,
        summary: item.why.as_deref(),
        content_html: &item.html,
        date_published: item.published_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        authors: [JsonMentor { name: &item.mentor }],
        tags: &item.stages,
        language: item.language.as_deref(),
    }
}
