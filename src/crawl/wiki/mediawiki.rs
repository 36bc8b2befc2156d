//! MediaWiki through its API (`api.php`): a list of pages with their last change, then each page as HTML.

use super::{WikiError, WikiPage};
use crate::crawl::{dates, text};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// A page in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The title, which is also the identity.
    pub title: String,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
}

/// Where the list of pages is asked, from the beginning or from where the last answer ended.
pub fn list_address(api: &Url, after: Option<&str>) -> Url {
    let mut url = api.clone();
    url.query_pairs_mut().clear().extend_pairs([
        ("action", "query"),
        ("format", "json"),
        ("formatversion", "2"),
        ("generator", "allpages"),
        ("gapfilterredir", "nonredirects"),
        ("gaplimit", "50"),
        ("prop", "info"),
    ]);
    if let Some(after) = after {
        url.query_pairs_mut().append_pair("gapcontinue", after);
    }
    url
}

/// The pages of a list, and where the next list begins.
///
/// # Errors
/// The answer is no list of pages.
pub fn list(body: &[u8]) -> Result<(Vec<Listed>, Option<String>), WikiError> {
    let value = json(body)?;
    let next = value.pointer("/continue/gapcontinue").and_then(Value::as_str).map(str::to_owned);
    let pages = value.pointer("/query/pages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let listed = pages.iter().filter_map(|page| {
        let title = page.get("title")?.as_str()?.to_owned();
        Some(Listed { title, changed_at: page.get("touched").and_then(Value::as_str).and_then(dates::parse) })
    });
    Ok((listed.collect(), next))
}

/// Where one page is asked.
pub fn page_address(api: &Url, title: &str) -> Url {
    let mut url = api.clone();
    url.query_pairs_mut().clear().extend_pairs([
        ("action", "parse"),
        ("format", "json"),
        ("formatversion", "2"),
        ("prop", "text|categories|displaytitle"),
        ("redirects", "1"),
        ("disableeditsection", "1"),
        ("disabletoc", "1"),
        ("page", title),
    ]);
    url
}

/// One page.
///
/// # Errors
/// The answer is no page.
pub fn page(body: &[u8], listed: &Listed, api: &Url) -> Result<WikiPage, WikiError> {
    let value = json(body)?;
    let parsed = value.get("parse").ok_or_else(|| WikiError::Answer("there is no parsed page in it".into()))?;
    let html = parsed.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let title = parsed.get("displaytitle").and_then(Value::as_str).map(text::line).filter(|title| !title.is_empty());
    let mut url = api.join("index.php").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().append_pair("title", &listed.title);
    }
    let categories = parsed.get("categories").and_then(Value::as_array).into_iter().flatten();
    Ok(WikiPage {
        key: listed.title.clone(),
        title: title.unwrap_or_else(|| listed.title.clone()),
        labels: categories.filter_map(|one| Some(one.get("category")?.as_str()?.replace('_', " "))).collect(),
        base: url.clone(),
        url,
        html,
        changed_at: listed.changed_at,
        ..WikiPage::default()
    })
}

fn json(body: &[u8]) -> Result<Value, WikiError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| WikiError::Answer(error.to_string()))?;
    match value.pointer("/error/info").and_then(Value::as_str) {
        Some(error) => Err(WikiError::Answer(error.to_owned())),
        None => Ok(value),
    }
}
