//! One page to one article.

use super::dom::{html_without, selector};
use super::{PageComment, Wall, body, comments, furniture, json_ld, metadata, wall};
use crate::crawl::clean::{clean, is_too_hard, paragraphs};
use crate::crawl::decode::{Syntax, decode};
use crate::crawl::{links, text};
use jiff::Timestamp;
use scraper::{ElementRef, Html};
use url::Url;

/// More of a page than this is not looked at, in bytes.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A page that shows fewer words than this may show its text by script only.
const BODY_WORDS_MIN: u32 = 40;

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
    let base = base_of(&page, url);
    let things = json_ld::things(&page);
    let mut found = comments::find(&page, &things, &base, now);
    if let Some(own) = own_comments {
        found.comments = comments::find_by(&page, own, &base, now);
    }
    let meta = metadata::read(&page, &things, &found.places, url, now);
    let title = meta.title.clone().unwrap_or_default();
    let mut skip = furniture::of(&page, &title);
    skip.extend(&found.places);
    let own: String =
        own_content.iter().flat_map(|css| page.select(css)).map(|body| html_without(body, &skip)).collect();
    let opening = found.opening.as_ref().map(|opening| opening.text);
    let html = if own.trim().is_empty() { body::html(&page, opening, &skip) } else { own };
    let mut content_html = clean(&html, Some(&base));
    let mut plain = text::plain(&content_html);
    if let Some(given) = meta.body.as_deref().filter(|_| !meta.paid && text::words(&plain) < BODY_WORDS_MIN) {
        let given = clean(&as_html(given), Some(&base));
        let words = text::plain(&given);
        if text::words(&words) > BODY_WORDS_MIN {
            (content_html, plain) = (given, words);
        }
    }
    let seen = wall::Seen {
        page: &page_text(&page),
        title: &title,
        extracted: &plain,
        words: plain.split_whitespace().count(),
        paid: meta.paid,
        password: selector("input[type=\"password\"]").is_some_and(|css| page.select(&css).next().is_some()),
        missing: selector("body.error404, body.page-404, .error-404, #error-404, .page-not-found")
            .is_some_and(|css| page.select(&css).next().is_some()),
    };
    if let Some(wall) = wall::judge(&seen) {
        return Err(wall);
    }
    let (opener, opened_at) = found.opening.map_or((None, None), |opening| (opening.mentor, opening.published_at));
    Ok(Article {
        url: meta.url.unwrap_or_else(|| links::canonical(url).to_string()),
        title,
        mentor: meta.mentor.or(opener),
        published_at: meta.published_at.or(opened_at),
        language: text::language(&plain).or(meta.language),
        content_html,
        excerpt: text::excerpt(&plain),
        text: plain,
        comments: found.comments,
    })
}

/// A text as JSON-LD gives it: HTML, or lines.
fn as_html(given: &str) -> String {
    if given.contains("</") { given.to_owned() } else { paragraphs(given) }
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
