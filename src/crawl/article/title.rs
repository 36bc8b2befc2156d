//! The title of a page as people see it.

use super::dom::{first, selector, text_of};
use crate::crawl::text;
use scraper::{ElementRef, Html};

/// What stands between a title and the name of its site.
const MARKS: &[&str] =
    &[" | ", " – ", " — ", " « ", " » ", " › ", " :: ", " : ", " · ", " • ", " ~ ", " - ", "｜", ": "];
/// Headings that can be nothing else, the surest first.
const SURE: &str = "h1.entry-title, h1.post-title, h1.article-title, h1.wp-block-post-title, h1[itemprop=\"headline\"], h1[property=\"headline\"], \
    .entry-title, .post-title, .entry-header, [itemprop=\"headline\"], h1.p-name, h2.title, h1.title, h2.topic-title";
/// Headings that may be the title.
const MAYBE: &str = "h1, h2, h3, h4, .titleline, a.title, b, .css-h1";
/// Places that name the site.
const SITE: &str = "header.site-header, .site-title, .navbar-title, .navbar, #banner, #header, .header-outer, .topbar, nav, .sidebar, .side, #sidebar, aside";
/// Looked at of each page, so that a page of headings costs no more than others.
const HEADINGS_MAX: usize = 60;

/// The title without the name of its site.
pub(super) fn visible(page: &Html) -> Option<String> {
    let document = first(page, &["head title", "title"]).map(text_of).unwrap_or_default();
    let headings = || headings(page).map(heading_text);
    let sure = selector(SURE)
        .iter()
        .flat_map(|css| page.select(css))
        .filter(|heading| !names_site(*heading))
        .take(HEADINGS_MAX)
        .map(heading_text)
        .find(|heading| !heading.is_empty() && (document.is_empty() || document.contains(heading.as_str())));
    let at_edge = || headings().filter(|heading| is_part_of(&document, heading)).max_by_key(String::len);
    let only = || {
        let found =
            first(page, &["h1.entry-title", "article h1", "main h1", "[itemprop=\"headline\"]"]).map(heading_text);
        found.filter(|title| !title.is_empty())
    };
    sure.or_else(at_edge).or_else(only).or_else(|| {
        let title = cut_site(&document);
        Some(title).filter(|title| !title.is_empty())
    })
}

/// A title that `meta` gives, without the name of the site behind it.
pub(super) fn without_site(title: &str, site: Option<&str>) -> String {
    let title = text::line(title);
    let cut = site.map(str::trim).filter(|site| !site.is_empty()).and_then(|site| {
        let before = title.strip_suffix(site)?;
        let bare = MARKS
            .iter()
            .find_map(|mark| before.strip_suffix(*mark).or_else(|| before.strip_suffix(mark.trim_end())))?;
        Some(bare.trim().to_owned()).filter(|bare| !bare.is_empty())
    });
    cut.unwrap_or(title)
}

/// Headings that do not name the site.
fn headings(page: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    let css = selector(MAYBE);
    let found: Vec<_> = css.iter().flat_map(|css| page.select(css)).take(HEADINGS_MAX).collect();
    found.into_iter().filter(|heading| !names_site(*heading))
}

fn names_site(heading: ElementRef<'_>) -> bool {
    let home = |link: ElementRef<'_>| {
        link.value().attr("href").is_some_and(|href| {
            let path = href.split_once("://").map_or(href, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
            matches!(path, "" | "/" | "./" | "." | "index.html" | "index.htm" | "/index.html")
        })
    };
    let link = selector("a[href]");
    link.iter().any(|css| heading.select(css).any(home))
        || selector(SITE)
            .is_some_and(|css| heading.ancestors().filter_map(ElementRef::wrap).any(|outer| css.matches(&outer)))
}

/// A heading without the mark that links to it.
pub(super) fn heading_text(heading: ElementRef<'_>) -> String {
    text_of(heading).trim_end_matches(['¶', '#', ' ', '🔗']).to_owned()
}

/// Whether a heading is what the document's title begins or ends with, a site's name apart.
fn is_part_of(document: &str, heading: &str) -> bool {
    if heading.is_empty() || !document.contains(heading) {
        return false;
    }
    let before = document.strip_suffix(heading);
    let after = document.strip_prefix(heading);
    let marked = |rest: &str, at_start: bool| {
        rest.is_empty()
            || MARKS.iter().any(|mark| {
                if at_start { rest.starts_with(mark.trim_end()) } else { rest.ends_with(mark.trim_start()) }
            })
    };
    after.is_some_and(|rest| marked(rest, true)) || before.is_some_and(|rest| marked(rest, false))
}

fn cut_site(document: &str) -> String {
    let marks = &MARKS[..MARKS.len() - 1];
    let cut = marks.iter().filter_map(|mark| document.rfind(mark)).max();
    cut.filter(|at| *at > 8).map_or(document, |at| &document[..at]).trim().to_owned()
}
