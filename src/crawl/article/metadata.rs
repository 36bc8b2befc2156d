//! What a page says about itself: title, mentor, date, language, canonical address.

use super::byline;
use super::dom::{NodeId, first, selector, text_of};
use super::{json_ld, title};
use crate::crawl::{dates, links, text};
use jiff::Timestamp;
use scraper::{ElementRef, Html};
use serde_json::Value;
use std::collections::HashSet;
use url::Url;

/// Lines that are looked at for who and when.
const LINES_MAX: usize = 300;
/// The longest of them, in bytes.
const LINE_BYTES_MAX: usize = 120;
/// Words that such a line may have beside its date.
const LINE_WORDS_MAX: usize = 9;

/// Names of `meta` elements that hold the date of publication, the surest first.
const DATE_METAS: &[&str] = &[
    "article:published_time",
    "article:published",
    "datePublished",
    "og:article:published_time",
    "og:published_time",
    "date",
    "Date",
    "dc.date.issued",
    "DC.date.issued",
    "dc.date",
    "DC.date",
    "dcterms.created",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "cXenseParse:recs:publishtime",
];
const AUTHOR_METAS: &[&str] = &[
    "author",
    "Author",
    "article:author",
    "dc.creator",
    "DC.creator",
    "parsely-author",
    "sailthru.author",
    "byl",
    "citation_author",
];
/// Where pages show who wrote, the surest first.
const MENTORS: &[&str] = &[
    "article [itemprop=\"author\"] [itemprop=\"name\"], [itemprop=\"author\"] [itemprop=\"name\"]",
    "[property=\"author\"] [property=\"name\"], .node__submitted [property=\"schema:name\"]",
    "[itemprop=\"author\"], [property=\"author\"]",
    "[data-testid=\"authorName\"], .entry-author-name, .post-author-name, .wp-block-post-author-name, .blog-author-name, .author-name",
    ".author.vcard .fn, .post-author .fn, .vcard .fn, .p-author",
    ".byline a[rel=\"author\"], a[rel~=\"author\"], [rel=\"author\"]",
    ".byline a, .byline, .entry-author, .post-author, .auteur, .autor, .blog-post__author",
    ".tagline .author, .subline .hnuser, .postbody .author, .post .author .username",
    ".author",
];
/// Where pages show when, the surest first.
const DATES: &[&str] = &[
    "[itemprop=\"datePublished\"], [property=\"datePublished\"]",
    "time.published, time.entry-date, time[pubdate], .wp-block-post-date time, .dt-published, abbr.published",
    "article header time, article time[datetime], header time",
    ".entry-date, .post-date, .posted-on, .published, .publish-date, .post-timestamp, .blog-post__timestamp, .article-date",
    "main time, .tagline time, .subline .age, .author time",
    ".entry-footer-info, .post-footers, .post-footer",
    ".date, .fecha, .datum, .date-header, .dateline",
    ".byline, .entry-meta, .post-meta, .postmetadata, .node__submitted, .entry-footer-info, .meta, .infos",
];
/// Where lines about the post stand that have no class.
const LINES: &str = "p, div.meta, span, small, font, td, h2, h3, h4, h5, h6, em, i";

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
    /// The text as JSON-LD gives it, for pages that show it by script only.
    pub body: Option<String>,
}

/// Gathers what the page says, the surest statement first: JSON-LD, `meta` elements, markup that people see. What
/// stands in `places` is said of comments.
pub(super) fn read(page: &Html, things: &[Value], places: &HashSet<NodeId>, address: &Url, now: Timestamp) -> Metadata {
    let article = json_ld::article(things);
    let string = |key: &str| article.and_then(|thing| thing.get(key)).and_then(Value::as_str).map(str::to_owned);
    let date = |text: String| dates::parse_clamped(&text, now).map(|(at, _)| at);
    let site = meta(page, "og:site_name");
    let published_at = string("datePublished")
        .and_then(date)
        .or_else(|| DATE_METAS.iter().find_map(|name| meta(page, name).and_then(date)))
        .or_else(|| string("dateCreated").or_else(|| string("uploadDate")).and_then(date));
    let language = page.root_element().value().attr("lang").or(page.root_element().value().attr("xml:lang"));
    let language = language.and_then(text::declared_language);
    let named = |title: Option<String>| {
        title.map(|title| title::without_site(&title, site.as_deref())).filter(|title| !title.is_empty())
    };
    let own = Visible { page, places, now };
    Metadata {
        url: canonical(page, address),
        title: named(string("headline"))
            .or_else(|| named(meta(page, "headline")))
            .or_else(|| named(meta(page, "og:title")))
            .or_else(|| title::visible(page)),
        mentor: article
            .and_then(|thing| thing.get("author").or(thing.get("creator")))
            .and_then(|author| json_ld::name(author, things))
            .and_then(|name| mentor_name(&name))
            .or_else(|| AUTHOR_METAS.iter().find_map(|name| meta(page, name).and_then(|name| mentor_name(&name))))
            .or_else(|| own.mentor()),
        published_at: published_at.or_else(|| own.date()).or_else(|| date_in_address(address)),
        language: language
            .or_else(|| string("inLanguage").as_deref().and_then(text::declared_language))
            .or_else(|| meta(page, "og:locale").as_deref().and_then(text::declared_language)),
        paid: json_ld::is_paid(things),
        body: string("articleBody"),
    }
}

