//! Confluence through its REST API: pages of a space with their text, version and labels.

use super::{WikiError, WikiPage};
use crate::crawl::dates;
use serde_json::Value;
use url::Url;

/// Where the pages of a space are asked: `site` is the wiki's own address, `space` its key.
pub fn list_address(site: &Url, space: Option<&str>) -> Option<Url> {
    let root = if site.path().ends_with('/') { site.clone() } else { Url::parse(&format!("{site}/")).ok()? };
    let mut url = root.join("rest/api/content").ok()?;
    url.query_pairs_mut().extend_pairs([
        ("type", "page"),
        ("limit", "25"),
        ("expand", "body.view,version,metadata.labels"),
    ]);
    if let Some(space) = space {
        url.query_pairs_mut().append_pair("spaceKey", space);
    }
    Some(url)
}

/// The pages of an answer, and where the next ones are asked.
///
/// # Errors
/// The answer is no list of pages.
pub fn list(body: &[u8], site: &Url) -> Result<(Vec<WikiPage>, Option<Url>), WikiError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| WikiError::Answer(error.to_string()))?;
    let results = value.get("results").and_then(Value::as_array);
    let results = results.ok_or_else(|| {
        let said = value.get("message").and_then(Value::as_str).unwrap_or("there are no results in it");
        WikiError::Answer(said.to_owned())
    })?;
    // Links are relative to the wiki's base, which may have a path of its own (`/wiki`).
    let base =
        value.pointer("/_links/base").and_then(Value::as_str).unwrap_or(site.as_str()).trim_end_matches('/').to_owned();
    let address = |path: &str| Url::parse(&format!("{base}/{}", path.trim_start_matches('/'))).ok();
    let same_site = |url: &Url| url.host_str() == site.host_str();
    let next = value.pointer("/_links/next").and_then(Value::as_str).and_then(address).filter(same_site);
    let pages = results.iter().filter_map(|page| {
        let text = |pointer: &str| page.pointer(pointer).and_then(Value::as_str);
        let labels = page.pointer("/metadata/labels/results").and_then(Value::as_array).into_iter().flatten();
        let url = text("/_links/webui").and_then(address);
        Some(WikiPage {
            key: text("/id")?.to_owned(),
            title: text("/title").unwrap_or_default().to_owned(),
            mentor: text("/version/by/displayName").map(str::to_owned),
            html: text("/body/view/value").unwrap_or_default().to_owned(),
            changed_at: text("/version/when").and_then(dates::parse),
            labels: labels.filter_map(|label| Some(label.get("name")?.as_str()?.to_owned())).collect(),
            base: url.clone(),
            url,
            ..WikiPage::default()
        })
    });
    Ok((pages.collect(), next))
}
