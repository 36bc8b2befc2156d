//! One page to one article.

use super::dom::{NodeId, html_without, selector, text_of};
use super::{PageComment, Wall, comments, metadata, wall};
use crate::crawl::clean::{clean, is_too_hard, paragraphs};
use crate::crawl::decode::{Syntax, decode};
use crate::crawl::{links, text};
use jiff::Timestamp;
use scraper::{ElementRef, Html};
use std::collections::HashSet;
use url::Url;

/// More of a page than this is not looked at, in bytes.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A line shorter than this under a class such as `meta` says who and when, not what, in bytes.
const META_LINE_BYTES_MAX: usize = 160;

/// Parts of a page that are never its text.
const FURNITURE: &str = "script, style, template, noscript, nav, form, iframe, svg, button, input, select, textarea, dialog, [hidden], \
    .ad, .ads, .advert, .advertisement, .newsletter, .newsletter-signup, .sharedaddy, .share-buttons, .social-share, .share, \
    .related, .related-posts, .jp-relatedposts, #related, .cookie-banner, .cookie-notice, #cookie-notice, .cookie-consent, .screen-reader-text, .promo, \
    .breadcrumbs, .breadcrumb, .pagination, .post-navigation, .pager, .nav-links, .author-box, .sidebar, #sidebar, aside.widget, .widget-area";
/// Lines that repeat what the metadata says.
const META_LINES: &str = ".byline, .entry-meta, .post-meta, .meta, .date, .postmetadata, .entry-date, .post-date, time";
/// Where blogs keep their text, for pages on which the extractor finds none.
const BODIES: &[&str] = &[
    "[itemprop=\"articleBody\"]",
    ".entry-content",
    ".post-content",
    ".article-body",
    ".post-body",
    "article",
    "main",
    "#content",
    ".post",
    "#main",
    "body",
];

/// A page as an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// The canonical address.
    pub url: String,
    /// Plain text; empty where the page has none.
    pub title: String,
    /// A name.
    pub mentor: Option<String>,
    /// Never after the `now` given.
    pub published_at: Option<Timestamp>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Safe HTML with absolute addresses.
    pub content_html: String,
    /// The same as plain text.
    pub text: String,
    /// The first words of it.
    pub excerpt: String,
    /// In reading order, with their parents.
    pub comments: Vec<PageComment>,
}

/// Extracts the article of a page.
///
/// # Errors
/// A [`Wall`]: the page stands before its text.
pub fn extract(bytes: &[u8], content_type: Option<&str>, url: &Url, now: Timestamp) -> Result<Article, Wall> {
    extract_by(bytes, content_type, url, now, None, None)
}

/// Extracts with selectors of the team's own for the text and for the comments, where there are any.
///
/// # Errors
/// As [`extract`].
pub fn extract_by(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    now: Timestamp,
    own_content: Option<&scraper::Selector>,
    own_comments: Option<&scraper::Selector>,
) -> Result<Article, Wall> {
    let bytes = &bytes[..bytes.len().min(PAGE_BYTES_MAX)];
    let decoded = decode(bytes, content_type, Syntax::Html);
    let document = decoded.text.as_ref();
    if crate::crawl::parse::is_challenge(document) {
        return Err(Wall::Challenge);
    }
    if is_too_hard(document) {
        return without_tree(document, url);
    }
    let page = Html::parse_document(document);
    let meta = metadata::read(&page, url, now);
    let base = base_of(&page, url);
    let found = match own_comments {
        Some(own) => comments::find_by(&page, own, &base, now),
        None => comments::find(&page, &base, now),
    };
    let title = meta.title.clone().unwrap_or_default();
    let skip = skipped(&page, &title);
    let own: String =
        own_content.iter().flat_map(|css| page.select(css)).map(|body| html_without(body, &skip)).collect();
    let html = if own.trim().is_empty() { readable(&page, &skip) } else { own };
    let content_html = clean(&html, Some(&base));
    let plain = text::plain(&content_html);
    let words = plain.split_whitespace().count();
    let all = page_text(&page);
    let password = selector("input[type=\"password\"]").is_some_and(|css| page.select(&css).next().is_some());
    if let Some(wall) = wall::judge(&all, &plain, words, meta.paid, password) {
        return Err(wall);
    }
    Ok(Article {
        url: meta.url.unwrap_or_else(|| links::canonical(url).to_string()),
        title,
        mentor: meta.mentor,
        published_at: meta.published_at,
        language: text::language(&plain).or(meta.language),
        content_html,
        excerpt: text::excerpt(&plain),
        text: plain,
        comments: found,
    })
}

