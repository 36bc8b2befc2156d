//! The comments on a page: marked up by a standard, by a blog engine, or only by a heading and a list.

use super::PageComment;
use super::dom::{NodeId, first_in, html_without, selector, selectors, text_of};
use crate::crawl::{clean, dates, text};
use jiff::Timestamp;
use scraper::{ElementRef, Html};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use url::Url;

/// More comments than this are not kept of one page.
const COMMENTS_MAX: usize = 1_000;

/// Elements that are one comment each, the surest first. The first selector that finds any decides.
const ITEMS: &[&str] = &[
    "[itemtype*=\"schema.org/Comment\"], [itemtype*=\"schema.org/UserComments\"]",
    "[itemprop=\"comment\"]",
    "ol.commentlist li, ol.comment-list li, ul.commentlist li, ul.comment-list li",
    "li.comment, li.pingback, li.trackback",
    "article.comment, div.comment[id], section.comment[id]",
    ".h-cite.u-comment, .p-comment",
    "#comments .comment, .comments .comment, #disqus_thread .post",
    "#comments li, #comment-list li, .comments li, #responses li",
    "#comments article, #comments > div[id]",
];
/// Headings that open a plain list of comments.
const HEADINGS: &str = "h1, h2, h3, h4, h5, h6, p, strong, dt";

const NAMES: &[&str] = &[
    "[itemprop=\"author\"] [itemprop=\"name\"]",
    "[itemprop=\"author\"]",
    "[itemprop=\"creator\"]",
    ".fn",
    ".p-author",
    ".comment-author-name",
    ".comment-author",
    ".comment__author",
    ".commenter",
    ".author",
    ".username",
    ".user",
    "cite",
    "b",
    "strong",
];
const DATES: &[&str] = &[
    "[itemprop=\"dateCreated\"]",
    "[itemprop=\"datePublished\"]",
    "[itemprop=\"commentTime\"]",
    "time",
    ".comment-date",
    ".comment-metadata",
    ".commentmetadata",
    ".comment-meta",
    ".date",
    ".timestamp",
    ".dt-published",
    "small",
];
const BODIES: &[&str] = &[
    "[itemprop=\"text\"]",
    "[itemprop=\"commentText\"]",
    ".comment-content",
    ".comment__content",
    ".comment-text",
    ".comment_text",
    ".commenttext",
    ".comment-message",
    ".p-content",
    ".e-content",
];
/// Parts of a comment that are not what was said.
const FURNITURE: &str = ".reply, .comment-reply-link, .comment-edit-link, .comment-meta, .commentmetadata, .comment-author, .vcard, \
    .comment-metadata, .says, .avatar, form, script, style, button, .comment-awaiting-moderation, .vote, .likes, .share, time, \
    [itemprop=\"author\"], [itemprop=\"dateCreated\"], [itemprop=\"datePublished\"], .screen-reader-text";

/// The comments of a page in reading order, with their parents.
pub(super) fn find(page: &Html, base: &Url, now: Timestamp) -> Vec<PageComment> {
    for css in ITEMS {
        let Some(selector) = selector(css) else { continue };
        let items: Vec<ElementRef<'_>> =
            page.select(&selector).filter(|item| !is_form(*item)).take(COMMENTS_MAX).collect();
        let found = read(&items, base, now);
        if !found.is_empty() {
            return found;
        }
    }
    read(&plain_list(page), base, now)
}

/// The elements that `find` would read as comments or as their container: not part of the article.
pub(super) fn places(page: &Html) -> Vec<NodeId> {
    let marked = ITEMS
        .iter()
        .filter_map(|css| Some(page.select(selector(css)?.as_ref()).map(|item| item.id()).collect::<Vec<_>>()));
    let mut places: Vec<NodeId> = marked.flatten().collect();
    places.extend(plain_list(page).iter().map(|item| item.id()));
    let boxes = selector("#comments, .comments-area, #respond, .comment-respond, #disqus_thread, .comments");
    places.extend(boxes.iter().flat_map(|boxes| page.select(boxes)).map(|found| found.id()));
    places
}

