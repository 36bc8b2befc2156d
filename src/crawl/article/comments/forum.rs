//! Threads of forums: the first message is the post, the others answer it.

use super::super::dom::{NodeId, selector};
use super::COMMENTS_MAX;
use scraper::{ElementRef, Html};

/// Messages of a kind of forum, and where in them the text stands: phpBB, XenForo, vBulletin, Simple Machines.
const KINDS: &[(&str, &str)] = &[
    ("div.post[id^=\"p\"].has-profile, div.post[id^=\"p\"].bg1, div.post[id^=\"p\"].bg2", ".content"),
    ("article.message--post, article.message", ".message-body .bbWrapper, .message-body"),
    ("li.postcontainer, li.postbit, table[id^=\"post\"].tborder", ".postcontent, [id^=\"post_message_\"]"),
    (".windowbg .post_wrapper, .windowbg2 .post_wrapper", ".post .inner, .post"),
];

/// A thread as a forum shows it.
pub(super) struct Thread<'a> {
    /// The first message.
    pub opening: ElementRef<'a>,
    /// Its text alone.
    pub text: NodeId,
    /// The other messages.
    pub answers: Vec<ElementRef<'a>>,
}

/// The thread of a page; none where the page is no forum's or shows one message only.
pub(super) fn thread(page: &Html) -> Option<Thread<'_>> {
    KINDS.iter().find_map(|(messages, text)| {
        let (messages, text) = (selector(messages)?, selector(text)?);
        let mut messages = page.select(&messages);
        let opening = messages.next()?;
        let opening_text = opening.select(&text).next()?.id();
        let answers: Vec<_> =
            messages.take(COMMENTS_MAX).filter(|answer| answer.select(&text).next().is_some()).collect();
        Some(Thread { opening, text: opening_text, answers })
    })
}
