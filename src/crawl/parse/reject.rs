//! Tells what a document is that is no feed.

use super::feed::NotAFeed;
use crate::crawl::text;
use memchr::memmem;

/// How much of a page is looked at, in bytes.
const LOOK_BYTES_MAX: usize = 64 * 1024;

/// Why the document has no feed in it.
pub(super) fn why(document: &str) -> NotAFeed {
    let (head, lower) = beginning(document);
    let has = |part: &str| memmem::find(lower.as_bytes(), part.as_bytes()).is_some();
    let title = title(head, &lower);
    if is_challenge(&lower, &title) {
        return NotAFeed::Challenge;
    }
    if has("type=\"password\"") || has("type='password'") || has("type=password") {
        return NotAFeed::LoginPage;
    }
    if has("<html") || has("<!doctype html") || has("<body") || has("<head") {
        return NotAFeed::HtmlPage { title };
    }
    NotAFeed::NoFeed { begins: text::cut(&text::one_line(&head.chars().take(200).collect::<String>()), 60) }
}

/// Whether a page is a bot check.
pub(in crate::crawl) fn is_challenge_page(document: &str) -> bool {
    let (head, lower) = beginning(document);
    is_challenge(&lower, &title(head, &lower))
}

/// The beginning of a document, and the same in lower case.
fn beginning(document: &str) -> (&str, String) {
    let mut end = document.len().min(LOOK_BYTES_MAX);
    while !document.is_char_boundary(end) {
        end -= 1;
    }
    (&document[..end], document[..end].to_ascii_lowercase())
}

/// Whether a page (lower-cased) is a bot check.
fn is_challenge(lower: &str, title: &str) -> bool {
    let title = title.to_lowercase();
    [
        "just a moment",
        "attention required",
        "checking your browser",
        "are you a robot",
        "access denied",
        "security check",
    ]
    .iter()
    .any(|sign| title.starts_with(sign))
        || [
            "cf-challenge",
            "cf_chl_opt",
            "challenge-platform",
            "_incapsula_resource",
            "px-captcha",
            "geo.captcha-delivery",
            "ddos-guard",
            "awswafcookiedomainlist",
        ]
        .iter()
        .any(|sign| memmem::find(lower.as_bytes(), sign.as_bytes()).is_some())
}

fn title(head: &str, lower: &str) -> String {
    let found = || {
        let open = lower.find("<title")?;
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find("</title")?;
        Some(text::cut(&text::line(&head[start..end]), 100))
    };
    found().unwrap_or_default()
}
