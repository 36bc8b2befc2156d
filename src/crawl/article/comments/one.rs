//! One element to one comment: who, when, what.

use super::super::PageComment;
use super::super::byline;
use super::super::dom::{NodeId, html_without, text_of};
use super::parents::is_answer_link;
use super::parts::Parts;
use crate::crawl::{clean, dates, text};
use jiff::Timestamp;
use scraper::{ElementRef, Selector};
use std::collections::HashSet;
use std::sync::Arc;
use url::Url;

/// Elements of one comment that are looked at; more is a page, not a comment.
const ELEMENTS_MAX: usize = 2_000;
/// A line that says who and when is not longer than this, in characters.
const LEAD_CHARS_MAX: usize = 120;
/// Verbs behind a name.
const SAYS: &[&str] = &[
    "says",
    "said",
    "wrote",
    "writes",
    "commented",
    "replied",
    "answered",
    "sagt",
    "sagte",
    "schrieb",
    "schreibt",
    "meint",
    "dit",
    "écrit",
    "dice",
    "dijo",
    "escribió",
    "disse",
    "ha",
    "zegt",
    "schreef",
    "skriver",
    "pisze",
];
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 80;

/// One comment's element with what belongs to it alone.
pub(super) struct Item<'a> {
    pub element: ElementRef<'a>,
    /// The elements inside it that are in no nested comment, in reading order.
    own: Vec<ElementRef<'a>>,
    /// The outermost of the comments inside it.
    nested: Vec<NodeId>,
}

impl<'a> Item<'a> {
    pub fn new(element: ElementRef<'a>, all: &HashSet<NodeId>) -> Self {
        let (mut own, mut nested) = (Vec::new(), Vec::new());
        let mut open: Vec<ElementRef<'a>> = children_of(element);
        while let Some(next) = open.pop() {
            if all.contains(&next.id()) {
                nested.push(next.id());
            } else if own.len() < ELEMENTS_MAX {
                own.push(next);
                open.extend(children_of(next));
            }
        }
        Self { element, own, nested }
    }

    /// The first own element for the first selector that matches any, where `fits` holds.
    fn first(&self, selectors: &[Arc<Selector>], fits: impl Fn(ElementRef<'a>) -> bool) -> Option<ElementRef<'a>> {
        selectors.iter().find_map(|css| self.own.iter().copied().find(|own| css.matches(own) && fits(*own)))
    }

    /// What it says that it answers, in the words of schema.org.
    pub fn parent_item(&self) -> Option<&'a str> {
        let named = |own: &&ElementRef<'a>| {
            let value = own.value();
            value
                .attr("itemprop")
                .or(value.attr("property"))
                .is_some_and(|name| name == "parentItem" || name == "schema:parentItem")
        };
        let value = self.own.iter().find(named)?.value();
        value.attr("href").or(value.attr("content")).or(value.attr("resource")).or(value.attr("itemid"))
    }

    /// The links that are its own.
    pub fn links(&self) -> impl Iterator<Item = ElementRef<'a>> {
        self.own.iter().copied().filter(|own| own.value().name() == "a")
    }

    /// Everything that the page calls it by.
    pub fn names(&self) -> Vec<String> {
        let value = self.element.value();
        let own = ["id", "data-comment-id", "data-id", "data-fullname", "resource", "about", "data-post-id"]
            .iter()
            .filter_map(|name| value.attr(name));
        let inner = self.own.iter().filter_map(|own| {
            own.value().id().or_else(|| own.value().attr("name").filter(|_| own.value().name() == "a"))
        });
        own.chain(inner)
            .map(|name| name.trim_start_matches('#').to_owned())
            .filter(|name| !name.is_empty())
            .take(8)
            .collect()
    }

    /// The indent of a row, as Hacker News gives it: a number, or the width of an image of 40 pixels a step.
    pub fn indent(&self) -> Option<u32> {
        let cell = self.own.iter().take(12).find(|own| own.value().classes().any(|class| class == "ind"))?;
        let given = cell.value().attr("indent").and_then(|indent| indent.parse().ok());
        given.or_else(|| {
            self.own.iter().find_map(|own| own.value().attr("width")?.parse::<u32>().ok()).map(|width| width / 40)
        })
    }
}

fn children_of(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    element.children().rev().filter_map(ElementRef::wrap).collect()
}

