//! Comments that a page gives in JSON-LD only.

use super::super::PageComment;
use super::COMMENTS_MAX;
use crate::crawl::{clean, dates, entities, parse, text};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// The comments in the pieces of JSON-LD, answers behind what they answer.
pub(super) fn comments(things: &[Value], base: &Url, now: Timestamp) -> Vec<PageComment> {
    let mut found = Vec::new();
    // Comments still to be read, each with the id of what it answers.
    let mut open: Vec<(&Value, Option<String>)> = Vec::new();
    for thing in things.iter().rev() {
        push_below(thing, None, &mut open);
    }
    while let Some((comment, parent)) = open.pop() {
        if found.len() >= COMMENTS_MAX {
            break;
        }
        let said =
            comment.get("text").or(comment.get("commentText")).or(comment.get("description")).and_then(Value::as_str);
        let here = said.and_then(|said| one(comment, said, parent.clone(), found.len(), base, now));
        let id = here.as_ref().map(|comment| comment.id.clone()).or(parent);
        found.extend(here);
        push_below(comment, id, &mut open);
    }
    found
}

fn push_below<'a>(thing: &'a Value, parent: Option<String>, open: &mut Vec<(&'a Value, Option<String>)>) {
    let mut below: Vec<&Value> = Vec::new();
    for key in ["comment", "comments", "suggestedAnswer", "acceptedAnswer"] {
        match thing.get(key) {
            Some(Value::Array(list)) => below.extend(list.iter()),
            Some(one @ Value::Object(_)) => below.push(one),
            _ => {}
        }
    }
    open.extend(below.into_iter().rev().filter(|inner| inner.is_object()).map(|inner| (inner, parent.clone())));
}

fn one(
    comment: &Value,
    said: &str,
    parent: Option<String>,
    at: usize,
    base: &Url,
    now: Timestamp,
) -> Option<PageComment> {
    let string = |key: &str| comment.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let html = if said.contains('<') && said.contains("</") {
        clean::clean(said, Some(base))
    } else {
        clean::paragraphs(&entities::decode(said, entities::Rules::Html))
    };
    let plain = text::plain(&html);
    let own = string("@id")
        .or(string("identifier"))
        .or(string("url"))
        .map(|id| id.rsplit('#').next().unwrap_or(id).to_owned());
    let author = comment.get("author").or(comment.get("creator"));
    let name = author.and_then(|author| author.as_str().or_else(|| author.get("name")?.as_str()));
    let date = string("datePublished").or(string("dateCreated")).or(string("commentTime"));
    (!plain.is_empty()).then(|| PageComment {
        id: own.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("place-{}", at + 1)),
        parent_id: parent,
        mentor: name.and_then(parse::person_name),
        published_at: date.and_then(|date| dates::parse_clamped(date, now)).map(|(at, _)| at),
        text: plain,
        html,
        pingback: false,
    })
}
