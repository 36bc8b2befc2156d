//! Parts of a page that are never its text.

use super::dom::{NodeId, is_whole_page, selector, text_of};
use scraper::{ElementRef, Html};
use std::collections::HashSet;

/// A line shorter than this under a class such as `meta` says who and when, not what, in bytes.
const META_LINE_BYTES_MAX: usize = 160;
/// A paragraph longer than this is somebody's text, in bytes.
const LONG_PARAGRAPH_BYTES: usize = 80;
/// A box with so many of them is no furniture, whatever its class says.
const LONG_PARAGRAPHS_MAX: usize = 3;

/// Always.
const SURE: &str = "script, style, template, noscript, nav, iframe, svg, button, input, select, textarea, dialog, [hidden], \
    .screen-reader-text, .visually-hidden, .sr-only, .headerlink, .anchor-link, .mw-editsection, .mw-jump-link, .printfooter, #siteSub, \
    #toc, .toc, .catlinks, #catlinks, amp-ad, amp-sidebar, amp-social-share, amp-analytics, .signature, .postprofile, .post-buttons, \
    .crawler-post-meta, .md-source-file, .post-ufi, .votelinks, .comhead, .flat-list, [aria-label=\"Advertisement\"], [role=\"navigation\"], \
    [role=\"search\"], [itemprop=\"interactionStatistic\"], .edit-link, .wp-block-query, .wp-block-post-terms, .cat-links, .tags-links, .post-labels";
/// Boxes whose class says so in a word of several, in English, German, French and Spanish.
const WORDS: &[&str] = &[
    "newsletter",
    "subscribe",
    "subscription",
    "signup",
    "sign-up",
    "share",
    "sharing",
    "sharedaddy",
    "social",
    "related",
    "relatedposts",
    "recommend",
    "recommended",
    "promo",
    "promotion",
    "ad",
    "ads",
    "advert",
    "advertisement",
    "sponsor",
    "sponsored",
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "breadcrumb",
    "breadcrumbs",
    "pagination",
    "pager",
    "post-navigation",
    "nav-links",
    "author-box",
    "author-bio",
    "about-author",
    "sidebar",
    "widget",
    "widget-area",
    "cta",
    "hs-cta-wrapper",
    "likes",
    "post-likes",
    "tags",
    "taglist",
    "read-more",
    "read-next",
    "up-next",
    "next-article",
    "more-posts",
    "recent-posts",
    "most-read",
    "trending",
    "subscribe-widget",
    "teilen",
    "partager",
    "compartir",
    "lire-aussi",
    "paywall",
    "outbrain",
    "taboola",
    "skip-link",
    "toolbar",
    "button-wrapper",
    "share-bar",
    "share-buttons",
    "social-share",
    "social-links",
    "feedback",
    "rating",
    "toc-container",
];
/// Words that say so in any class, between dashes.
const PARTS: &[&str] = &[
    "newsletter",
    "newsletters",
    "subscribe",
    "subscription",
    "signup",
    "share",
    "sharing",
    "social",
    "related",
    "relatedposts",
    "promo",
    "advert",
    "advertisement",
    "ad",
    "ads",
    "sponsored",
    "cookie",
    "consent",
    "breadcrumb",
    "breadcrumbs",
    "cta",
    "paywall",
    "teilen",
    "tags",
];
/// A longer class is generated, in bytes.
const NAME_BYTES_MAX: usize = 60;
/// Lines that repeat what the metadata says.
const META_LINES: &str = ".byline, .entry-meta, .post-meta, .meta, .date, .postmetadata, .entry-date, .post-date, .infos, .fecha, .by, \
    .byline-wrapper, .article-byline, .post-footer, .entry-footer, .amp-wp-meta, .node__submitted, .node__meta, .tagline, .author, time";

/// The nodes of a page that are no text, the places of comments apart; `title` is the title, which the text does not repeat.
pub(super) fn of(page: &Html, title: &str) -> HashSet<NodeId> {
    let mut skip: HashSet<NodeId> = HashSet::new();
    let sure = selector(SURE);
    let sure = sure.iter().flat_map(|css| page.select(css)).filter(|found| !is_whole_page(*found));
    skip.extend(sure.map(|found| found.id()));
    let classed = selector("[class], [id]");
    let classed = classed.iter().flat_map(|css| page.select(css)).filter(|found| !is_whole_page(*found));
    skip.extend(classed.filter(|found| is_named_so(*found) && !holds_text(*found)).map(|found| found.id()));
    let forms = selector("form");
    let forms = forms.iter().flat_map(|css| page.select(css)).filter(|form| !holds_text(*form));
    skip.extend(forms.map(|form| form.id()));
    let lines = selector(META_LINES);
    let lines = lines.iter().flat_map(|css| page.select(css)).filter(|line| !is_whole_page(*line));
    skip.extend(lines.filter(|line| text_of(*line).len() <= META_LINE_BYTES_MAX).map(|line| line.id()));
    let headings = selector("h1, h2, h3.post-title, h3.entry-header, h3.entry-title, .titleline, font > b, .css-h1");
    let headings = headings.iter().flat_map(|css| page.select(css));
    let is_title = |heading: &ElementRef<'_>| !title.is_empty() && super::title::heading_text(*heading) == title;
    skip.extend(headings.filter(is_title).map(|heading| heading.id()));
    skip.extend(other_articles(page, title));
    skip
}

fn is_named_so(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let named = |name: &str| {
        WORDS.contains(&name)
            || name.len() <= NAME_BYTES_MAX
                && name.split(['-', '_']).any(|part| PARTS.contains(&part))
                && !name.ends_with("_content")
    };
    value.classes().any(named) || value.id().is_some_and(named)
}

/// Whether a box holds text of some length, so that its name is misleading: themes name whole columns after one thing in them.
fn holds_text(element: ElementRef<'_>) -> bool {
    let long = |text: &str| text.trim().len() > LONG_PARAGRAPH_BYTES;
    element.text().filter(|text| long(text)).take(LONG_PARAGRAPHS_MAX).count() >= LONG_PARAGRAPHS_MAX
}

/// Where several articles stand on one page, those that do not have its title: they are the next ones to read.
fn other_articles(page: &Html, title: &str) -> Vec<NodeId> {
    let Some(css) = selector("article") else { return Vec::new() };
    let nested = |article: &ElementRef<'_>| {
        article.ancestors().filter_map(ElementRef::wrap).any(|outer| outer.value().name() == "article")
    };
    let articles: Vec<_> = page.select(&css).filter(|article| !nested(article)).take(50).collect();
    let heading = selector("h1, h2, h3");
    let has_title = |article: &ElementRef<'_>| {
        heading.iter().any(|css| article.select(css).any(|heading| super::title::heading_text(heading) == title))
    };
    if title.is_empty() || articles.len() < 2 || !articles.iter().any(has_title) {
        return Vec::new();
    }
    articles.into_iter().filter(|article| !has_title(article)).map(|article| article.id()).collect()
}