/// Reads one comment, without its parent; none where nothing is said.
pub(super) fn read(item: &Item<'_>, parts: &Parts, base: &Url, now: Timestamp) -> Option<PageComment> {
    let body = body_of(item, parts);
    let in_body = |found: ElementRef<'_>| body.is_some_and(|body| is_within(found, body));
    let name = item.first(&parts.names, |found| !in_body(found) && has_text(found));
    let name = name.or_else(|| item.first(&parts.loud_names, |found| !in_body(found) && begins(item, found)));
    let date = parts.dates.iter().find_map(|css| {
        let dated = |own: &ElementRef<'_>| css.matches(own) && !in_body(*own);
        item.own.iter().filter(|own| dated(own)).find_map(|found| Some((*found, date_of(*found, now)?)))
    });
    let mut skip: HashSet<NodeId> = item.nested.iter().copied().collect();
    skip.extend(
        parts.furniture.iter().flat_map(|css| item.own.iter().filter(|own| css.matches(own))).map(|own| own.id()),
    );
    skip.extend(item.links().filter(|link| is_answer_link(*link)).map(|link| link.id()));
    skip.extend(item.own.iter().filter(|own| is_writing_form(**own)).map(|own| own.id()));
    let lead = if body.is_none() { lead_of(item, name) } else { None };
    skip.extend([name, date.map(|(found, _)| found), lead].into_iter().flatten().map(|found| found.id()));
    if let Some(body) = body {
        skip.remove(&body.id());
    }
    let html = clean::clean(&html_without(body.unwrap_or(item.element), &skip), Some(base));
    let (lead_words, html) = if body.is_none() { without_lead(&html) } else { (String::new(), html) };
    let plain = text::plain(&html);
    if plain.is_empty() {
        return None;
    }
    let given = item.element.value().attr("data-author").map(str::to_owned);
    let in_lead = || {
        let lines = [lead, name].into_iter().flatten().map(text_of).chain([lead_words.clone()]);
        lines.filter(|line| line.chars().count() <= LEAD_CHARS_MAX).find_map(|line| dates::find_in(&line, now))
    };
    Some(PageComment {
        id: item.names().into_iter().next().unwrap_or_default(),
        parent_id: None,
        mentor: name.map(name_of).filter(|name| !name.is_empty()).or(given),
        published_at: date.map(|(_, at)| at).or_else(in_lead),
        text: plain,
        html,
        pingback: item.element.value().classes().any(|class| matches!(class, "pingback" | "trackback")),
    })
}

/// The words before what was said, where no element holds them: "says:", "(May 14, 2012 4:12 pm):", "schrieb am 14. Mai:".
/// Returns them and the rest.
fn without_lead(html: &str) -> (String, String) {
    let unchanged = (String::new(), html.to_owned());
    let inner = html.trim_start().strip_prefix("<p>").unwrap_or(html.trim_start());
    let end = inner.find('<').unwrap_or(inner.len());
    let head = &inner[..end];
    let mut colons = head.match_indices(':').map(|(at, _)| at + 1).filter(|at| *at <= LEAD_CHARS_MAX);
    let colon = colons.rfind(|at| head[*at..].is_empty() || head[*at..].starts_with(char::is_whitespace));
    let lead = match colon {
        Some(colon) => &head[..colon],
        None if head.len() <= LEAD_CHARS_MAX && end < inner.len() => head,
        None => return unchanged,
    };
    let lower = lead.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let says = words.first().is_some_and(|word| SAYS.contains(word)) && words.len() <= 8;
    let dated =
        words.len() <= 6 && dates::find_in(lead.trim_matches(|c: char| !c.is_alphanumeric()), Timestamp::MAX).is_some();
    if !(says && (colon.is_some() || words.len() == 1) || dated) {
        return unchanged;
    }
    let mut rest = inner[lead.len()..].trim_start();
    while let Some(after) = ["<br>", "</p>"].iter().find_map(|tag| rest.strip_prefix(tag)) {
        rest = after.trim_start();
    }
    (lead.to_owned(), clean::clean(rest, None))
}

/// Comments as pairs of `dt` (who) and `dd`s (what, and perhaps when).
pub(super) fn of_pairs(pairs: &[Vec<ElementRef<'_>>], base: &Url, now: Timestamp) -> Vec<PageComment> {
    let one = |pair: &Vec<ElementRef<'_>>| {
        let (who, said) = pair.split_first()?;
        let line = text_of(*who);
        let is_footer = |part: &&ElementRef<'_>| {
            part.value().classes().any(|class| class.contains("footer") || class.contains("date"))
        };
        let footers: String = said.iter().filter(is_footer).map(|part| text_of(*part)).collect();
        let none = HashSet::new();
        let html: String = said.iter().filter(|part| !is_footer(part)).map(|part| html_without(*part, &none)).collect();
        let html = clean::clean(&html, Some(base));
        let text = text::plain(&html);
        let all = HashSet::new();
        let id = Item::new(*who, &all).names().into_iter().next();
        (!text.is_empty()).then(|| PageComment {
            id: id.unwrap_or_default(),
            parent_id: None,
            mentor: Some(name_in(&line)).filter(|name| !name.is_empty()),
            published_at: dates::find_in(&footers, now).or_else(|| dates::find_in(&line, now)),
            text,
            html,
            pingback: false,
        })
    };
    let mut found: Vec<PageComment> = pairs.iter().filter_map(one).collect();
    for (at, comment) in found.iter_mut().enumerate().filter(|(_, comment)| comment.id.is_empty()) {
        comment.id = format!("place-{}", at + 1);
    }
    found
}

