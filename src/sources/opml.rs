//! Subscription lists of other readers, in and out (OPML 2.0).
//!
//! Exports are often broken: bare ampersands, missing ends, wrong nesting. So reading looks for `outline` elements one
//! by one and takes what it finds.

use crate::model::{CommentsFrom, FoundFeed, MentorRole, Source, SourceId, SourceKind, SourceSet};
use ipnet::IpNet;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashSet;

/// One subscription of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its title, or its address where it has none.
    pub title: String,
    /// The feed's address.
    pub url: String,
}

/// Faults after which the rest of a text is given up.
const FAULTS_MAX: usize = 1_000;

/// The subscriptions of an OPML text, in its order, and whether something had to be passed over.
pub fn parse(text: &str) -> (Vec<Outline>, bool) {
    let text = text.trim_start_matches('\u{feff}');
    let whole = ampersands_escaped(text);
    let mut found = Vec::new();
    let mut broken = whole.len() != text.len();
    let mut rest = whole.as_str();
    for _ in 0..FAULTS_MAX {
        let Some(fault) = read_until_fault(rest, &mut found) else { return (found, broken) };
        broken = true;
        // What comes after the fault is looked at as a text of its own.
        rest = rest.get(fault..).unwrap_or_default();
        let Some(next) = rest.find("<outline") else { break };
        rest = &rest[next..];
    }
    (found, broken)
}

/// Collects outlines; returns where the first fault stands, at least one byte on.
fn read_until_fault(text: &str, found: &mut Vec<Outline>) -> Option<usize> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => found.extend(outline(&element)),
            Ok(Event::Eof) => return None,
            Ok(_) => {}
            Err(_) => return Some((reader.buffer_position() as usize).max(1)),
        }
    }
}

fn outline(element: &BytesStart<'_>) -> Option<Outline> {
    if !element.local_name().as_ref().eq_ignore_ascii_case("outline") {
        return None;
    }
    let mut url = None;
    let mut title = None;
    let mut text = None;
    for attribute in element.html_attributes().with_checks(false).flatten() {
        let raw = attribute.value;
        let value = quick_xml::escape::unescape(&raw).map_or_else(|_| raw.to_string(), |value| value.into_owned());
        let value = value.trim().to_owned();
        match attribute.key.local_name().as_ref().to_ascii_lowercase().as_str() {
            "xmlurl" => url = Some(value),
            "title" => title = Some(value),
            "text" => text = Some(value),
            _ => {}
        }
    }
    let url = url.filter(|url| !url.is_empty())?;
    let title = title.or(text).filter(|title| !title.is_empty()).unwrap_or_else(|| url.clone());
    Some(Outline { title, url })
}

/// `&` that begins no reference becomes `&amp;`.
fn ampersands_escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        whole.push_str(before);
        let end = after.char_indices().skip(1).take(10).find(|(_, c)| !c.is_ascii_alphanumeric() && *c != '#');
        let is_reference = matches!(end, Some((length, ';')) if length > 1);
        whole.push_str(if is_reference { "&" } else { "&amp;" });
        rest = &after[1..];
    }
    whole.push_str(rest);
    whole
}

/// The source for a feed that was found, under an id that the set does not have yet.
pub fn of_found(found: &FoundFeed, set: &SourceSet, allow_net: Vec<IpNet>) -> Source {
    let mut taken = set.sources.iter().map(|source| source.id.to_string()).collect();
    let id = SourceId::new(free_id(&found.title, &mut taken));
    let source = with_defaults(id, found.title.clone(), found.url.clone(), allow_net);
    let comments = found.comments_url.clone().map_or(CommentsFrom::Auto, CommentsFrom::Url);
    Source { kind: found.kind, comments, ..source }
}

/// A source of kind feed with the defaults of the file.
pub fn with_defaults(id: SourceId, name: String, url: String, allow_net: Vec<IpNet>) -> Source {
    Source {
        id,
        name,
        kind: SourceKind::Feed,
        url,
        check_every_s: 3_600,
        full_text: true,
        comments: CommentsFrom::Auto,
        mentor_role: MentorRole::Practitioner,
        stages: Vec::new(),
        trust: 0.6,
        audience: crate::model::Audience::Everyone,
        allow_net,
        rate_group: None,
        selectors: None,
        paused: false,
        span: None,
    }
}

/// An id made of a title, with a number where it is taken.
pub fn free_id(title: &str, taken: &mut HashSet<String>) -> String {
    let mut slug = String::new();
    for c in title.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
        if slug.len() >= 48 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    let slug = if slug.is_empty() { "source" } else { slug };
    let mut id = slug.to_owned();
    let mut number = 1;
    while !taken.insert(id.clone()) {
        number += 1;
        id = format!("{slug}-{number}");
    }
    id
}

/// The set as an OPML document. Sources without a feed of their own (wiki folders, mail folders) are left out.
pub fn write(set: &SourceSet) -> String {
    // OPML 2.0 asks for a head.
    let head = opml::Head { title: Some("Sources of Ridealong".to_owned()), ..opml::Head::default() };
    let mut document = opml::OPML { head: Some(head), ..opml::OPML::default() };
    for source in &set.sources {
        if source.url.starts_with("http") {
            document.add_feed(&source.name, &source.url);
        }
    }
    // Plain strings can always be written.
    document.to_string().unwrap_or_default()
}
