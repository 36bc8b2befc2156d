//! Where on a page the text stands.

use super::dom::{NodeId, html_without, selector};
use crate::crawl::text;
use scraper::{ElementRef, Html};
use std::collections::HashSet;

/// Fewer words than this may be a teaser, so the whole page is searched.
const SURE_WORDS_MIN: u32 = 60;
/// Fewer words than this are no article unless nothing else is there.
const WORDS_MIN: u32 = 20;
/// Boxes of one kind that are looked at: a page with more of them is a list.
const BOXES_MAX: usize = 12;

/// Boxes that blog engines and standards name after the text itself.
const SURE: &[&str] = &[
    "[itemprop=\"articleBody\"], [itemprop~=\"articleBody\"], [property=\"articleBody\"]",
    ".wp-block-post-content, .gh-content, .available-content .body.markup, .blog-post__body, .amp-wp-article-content, .mw-parser-output",
    ".entry-content, .entry-body, .post-content, .post-body, .article-body, .article-content, .story__body, .post__content",
    ".field--name-body, .toptext, #siteTable .usertext-body .md, .sqs-layout, .w-richtext, .rich-text-block",
    "[itemtype*=\"DiscussionForumPosting\"] [itemprop=\"text\"]",
    ".e-content",
];
/// Where else blogs keep their text, for pages on which the search finds none.
const MAYBE: &[&str] = &["article", "main", "[role=\"main\"]", "#content", ".post", "#main", "body"];

/// The HTML of the text: in the box named for it, else where most of the page's prose is.
pub(super) fn html(page: &Html, opening: Option<NodeId>, skip: &HashSet<NodeId>) -> String {
    if let Some(opening) = opening.and_then(|id| page.tree.get(id)).and_then(ElementRef::wrap) {
        return html_without(opening, skip);
    }
    if let Some(found) = SURE.iter().find_map(|css| named(page, css, skip)) {
        return found;
    }
    let found = readable(page, skip);
    if text::words(&text::plain(&found)) > WORDS_MIN {
        return found;
    }
    let places =
        MAYBE.iter().filter_map(|css| page.select(selector(css)?.as_ref()).next()).map(|body| html_without(body, skip));
    let short =
        SURE.iter().filter_map(|css| page.select(selector(css)?.as_ref()).find(|body| !is_skipped(*body, skip)));
    let short = short.map(|body| html_without(body, skip)).find(|html| text::words(&text::plain(html)) > 4);
    short.or_else(|| places.into_iter().find(|html| text::words(&text::plain(html)) > WORDS_MIN)).unwrap_or(found)
}

/// The box of this kind that holds the text: the only one with a text, or one that dwarfs all others.
fn named(page: &Html, css: &str, skip: &HashSet<NodeId>) -> Option<String> {
    let selector = selector(css)?;
    let boxes: Vec<_> = page.select(&selector).filter(|found| !is_skipped(*found, skip)).take(BOXES_MAX).collect();
    let outermost = |found: &&ElementRef<'_>| {
        !boxes.iter().any(|other| other.id() != found.id() && found.ancestors().any(|node| node.id() == other.id()))
    };
    let mut sized: Vec<(u32, String)> = boxes
        .iter()
        .filter(outermost)
        .map(|found| html_without(*found, skip))
        .map(|html| (text::words(&text::plain(&html)), html))
        .collect();
    sized.sort_by_key(|(words, _)| std::cmp::Reverse(*words));
    let second = sized.get(1).map_or(0, |(words, _)| *words);
    let (words, html) = sized.into_iter().next()?;
    (words >= SURE_WORDS_MIN && second.saturating_mul(2) < words).then_some(html)
}

fn is_skipped(element: ElementRef<'_>, skip: &HashSet<NodeId>) -> bool {
    skip.contains(&element.id()) || element.ancestors().any(|node| skip.contains(&node.id()))
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
    article.map(|article| article.content.to_string()).unwrap_or_default()
}