/// Items by a selector of the team's own (`comments:` of a page source).
pub fn find_by(page: &Html, own: &scraper::Selector, base: &Url, now: Timestamp) -> Vec<PageComment> {
    let items: Vec<ElementRef<'_>> = page.select(own).take(COMMENTS_MAX).collect();
    read(&items, base, now)
}

fn is_form(item: ElementRef<'_>) -> bool {
    let value = item.value();
    value.id().is_some_and(|id| id == "respond" || id == "commentform")
        || value.classes().any(|class| class == "comment-respond")
}

/// A list right behind a heading like "3 comments", with the lists inside it.
fn plain_list(page: &Html) -> Vec<ElementRef<'_>> {
    let (Some(headings), Some(items)) = (selector(HEADINGS), selector("li, dd")) else { return Vec::new() };
    for heading in page.select(&headings) {
        let title = text_of(heading);
        if title.len() > 80 || !announces_comments(&title) {
            continue;
        }
        let after = heading.next_siblings().filter_map(ElementRef::wrap).take(4);
        for element in after {
            if matches!(element.value().name(), "ul" | "ol" | "dl") {
                let found: Vec<ElementRef<'_>> = element.select(&items).take(COMMENTS_MAX).collect();
                if !found.is_empty() {
                    return found;
                }
            }
        }
    }
    Vec::new()
}

/// "3 comments", "Comments (12)", "4 thoughts on ...", "Responses": and not "Recent comments", which is a sidebar.
fn announces_comments(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let word = |word: &str| {
        matches!(
            word,
            "comment"
                | "comments"
                | "responses"
                | "replies"
                | "reactions"
                | "thoughts"
                | "kommentare"
                | "commentaires"
                | "comentarios"
        )
    };
    words.len() <= 12
        && words.iter().take(3).any(|w| word(w))
        && !words.iter().any(|w| matches!(*w, "recent" | "latest" | "leave" | "post" | "add" | "policy"))
}

fn read(items: &[ElementRef<'_>], base: &Url, now: Timestamp) -> Vec<PageComment> {
    let all: HashSet<NodeId> = items.iter().map(|item| item.id()).collect();
    let parts = Parts::compiled();
    let mut ids: HashMap<NodeId, String> = HashMap::new();
    // In flat lists the depth stands in a class: the last comment of each lesser depth is the parent.
    let mut at_depth: Vec<(u32, String)> = Vec::new();
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let nested: HashSet<NodeId> = all.iter().copied().filter(|id| *id != item.id()).collect();
        let ancestor = item.ancestors().find_map(|node| ids.get(&node.id()).cloned());
        let Some(mut comment) = one(*item, &nested, &parts, base, now) else { continue };
        if comment.id.is_empty() {
            comment.id = format!("place-{}", at + 1);
        }
        ids.insert(item.id(), comment.id.clone());
        let depth = depth_of(*item);
        comment.parent_id = ancestor.or_else(|| {
            let depth = depth?;
            at_depth.retain(|(known, _)| *known < depth);
            at_depth.last().map(|(_, id)| id.clone())
        });
        if let Some(depth) = depth {
            at_depth.push((depth, comment.id.clone()));
        }
        found.push(comment);
    }
    found
}

/// The selectors for the parts of a comment, compiled once for a page.
struct Parts {
    names: Vec<Arc<scraper::Selector>>,
    dates: Vec<Arc<scraper::Selector>>,
    bodies: Vec<Arc<scraper::Selector>>,
    furniture: Option<Arc<scraper::Selector>>,
}

impl Parts {
    fn compiled() -> Self {
        Self {
            names: selectors(NAMES),
            dates: selectors(DATES),
            bodies: selectors(BODIES),
            furniture: selector(FURNITURE),
        }
    }
}

fn depth_of(item: ElementRef<'_>) -> Option<u32> {
    let class = item.value().classes().find_map(|class| class.strip_prefix("depth-")?.parse().ok());
    class.or_else(|| item.value().attr("data-depth")?.parse().ok())
}