/// A name, not an address of a profile or a mail box.
fn mentor_name(text: &str) -> Option<String> {
    let name = crate::crawl::parse::person_name(text)?;
    let name = byline::name(&name).unwrap_or(name);
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '|' | '·'));
    (!name.is_empty() && !name.contains("://") && name.chars().count() <= 80).then(|| name.to_owned())
}

fn meta(page: &Html, name: &str) -> Option<String> {
    let css = format!("meta[property=\"{name}\"], meta[name=\"{name}\"], meta[itemprop=\"{name}\"]");
    let found = page.select(selector(&css)?.as_ref()).find_map(|meta| meta.value().attr("content"))?;
    Some(found.trim().to_owned()).filter(|content| !content.is_empty())
}

/// What people see of who and when, outside the comments.
struct Visible<'a> {
    page: &'a Html,
    places: &'a HashSet<NodeId>,
    now: Timestamp,
}

impl<'a> Visible<'a> {
    fn all(&self, css: &str) -> impl Iterator<Item = ElementRef<'a>> {
        let found: Vec<_> = selector(css).iter().flat_map(|css| self.page.select(css)).take(LINES_MAX).collect();
        found.into_iter().filter(|element| {
            !self.places.contains(&element.id()) && !element.ancestors().any(|node| self.places.contains(&node.id()))
        })
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let line_of = |element: ElementRef<'_>| {
            let text: String = element.text().flat_map(str::chars).take(LINE_BYTES_MAX + 1).collect();
            text::one_line(&text)
        };
        let of_change = move |element: &ElementRef<'_>| {
            element.parent().and_then(ElementRef::wrap).is_some_and(|outer| is_of_change(&line_of(outer)))
        };
        let lines = self.all(LINES).filter(move |element| !of_change(element)).map(line_of);
        lines.filter(|line| !line.is_empty() && line.len() <= LINE_BYTES_MAX)
    }

    fn mentor(&self) -> Option<String> {
        let short = |element: ElementRef<'_>| Some(text_of(element)).filter(|text| text.len() <= LINE_BYTES_MAX);
        let marked =
            MENTORS.iter().find_map(|css| self.all(css).take(8).filter_map(short).find_map(|text| mentor_name(&text)));
        let begins = |line: &String| {
            let lower = line.to_lowercase();
            [
                "by ",
                "posted",
                "written",
                "published",
                "submitted",
                "von ",
                "par ",
                "por ",
                "di ",
                "door ",
                "av ",
                "words:",
                "author",
                "autor",
                "veröffentlicht",
                "geschrieben",
                "publié",
                "publicado",
            ]
            .iter()
            .any(|start| lower.starts_with(start))
        };
        marked.or_else(|| self.lines().filter(begins).find_map(|line| byline::name(&line)))
    }

    fn date(&self) -> Option<Timestamp> {
        let read = |text: &str| {
            let whole = dates::parse_clamped(text, self.now).map(|(at, _)| at);
            whole.or_else(|| dates::find_in(text, self.now))
        };
        let of = |element: ElementRef<'_>| {
            let value = element.value();
            let machine = ["datetime", "content", "title"].iter().filter_map(|name| value.attr(name)).find_map(read);
            machine.or_else(|| {
                Some(text_of(element)).filter(|text| text.len() <= 2 * LINE_BYTES_MAX).and_then(|text| read(&text))
            })
        };
        let marked = DATES.iter().find_map(|css| self.all(css).take(8).find_map(of));
        // A date in the middle of a sentence is part of the story.
        let short = |line: &String| {
            line.bytes().any(|b| b.is_ascii_digit()) && line.split_whitespace().count() <= LINE_WORDS_MAX
        };
        marked.or_else(|| self.lines().filter(short).find_map(|line| dates::find_in(&line, self.now)))
    }
}

/// "Last updated on ...": not when it was published.
fn is_of_change(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["updat", "modif", "edited", "revised", "aktualisiert", "geändert", "mis à jour", "actualizado"]
        .iter()
        .any(|word| lower.contains(word))
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
