//! A folder of mails (newsletters that come by mail) as posts: `new/` and `cur/` of a Maildir, or `.eml` files.

mod wash;

use super::{clean, links, post, text};
use crate::model::{Post, PostId, Source, SourceKind, Tagged, Thread};
use jiff::Timestamp;
use mail_parser::{Message, MessageParser};
use std::path::{Path, PathBuf};
use url::Url;

/// Mails read of one folder, the newest by name first.
const MAILS_MAX: usize = 500;
/// Bytes of one mail; larger ones are left out.
const MAIL_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// The mails in a folder, each as its bytes.
///
/// # Errors
/// The folder cannot be read. A single mail that cannot be read is left out.
pub fn load(root: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let folders = [root.to_owned(), root.join("new"), root.join("cur")];
    for (at, folder) in folders.iter().enumerate() {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if at == 0 => return Err(error),
            Err(_) => continue,
        };
        let mails = entries.flatten().map(|entry| entry.path());
        files.extend(mails.filter(|path| path.is_file() && (at > 0 || path.extension().is_some_and(|e| e == "eml"))));
    }
    files.sort_unstable_by(|a, b| b.file_name().cmp(&a.file_name()));
    let small = |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.len() <= MAIL_BYTES_MAX);
    Ok(files.into_iter().filter(small).take(MAILS_MAX).filter_map(|path| std::fs::read(path).ok()).collect())
}

/// One mail as a post; none where it is no mail. Its sender is the mentor, its list a label, its place in the list's archive
/// its address. Mail addresses, trackers and links for the subscriber alone are left out.
pub fn assemble(source: &Source, mail: &[u8], now: Timestamp) -> Option<Post> {
    let message = MessageParser::default().parse(mail)?;
    let leave = addresses_in(header(&message, "List-Unsubscribe").unwrap_or_default());
    let html = clean::clean(&body(&message)?, None);
    let html = if clean::is_too_hard(&html) { html } else { clean::clean(&wash::wash(&html, &leave), None) };
    let plain = text::plain(&html);
    let subject = message.subject().map(text::one_line).filter(|subject| !subject.is_empty());
    let guid = message.message_id().map(str::to_owned);
    let identity = guid.clone().unwrap_or_else(|| plain.clone());
    let published_at = message.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok());
    let archived = header(&message, "Archived-At").map(addresses_in).and_then(|mut found| found.pop());
    let archived = archived.and_then(|address| Url::parse(&address).ok()).filter(links::is_web);
    let list = header(&message, "List-Id").and_then(list_name);
    let mut mail = Post {
        id: PostId::of(&source.id, &identity),
        source_id: source.id.clone(),
        kind: SourceKind::Maildir,
        guid,
        url: archived.map(|url| links::canonical(&url).to_string()).unwrap_or_default(),
        title: subject.or_else(|| super::parse::title_of(&plain)).unwrap_or_else(|| "Untitled".to_owned()),
        mentor: sender(&message).or_else(|| list.clone()),
        mentor_role: source.mentor_role,
        published_at: published_at.filter(|at| *at <= now),
        updated_at: None,
        seen_at: now,
        changed_at: now,
        language: None,
        html: String::new(),
        text: String::new(),
        excerpt: String::new(),
        words: 0,
        categories: list.into_iter().collect(),
        enclosures: Vec::new(),
        duration_s: None,
        thread: Thread::default(),
        audience: source.audience.clone(),
        trust: source.trust,
        tagged: Tagged::default(),
        thin: false,
        simhash: 0,
        also_at: Vec::new(),
        listed_url: None,
    };
    post::set_body(&mut mail, html, plain);
    Some(mail)
}

/// The HTML of a mail, or its text as HTML.
fn body(message: &Message<'_>) -> Option<String> {
    message.body_html(0).map(|html| html.into_owned())
}

/// A header as it was sent, on one line.
fn header<'m>(message: &'m Message<'_>, name: &'static str) -> Option<&'m str> {
    message.header_raw(name).map(str::trim).filter(|value| !value.is_empty())
}

/// The addresses of the web between angle brackets (RFC 2369, RFC 5064).
fn addresses_in(value: &str) -> Vec<String> {
    let parts = value.split('<').skip(1).filter_map(|part| part.split('>').next());
    let mut found: Vec<String> =
        parts.map(|part| part.split_whitespace().collect::<String>()).filter(|part| part.starts_with("http")).collect();
    if found.is_empty() && value.starts_with("http") {
        found.push(value.split_whitespace().collect());
    }
    found
}

/// The name of a mailing list (RFC 2919): its description, or the list's own id.
fn list_name(value: &str) -> Option<String> {
    let (description, id) = value.split_once('<').unwrap_or(("", value));
    let description = text::one_line(description.trim().trim_matches('"'));
    let id = id.trim_end_matches('>').trim().to_owned();
    Some(if description.is_empty() { id } else { description }).filter(|name| !name.is_empty())
}

fn sender(message: &Message<'_>) -> Option<String> {
    let name = message.from()?.first()?.name()?.trim().trim_matches('"').to_owned();
    (!name.is_empty() && !name.contains('@')).then_some(name)
}
