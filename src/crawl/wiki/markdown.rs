//! A folder of Markdown as pages: plain, Hugo (`_index.md`), GitBook (`SUMMARY.md`).

use super::front_matter::{self, FrontMatter};
use super::{WikiFile, WikiPage};
use crate::crawl::{dates, text};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;
use url::Url;

/// The pages of a folder, in the order given; drafts and lists of contents are no pages. `site` is where people open
/// the wiki, where it has such an address.
pub fn pages(files: &[WikiFile], site: Option<&Url>) -> Vec<WikiPage> {
    let named = summary_titles(files);
    files
        .iter()
        .filter(|file| is_markdown(&file.path) && !is_summary(&file.path))
        .filter_map(|file| page(file, &named, site))
        .collect()
}

fn is_markdown(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.ends_with(".md") || lower.ends_with(".markdown")
}

fn is_summary(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("summary.md"))
}

fn page(file: &WikiFile, named: &HashMap<String, String>, site: Option<&Url>) -> Option<WikiPage> {
    let (front, body) = front_matter::split(&file.text);
    if front.draft {
        return None;
    }
    let body = without_shortcodes(body);
    let (html, heading) = render(&body);
    let url = site.and_then(|site| site.join(&web_path(&file.path)).ok());
    let base = site.and_then(|site| site.join(&file.path).ok());
    let FrontMatter { title, mentor, stages, audience, labels, changed, .. } = front;
    let title = title.or(heading).or_else(|| named.get(&file.path).cloned()).unwrap_or_else(|| name_of(&file.path));
    let changed_at = file.changed_at.or_else(|| dates::parse(changed.as_deref()?));
    Some(WikiPage {
        key: file.path.clone(),
        url,
        title: text::one_line(&title),
        mentor,
        html,
        base,
        changed_at,
        stages,
        audience,
        labels,
    })
}

/// Titles that GitBook's list of contents gives: `* [Title](path.md)`.
fn summary_titles(files: &[WikiFile]) -> HashMap<String, String> {
    let mut titles = HashMap::new();
    for file in files.iter().filter(|file| is_summary(&file.path)) {
        let folder = file.path.rfind('/').map_or("", |at| &file.path[..=at]);
        let mut target: Option<(String, String)> = None;
        for event in Parser::new(&file.text) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    target = Some((format!("{folder}{dest_url}"), String::new()))
                }
                Event::Text(text) | Event::Code(text) => target.iter_mut().for_each(|(_, title)| title.push_str(&text)),
                Event::End(TagEnd::Link) => titles.extend(target.take()),
                _ => {}
            }
        }
    }
    titles
}

/// Markdown to HTML without its first top heading, and that heading's text.
fn render(body: &str) -> (String, Option<String>) {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    let (mut heading, mut inside, mut done) = (String::new(), false, false);
    let events = Parser::new_ext(body, options).filter(|event| {
        match event {
            Event::Start(Tag::Heading { level: pulldown_cmark::HeadingLevel::H1, .. }) if !done => inside = true,
            Event::End(TagEnd::Heading(_)) if inside => {
                (inside, done) = (false, true);
                return false;
            }
            Event::Text(text) | Event::Code(text) if inside => heading.push_str(text),
            _ => {}
        }
        !inside
    });
    let events: Vec<Event<'_>> = events.map(linked).collect();
    let mut html = String::with_capacity(body.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    (html, Some(heading.trim().to_owned()).filter(|heading| !heading.is_empty()))
}

/// Links to files of the wiki as people open them.
fn linked(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id })
            if !dest_url.contains("://") && !dest_url.starts_with("mailto:") =>
        {
            let (path, anchor) =
                dest_url.split_once('#').map_or((&*dest_url, None), |(path, anchor)| (path, Some(anchor)));
            let mut target = if is_markdown(path) { web_path(path) } else { path.to_owned() };
            if let Some(anchor) = anchor {
                target.push('#');
                target.push_str(anchor);
            }
            Event::Start(Tag::Link { link_type, dest_url: target.into(), title, id })
        }
        other => other,
    }
}

/// The path under which a file is shown: without its ending, folders for their index files.
fn web_path(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (folder, name));
    let index = ["index", "_index", "readme"].iter().any(|known| known.eq_ignore_ascii_case(name));
    match (index, folder) {
        (true, "") => "./".to_owned(),
        (true, folder) => format!("{folder}/"),
        (false, _) => stem.to_owned(),
    }
}

fn name_of(path: &str) -> String {
    let shown = web_path(path);
    let name = shown.trim_end_matches('/').rsplit('/').next().unwrap_or(&shown).replace(['-', '_'], " ");
    let mut chars = name.trim_matches('.').trim().chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", chars.as_str())
}

/// Hugo's and Jekyll's instructions to their own programs are not text.
fn without_shortcodes(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(open) = rest.find("{{") {
        out.push_str(&rest[..open]);
        let Some(close) = rest[open..].find("}}") else {
            rest = &rest[open..];
            break;
        };
        rest = &rest[open + close + 2..];
    }
    out.push_str(rest);
    out
}