/// All text that a visitor could see, in lower case, as far as it matters for walls.
fn page_text(page: &Html) -> String {
    let silent = |name: &str| matches!(name, "script" | "style" | "template" | "noscript" | "title");
    let mut out = String::new();
    for node in page.tree.nodes() {
        if let scraper::Node::Text(text) = node.value()
            && !node.parent().and_then(ElementRef::wrap).is_some_and(|parent| silent(parent.value().name()))
        {
            out.push_str(text);
            out.push(' ');
        }
    }
    text::one_line(&out.to_lowercase())
}

fn base_of(page: &Html, url: &Url) -> Url {
    let element = selector("base[href]").and_then(|css| page.select(&css).next());
    let joined = element.and_then(|base| url.join(base.value().attr("href")?).ok()).filter(links::is_web);
    joined.unwrap_or_else(|| url.clone())
}

fn skipped(page: &Html, title: &str) -> HashSet<NodeId> {
    let mut skip: HashSet<NodeId> = comments::places(page).into_iter().collect();
    skip.extend(
        selector(FURNITURE)
            .iter()
            .flat_map(|css| page.select(css))
            .filter(|found| !is_whole_page(*found))
            .map(|found| found.id()),
    );
    let meta_lines = selector(META_LINES);
    let lines = meta_lines.iter().flat_map(|css| page.select(css));
    skip.extend(lines.filter(|line| text_of(*line).len() <= META_LINE_BYTES_MAX).map(|line| line.id()));
    let headings = selector("h1, h2");
    let headings = headings.iter().flat_map(|css| page.select(css));
    skip.extend(headings.filter(|heading| !title.is_empty() && text_of(*heading) == title).map(|heading| heading.id()));
    skip
}

/// Some themes give such a class to the body itself.
fn is_whole_page(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "html" | "body" | "main" | "article")
}

fn readable(page: &Html, skip: &HashSet<NodeId>) -> String {
    let pruned = format!(
        "<html><body>{}</body></html>",
        selector("body")
            .and_then(|css| page.select(&css).next())
            .map(|body| html_without(body, skip))
            .unwrap_or_default()
    );
    let config = dom_smoothie::Config { disable_json_ld: true, char_threshold: 120, ..dom_smoothie::Config::default() };
    let article =
        dom_smoothie::Readability::new(pruned.as_str(), None, Some(config)).and_then(|mut reader| reader.parse());
    let found = article.map(|article| article.content.to_string()).unwrap_or_default();
    if text::words(&text::plain(&found)) > 20 {
        return found;
    }
    let places = BODIES
        .iter()
        .filter_map(|css| page.select(selector(css)?.as_ref()).next())
        .map(|body| html_without(body, skip));
    places.into_iter().find(|html| text::words(&text::plain(html)) > 20).unwrap_or(found)
}

/// Pages that are too hard for a tree still have a text.
fn without_tree(document: &str, url: &Url) -> Result<Article, Wall> {
    let plain = text::plain(document);
    if plain.is_empty() {
        return Err(Wall::NoText);
    }
    Ok(Article {
        url: links::canonical(url).to_string(),
        title: String::new(),
        mentor: None,
        published_at: None,
        language: text::language(&plain),
        content_html: paragraphs(&plain),
        excerpt: text::excerpt(&plain),
        text: plain,
        comments: Vec::new(),
    })
}