fn body_of<'a>(item: &Item<'a>, parts: &Parts) -> Option<ElementRef<'a>> {
    let said = |found: ElementRef<'_>| has_text(found);
    item.first(&parts.bodies, said).or_else(|| item.first(&parts.loose_bodies, said))
}

fn is_within(element: ElementRef<'_>, outer: ElementRef<'_>) -> bool {
    element.id() == outer.id() || element.ancestors().any(|node| node.id() == outer.id())
}

fn has_text(element: ElementRef<'_>) -> bool {
    element.value().attr("content").is_some() || element.text().any(|text| !text.trim().is_empty())
}

/// Whether the comment begins with these words.
fn begins(item: &Item<'_>, found: ElementRef<'_>) -> bool {
    let words = text_of(found);
    let before: String = item.element.text().flat_map(str::chars).take(4 * NAME_CHARS_MAX).collect();
    let before = text::one_line(&before);
    !words.is_empty() && words.chars().count() <= NAME_CHARS_MAX && before.find(&words).is_some_and(|at| at <= 3)
}

/// A form in which visitors write: not the invisible one in which some sites wrap every comment.
fn is_writing_form(element: ElementRef<'_>) -> bool {
    element.value().name() == "form"
        && element.descendants().filter_map(ElementRef::wrap).any(|inner| {
            inner.value().name() == "textarea"
                || inner.value().name() == "input"
                    && matches!(
                        inner.value().attr("type"),
                        None | Some("text" | "email" | "url" | "password" | "search")
                    )
        })
}

/// The paragraph that says who wrote and when, where only its place tells: "Ann wrote on May 14:".
fn lead_of<'a>(item: &Item<'a>, name: Option<ElementRef<'a>>) -> Option<ElementRef<'a>> {
    let name = name?;
    let lead = name
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|element| matches!(element.value().name(), "p" | "div" | "span" | "h4" | "h5" | "header" | "footer"))?;
    let inside = is_within(lead, item.element) && lead.id() != item.element.id();
    let said = text_of(lead);
    let own = item.element.children().filter_map(ElementRef::wrap).filter(|child| !item.nested.contains(&child.id()));
    let more = own.into_iter().any(|child| !is_within(lead, child) && !text_of(child).is_empty());
    (inside && more && said.chars().count() <= LEAD_CHARS_MAX).then_some(lead)
}

fn name_of(element: ElementRef<'_>) -> String {
    match element.value().attr("content") {
        Some(content) if !content.contains("://") => name_in(content),
        _ => name_in(&text_of(element)),
    }
}

/// "Ann says:", "Posted by: Ann | 3 May", "by Ann".
fn name_in(line: &str) -> String {
    let line = line.trim();
    let name = byline::name(line).unwrap_or_else(|| line.to_owned());
    let name = [
        " says",
        " said",
        " wrote",
        " writes",
        " sagt",
        " schrieb",
        " schreibt",
        " a dit",
        " dice",
        " dijo",
        " on ",
        " | ",
    ]
    .iter()
    .filter_map(|tail| name.find(tail))
    .min()
    .map_or(name.as_str(), |at| &name[..at]);
    // "Ann, 14 May 2012" and "Ann (May 14)": what follows is no name.
    let dated = name
        .char_indices()
        .find(|(at, c)| *at > 0 && c.is_ascii_digit() && !name[..*at].ends_with(char::is_alphanumeric));
    let name = dated.map_or(name, |(at, _)| &name[..at]);
    let name = name.split(" (").next().unwrap_or(name);
    let name =
        name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '-' | '–' | '—' | '·' | '|' | '('));
    text::cut(name, NAME_CHARS_MAX)
}

fn date_of(element: ElementRef<'_>, now: Timestamp) -> Option<Timestamp> {
    let value = element.value();
    let machine =
        ["datetime", "content", "title", "data-timestamp", "data-time"].iter().filter_map(|name| value.attr(name));
    let whole = |text: &str| dates::parse_clamped(text, now).map(|(at, _)| at).or_else(|| dates::find_in(text, now));
    machine.filter_map(whole).next().or_else(|| whole(&text_of(element)).filter(|_| text_of(element).len() <= 200))
}
