use super::{Edition, Format, Item};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::{Category, Channel, Guid};

/// RSS 2.0. `author` of RSS must be a mail address, so the mentor is `dc:creator`.
pub(super) fn render(edition: &Edition) -> String {
    let own_address = edition.self_url.as_ref().map(|url| AtomExtension {
        links: vec![Link {
            href: url.clone(),
            rel: "self".to_owned(),
            mime_type: Some(media_type().to_owned()),
            ..Link::default()
        }],
    });
    let channel = Channel {
        title: edition.title.clone(),
        link: edition.home_url.clone(),
        description: edition.description.clone(),
        language: Some("en".to_owned()),
        last_build_date: Some(rfc_822(edition.updated_at())),
        generator: Some("Ridealong".to_owned()),
        atom_ext: own_address,
        items: edition.items.iter().map(item).collect(),
        ..Channel::default()
    };
    // The channel writes the XML declaration itself.
    format!("{channel}\n")
}

fn media_type() -> &'static str {
    Format::Rss.mime().split(';').next().unwrap_or_default()
}

fn item(item: &Item) -> rss::Item {
    rss::Item {
        title: Some(item.title.clone()),
        link: Some(item.open_url().to_owned()),
        description: Some(item.summary()),
        content: Some(item.html.clone()),
        guid: Some(Guid { value: item.id.clone(), permalink: false }),
        pub_date: Some(rfc_822(item.published_at)),
        categories: item.stages.iter().map(|stage| Category { name: (*stage).to_owned(), domain: None }).collect(),
        dublin_core_ext: Some(DublinCoreExtension {
            creators: vec![item.mentor.clone()],
            languages: item.language.iter().cloned().collect(),
            ..DublinCoreExtension::default()
        }),
        ..rss::Item::default()
    }
}

/// The date form of RSS 2.0 (RFC 822 with a year of four digits).
fn rfc_822(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
