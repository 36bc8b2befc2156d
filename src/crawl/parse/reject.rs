//! Tells what a document is that is no feed.

use super::feed::NotAFeed;
use crate::crawl::text;
use memchr::memmem;

/// How much of a page is looked at, in bytes.
const LOOK_BYTES_MAX: usize = 64 * 1024;

/// Why the document has no feed in it.
pub(super) fn why(document: &str) -> NotAFeed {
    let end = document.char_indices().map(|(at, _)| at).take_while(|at| *at <= LOOK_BYTES_MAX).last().unwrap_or(0);
    let head = if document.len() <= LOOK_BYTES_MAX { document } else { &document[..end] };
    let lower = head.to_ascii_lowercase();
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
