//! What a page says about its feeds. Pure.

use super::known::Hint;
use crate::model::SourceKind;
use crate::net::Response;
use scraper::{Html, Selector};
use url::Url;

/// Types under which pages name feeds.
const FEED_TYPES: [&str; 5] =
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"];

/// Links that are looked at.
const LINKS_MAX: usize = 2_000;

/// The feeds that a page names: in its `Link:` header, its link tags, and last in its text.
pub fn of_page(page: &Response) -> Vec<Hint> {
    let mut hints: Vec<Hint> = page.header_all("link").flat_map(|value| of_header(value, &page.url)).collect();
    let document = Html::parse_document(&String::from_utf8_lossy(&page.body));
    let base = select(&document, "base[href]").next().and_then(|base| page.url.join(base.attr("href")?).ok());
    let base = base.unwrap_or_else(|| page.url.clone());
    let join = |href: &str| base.join(href.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    for link in select(&document, "link[href]") {
        let (rel, kind) = (link.attr("rel").unwrap_or_default(), link.attr("type").unwrap_or_default());
        if is_feed_link(rel, kind)
            && let Some(url) = join(link.attr("href").unwrap_or_default())
        {
            hints.push(Hint::new(url, SourceKind::Feed, "the page names it"));
        }
    }
    for anchor in select(&document, "a[href]") {
        let href = anchor.attr("href").unwrap_or_default();
        if looks_like_a_feed(href)
            && let Some(url) = join(href)
        {
            hints.push(Hint::new(url, SourceKind::Feed, "the page links to it"));
        }
    }
    let mut seen = std::collections::HashSet::new();
    hints.retain(|hint| seen.insert(hint.url.to_string()));
    hints
}

fn select<'a>(document: &'a Html, selector: &str) -> impl Iterator<Item = scraper::ElementRef<'a>> {
    let found: Vec<_> = match Selector::parse(selector) {
        Ok(selector) => document.select(&selector).take(LINKS_MAX).collect(),
        Err(_) => Vec::new(),
    };
    found.into_iter()
}

/// Whether a link names a feed: `rel=alternate` with a feed's type, or `rel=feed`.
fn is_feed_link(rel: &str, kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let has = |word: &str| rel.split_ascii_whitespace().any(|part| part.eq_ignore_ascii_case(word));
    has("feed") || (has("alternate") && FEED_TYPES.contains(&kind.as_str()))
}

/// The feeds of one `Link:` header (RFC 8288, section 3).
fn of_header(value: &str, base: &Url) -> Vec<Hint> {
    let mut hints = Vec::new();
    for part in value.split('<').skip(1) {
        let Some((target, parameters)) = part.split_once('>') else { continue };
        let parameter = |name: &str| {
            parameters.split(';').find_map(|parameter| {
                let (key, value) = parameter.trim().split_once('=')?;
                let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
                key.trim().eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let (rel, kind) = (parameter("rel").unwrap_or_default(), parameter("type").unwrap_or_default());
        if is_feed_link(&rel, &kind)
            && let Ok(url) = base.join(target)
        {
            hints.push(Hint::new(url, SourceKind::Feed, "the server names it"));
        }
    }
    hints
}

/// Whether the address of an ordinary link ends as feeds do.
fn looks_like_a_feed(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_ascii_lowercase();
    ["/feed", "/rss", "/atom", ".rss", ".atom", "rss.xml", "atom.xml", "feed.xml", "feed.json", "index.xml"]
        .iter()
        .any(|ending| path.ends_with(ending))
}
