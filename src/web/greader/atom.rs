//! A stream as Atom, for readers that ask for `reader/atom/...`. What is read and starred stands in categories under
//! Google Reader's own scheme.

use super::items::{Entry, Stream, long_form};
use crate::render::Links;
use crate::render::words::printable;
use atom_syndication::{Category, Content, Entry as AtomEntry, Feed, FixedDateTime, Link, Person, Text};
use jiff::Timestamp;
use std::collections::HashSet;

/// The scheme of the categories.
const SCHEME: &str = "http://www.google.com/reader/";

/// The entries of a stream as an Atom document.
pub(super) fn document(stream: Stream, entries: &[Entry], read: &HashSet<u64>, links: &Links) -> String {
    let newest = entries.iter().map(|entry| entry.item.published_at).max();
    let feed = Feed {
        id: format!("tag:google.com,2005:reader/{}", stream.id()),
        title: Text::plain(stream.title()),
        updated: date(newest.unwrap_or(Timestamp::UNIX_EPOCH)),
        authors: vec![Person { name: "Ridealong".to_owned(), ..Person::default() }],
        links: vec![Link { href: links.to("/"), rel: "alternate".to_owned(), ..Link::default() }],
        entries: entries.iter().map(|entry| atom_entry(entry, read.contains(&entry.number))).collect(),
        ..Feed::default()
    };
    feed.to_string()
}

fn atom_entry(entry: &Entry, is_read: bool) -> AtomEntry {
    let item = &entry.item;
    let category = |label: &str| Category {
        term: format!("user/-/state/com.google/{label}"),
        scheme: Some(SCHEME.to_owned()),
        label: Some(label.to_owned()),
    };
    let labels = [(is_read, "read"), (!is_read, "fresh"), (entry.starred, "starred")];
    let content =
        Content { content_type: Some("html".to_owned()), value: Some(printable(&item.html)), ..Content::default() };
    AtomEntry {
        id: long_form(entry.number),
        title: Text::plain(printable(&item.title)),
        updated: date(item.published_at),
        published: Some(date(item.published_at)),
        authors: vec![Person { name: printable(&item.mentor), ..Person::default() }],
        categories: labels.into_iter().filter(|(holds, _)| *holds).map(|(_, label)| category(label)).collect(),
        content: Some(content),
        links: vec![Link {
            href: item.original.clone().unwrap_or_else(|| item.url.clone()),
            rel: "alternate".to_owned(),
            ..Link::default()
        }],
        ..AtomEntry::default()
    }
}

/// RFC 3339; instants outside of what the library knows become the epoch.
fn date(at: Timestamp) -> FixedDateTime {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string().parse().unwrap_or_default()
}
