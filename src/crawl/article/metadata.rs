//! What a page says about itself: title, mentor, date, language, canonical address.

use super::dom::{first, selector, text_of};
use crate::crawl::{dates, links, text};
use jiff::Timestamp;
use scraper::Html;
use serde_json::Value;
use url::Url;

/// The longest piece of JSON-LD that is read, in bytes.
const JSON_BYTES_MAX: usize = 256 * 1024;

/// What a page says about itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    pub url: Option<String>,
    pub title: Option<String>,
    pub mentor: Option<String>,
    pub published_at: Option<Timestamp>,
    pub language: Option<String>,
    /// The page says that it is not free to read.
    pub paid: bool,
}

/// Gathers what the page says, the surest statement first: JSON-LD, `meta` elements, markup that people see.
pub(super) fn read(page: &Html, address: &Url, now: Timestamp) -> Metadata {
    let things = json_ld(page);
    let article = things.iter().find(|thing| is_article(thing));
    let string = |key: &str| article.and_then(|thing| thing.get(key)).and_then(Value::as_str).map(str::to_owned);
    let date = |text: String| dates::parse_clamped(&text, now).map(|(at, _)| at);
    let published_at = string("datePublished").and_then(date).or_else(|| {
        let metas = [
            "article:published_time",
            "datePublished",
            "date",
            "dc.date",
            "dc.date.issued",
            "pubdate",
            "parsely-pub-date",
            "sailthru.date",
            "og:published_time",
        ];
        metas.iter().find_map(|name| meta(page, name).and_then(date))
    });
    let language = page.root_element().value().attr("lang").and_then(text::declared_language);
    Metadata {
        url: canonical(page, address),
        title: string("headline")
            .or_else(|| meta(page, "og:title"))
            .map(|title| text::line(&title))
            .filter(|title| !title.is_empty())
            .or_else(|| visible_title(page)),
        mentor: article
            .and_then(|thing| thing.get("author"))
            .and_then(name)
            .or_else(|| author_meta(page))
            .or_else(|| visible_mentor(page)),
        published_at: published_at.or_else(|| visible_date(page, now)).or_else(|| date_in_address(address)),
        language: language.or_else(|| string("inLanguage").as_deref().and_then(text::declared_language)),
        paid: things.iter().any(|thing| {
            matches!(thing.get("isAccessibleForFree"), Some(Value::Bool(false)))
                || thing
                    .get("isAccessibleForFree")
                    .and_then(Value::as_str)
                    .is_some_and(|text| text.eq_ignore_ascii_case("false"))
        }),
    }
}

fn json_ld(page: &Html) -> Vec<Value> {
    let Some(scripts) = selector("script[type=\"application/ld+json\"]") else { return Vec::new() };
    let mut things = Vec::new();
    for script in page.select(&scripts).take(16) {
        let source: String = script.text().collect();
        if source.len() > JSON_BYTES_MAX {
            continue;
        }
        match serde_json::from_str(source.trim()) {
            Ok(Value::Array(list)) => things.extend(list),
            Ok(Value::Object(mut thing)) => {
                if let Some(Value::Array(graph)) = thing.remove("@graph") {
                    things.extend(graph);
                }
                things.push(Value::Object(thing));
            }
            _ => {}
        }
    }
    things
}

fn is_article(thing: &Value) -> bool {
    let kind = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| kind.ends_with("Article") || kind.ends_with("Posting") || kind == "PodcastEpisode")
    };
    match thing.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(kind),
        Some(one) => kind(one),
        None => false,
    }
}

fn name(author: &Value) -> Option<String> {
    let found = match author {
        Value::String(name) => name.clone(),
        Value::Array(list) => return list.iter().find_map(name),
        Value::Object(person) => person.get("name")?.as_str()?.to_owned(),
        _ => return None,
    };
    mentor_name(&found)
}

/// A name, not an address of a profile or a mail box.
fn mentor_name(text: &str) -> Option<String> {
    let name = crate::crawl::parse::person_name(text)?;
    let name = name.strip_prefix("By ").or(name.strip_prefix("by ")).unwrap_or(&name).trim().to_owned();
    (!name.is_empty() && !name.contains("://") && name.chars().count() <= 80).then_some(name)
}

fn meta(page: &Html, name: &str) -> Option<String> {
    let css = format!("meta[property=\"{name}\"], meta[name=\"{name}\"], meta[itemprop=\"{name}\"]");
    let found = page.select(selector(&css)?.as_ref()).find_map(|meta| meta.value().attr("content"))?;
    Some(found.trim().to_owned()).filter(|content| !content.is_empty())
}

