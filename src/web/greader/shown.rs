//! The JSON that readers expect.

use super::items::{Entry, Stream, long_form};
use super::{READ, STARRED};
use crate::render::Links;
use serde_json::{Value, json};

/// The label under which the stages stand.
const LABEL: &str = "user/-/label/Stages";

/// The rep's subscriptions: the digest, and each stage under one label.
pub(super) fn subscriptions(links: &Links) -> Vec<Value> {
    let shown = |stream: Stream| {
        let categories = match stream {
            Stream::Stage(_) => vec![json!({ "id": LABEL, "label": "Stages" })],
            _ => Vec::new(),
        };
        json!({
            "id": stream.id(),
            "title": stream.title(),
            "categories": categories,
            "sortid": format!("{:08X}", stream.id().len()),
            "url": home(stream, links),
            "htmlUrl": home(stream, links),
            "iconUrl": links.to("/assets/icons/icon-192.png"),
        })
    };
    Stream::subscribed().into_iter().map(shown).collect()
}

/// The tags that a reader may show.
pub(super) fn tags() -> Value {
    json!([{ "id": STARRED }, { "id": LABEL, "type": "folder" }])
}

fn home(stream: Stream, links: &Links) -> String {
    match stream {
        Stream::Stage(stage) => links.stage(stage),
        Stream::Starred => links.to("/saved"),
        _ => links.to("/"),
    }
}

/// One item.
pub(super) fn item_shown(entry: &Entry, is_read: bool, links: &Links) -> Value {
    let item = &entry.item;
    let mut categories = vec![Stream::All.id()];
    if matches!(entry.stream, Stream::Stage(_)) {
        categories.push(LABEL.to_owned());
    }
    categories.extend(is_read.then(|| READ.to_owned()));
    categories.extend(entry.starred.then(|| STARRED.to_owned()));
    let address = json!([{ "href": item.original.as_deref().unwrap_or(&item.url), "type": "text/html" }]);
    json!({
        "id": long_form(entry.number),
        "crawlTimeMsec": item.published_at.as_millisecond().to_string(),
        "timestampUsec": item.published_at.as_microsecond().to_string(),
        "published": item.published_at.as_second(),
        "updated": item.published_at.as_second(),
        "title": item.title,
        "author": item.mentor,
        "canonical": address,
        "alternate": address,
        "categories": categories,
        "summary": { "direction": "ltr", "content": item.html },
        "origin": {
            "streamId": entry.stream.id(),
            "title": entry.stream.title(),
            "htmlUrl": home(entry.stream, links),
        },
    })
}