fn one(
    item: ElementRef<'_>,
    nested: &HashSet<NodeId>,
    parts: &Parts,
    base: &Url,
    now: Timestamp,
) -> Option<PageComment> {
    let name = first_in(item, &parts.names, nested);
    let date = parts.dates.iter().find_map(|css| {
        let found = first_in(item, std::slice::from_ref(css), nested)?;
        Some((found, date_of(found, now)?))
    });
    let body = first_in(item, &parts.bodies, nested);
    let mut skip = nested.clone();
    skip.extend(parts.furniture.iter().flat_map(|css| item.select(css)).map(|found| found.id()));
    let lead = if body.is_none() { lead_of(item, name, nested) } else { None };
    skip.extend(lead.map(|lead| lead.id()));
    let html =
        clean::clean(&html_without(body.unwrap_or(item), if body.is_some() { nested } else { &skip }), Some(base));
    let text = text::plain(&html);
    if text.is_empty() {
        return None;
    }
    let lead_date = || dates_in(&text_of(lead?), now);
    let pingback = item.value().classes().any(|class| matches!(class, "pingback" | "trackback"));
    Some(PageComment {
        id: id_of(item, nested),
        parent_id: None,
        mentor: name.map(name_of).filter(|name| !name.is_empty()),
        published_at: date.map(|(_, at)| at).or_else(lead_date),
        text,
        html,
        pingback,
    })
}

/// The paragraph that says who wrote and when, where only its place tells: "Ann wrote on May 14:".
fn lead_of<'a>(item: ElementRef<'a>, name: Option<ElementRef<'a>>, nested: &HashSet<NodeId>) -> Option<ElementRef<'a>> {
    let name = name?;
    let lead = name
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|element| matches!(element.value().name(), "p" | "div" | "span" | "h4" | "h5"))?;
    let inside = lead.ancestors().any(|node| node.id() == item.id());
    let said = text_of(lead);
    let mut content = item.children().filter_map(ElementRef::wrap).filter(|child| !nested.contains(&child.id()));
    let more = content.any(|child| child.id() != lead.id() && !text_of(child).is_empty());
    (inside && more && said.chars().count() <= 120).then_some(lead)
}

fn name_of(element: ElementRef<'_>) -> String {
    let content = element.value().attr("content").map(str::to_owned).unwrap_or_else(|| text_of(element));
    let name = content.trim();
    let name = name.strip_prefix("By ").unwrap_or(name);
    let name = [" says", " said", " wrote", " writes", " on ", " sagt"]
        .iter()
        .find_map(|tail| name.split_once(tail))
        .map_or(name, |(name, _)| name);
    text::cut(name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '-' | '–' | '—')), 80)
}

fn date_of(element: ElementRef<'_>, now: Timestamp) -> Option<Timestamp> {
    let value = element.value();
    let machine = value.attr("datetime").or(value.attr("content")).or(value.attr("title"));
    machine
        .and_then(|text| dates::parse_clamped(text, now))
        .map(|(at, _)| at)
        .or_else(|| dates_in(&text_of(element), now))
}

/// A date somewhere in a line: the whole of it, or what follows "on" or a dash.
fn dates_in(line: &str, now: Timestamp) -> Option<Timestamp> {
    let tails =
        [" on ", " at ", "| ", "– ", "- ", ", "].iter().filter_map(|mark| line.split_once(mark).map(|(_, tail)| tail));
    std::iter::once(line).chain(tails).find_map(|text| {
        let text = text.trim().trim_end_matches([':', '.', '#']);
        dates::parse_clamped(text, now).map(|(at, _)| at)
    })
}

fn id_of(item: ElementRef<'_>, nested: &HashSet<NodeId>) -> String {
    let own = item.value().id().or(item.value().attr("data-comment-id"));
    if let Some(id) = own {
        return id.to_owned();
    }
    let inner = selector("[id]").as_ref().and_then(|any| {
        item.select(any)
            .find(|found| !super::dom::is_inside(*found, item, nested))
            .and_then(|found| found.value().id().map(str::to_owned))
    });
    inner.unwrap_or_default()
}