fn author_meta(page: &Html) -> Option<String> {
    ["author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl"]
        .iter()
        .find_map(|name| meta(page, name).and_then(|name| mentor_name(&name)))
}

fn visible_mentor(page: &Html) -> Option<String> {
    const PLACES: &[&str] = &[
        "article [itemprop=\"author\"] [itemprop=\"name\"]",
        "[itemprop=\"author\"]",
        "[rel=\"author\"]",
        ".p-author",
        ".entry-author",
        ".post-author",
        ".author-name",
        ".byline a",
        ".byline",
        ".author",
    ];
    if let Some(found) = first(page, PLACES).and_then(|element| mentor_name(&text_of(element))) {
        return Some(found);
    }
    // "Posted by Ann Lee on May 14, 2012"
    let lines = selector("p, div.meta, span, small")?;
    page.select(&lines).take(200).find_map(|element| {
        let line = text_of(element);
        let rest = line.strip_prefix("Posted by ").or(line.strip_prefix("Written by ")).or(line.strip_prefix("By "))?;
        if line.len() > 120 {
            return None;
        }
        let end =
            [" on ", " | ", " · ", " – ", ", "].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        mentor_name(&rest[..end])
    })
}

fn visible_title(page: &Html) -> Option<String> {
    let document = first(page, &["title"]).map(text_of).unwrap_or_default();
    // The heading that the document's title begins with is the title; what follows it there is the site's name.
    let headings = selector("h1, h2")?;
    let heading = page
        .select(&headings)
        .take(20)
        .map(text_of)
        .find(|heading| !heading.is_empty() && document.starts_with(heading.as_str()));
    let own = heading
        .or_else(|| first(page, &["h1.entry-title", "article h1", "main h1", "[itemprop=\"headline\"]"]).map(text_of))
        .filter(|title| !title.is_empty());
    own.or_else(|| {
        let cut =
            [" | ", " – ", " — ", " « ", " » ", " :: ", " - "].iter().filter_map(|mark| document.rfind(mark)).max();
        let title = cut.filter(|at| *at > 10).map_or(document.as_str(), |at| &document[..at]);
        Some(title.trim().to_owned()).filter(|title| !title.is_empty())
    })
}

fn visible_date(page: &Html, now: Timestamp) -> Option<Timestamp> {
    const PLACES: &[&str] = &[
        "[itemprop=\"datePublished\"]",
        "article time[datetime]",
        "time[pubdate]",
        ".entry-date",
        ".post-date",
        ".published",
        ".dt-published",
        ".date",
        "header time",
        "main time",
    ];
    let read = |text: &str| dates::parse_clamped(text, now).map(|(at, _)| at);
    let marked = PLACES.iter().find_map(|css| {
        let element = page.select(selector(css)?.as_ref()).next()?;
        let value = element.value();
        value.attr("datetime").or(value.attr("content")).and_then(read).or_else(|| read(&text_of(element)))
    });
    marked.or_else(|| {
        let lines = selector("p, div.meta, span, small")?;
        page.select(&lines).take(200).find_map(|element| {
            let line = text_of(element);
            if line.len() > 120 || !line.bytes().any(|b| b.is_ascii_digit()) {
                return None;
            }
            let tail = line
                .split_once(" on ")
                .map(|(_, tail)| tail)
                .or(line.strip_prefix("Posted "))
                .or(line.strip_prefix("Published "))?;
            read(tail)
        })
    })
}

/// `/2012/05/14/title`, as many blogs have it.
fn date_in_address(address: &Url) -> Option<Timestamp> {
    let parts: Vec<&str> = address.path_segments()?.collect();
    parts.windows(3).find_map(|part| {
        let [year, month, day] = part else { return None };
        (year.len() == 4 && month.len() == 2 && day.len() == 2)
            .then(|| dates::parse(&format!("{year}-{month}-{day}")))?
    })
}

/// The address that the page names as its own. One of another site is not believed: a page could claim any.
fn canonical(page: &Html, address: &Url) -> Option<String> {
    let link = first(page, &["link[rel=\"canonical\"]"]).and_then(|link| link.value().attr("href").map(str::to_owned));
    let link = link.or_else(|| meta(page, "og:url"))?;
    let url = address.join(&link).ok().filter(links::is_web)?;
    if !links::same_site(&url, address) {
        return None;
    }
    // A canonical address on the site's front page is a fault of its theme.
    (url.path() != "/" || address.path() == "/").then(|| links::canonical(&url).to_string())
}
