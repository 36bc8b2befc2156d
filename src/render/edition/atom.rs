use super::{Edition, Item};
use atom_syndication::{Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Text};
use jiff::Timestamp;

/// Atom, RFC 4287.
pub(super) fn render(edition: &Edition) -> String {
    let mut links = vec![link(&edition.home_url, "alternate", "text/html")];
    links.extend(edition.self_url.as_ref().map(|url| link(url, "self", "application/atom+xml")));
    let feed = Feed {
        id: edition.id.clone(),
        title: Text::plain(edition.title.clone()),
        subtitle: Some(Text::plain(edition.description.clone())),
        updated: date(edition.updated_at()),
        // Section 4.1.1: a feed whose entries may lack an author names one itself.
        authors: vec![person("Ridealong")],
        generator: Some(Generator { value: "Ridealong".to_owned(), ..Generator::default() }),
        lang: Some("en".to_owned()),
        links,
        entries: edition.items.iter().map(entry).collect(),
        ..Feed::default()
    };
    format!("{}\n", feed.to_string())
}

fn entry(item: &Item) -> Entry {
    let mut links = vec![link(item.open_url(), "alternate", "text/html")];
    if item.original.is_some() {
        links.push(link(&item.url, "related", "text/html"));
    }
    Entry {
        id: item.id.clone(),
        title: Text::plain(item.title.clone()),
        updated: date(item.published_at),
        published: Some(date(item.published_at)),
        authors: vec![person(&item.mentor)],
        categories: item
            .stages
            .iter()
            .map(|stage| Category { term: stage.to_lowercase(), label: Some((*stage).to_owned()), scheme: None })
            .collect(),
        summary: item.why.clone().map(Text::plain),
        content: Some(Content {
            content_type: Some("html".to_owned()),
            value: Some(item.html.clone()),
            lang: item.language.clone(),
            ..Content::default()
        }),
        links,
        ..Entry::default()
    }
}

fn link(href: &str, rel: &str, mime: &str) -> Link {
    Link { href: href.to_owned(), rel: rel.to_owned(), mime_type: Some(mime.to_owned()), ..Link::default() }
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

/// RFC 3339; instants outside of what the library knows become the epoch.
fn date(at: Timestamp) -> FixedDateTime {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string().parse().unwrap_or_default()
}
