//! Elements that are one comment each.

use super::super::dom::{NodeId, is_whole_page, selector};
use super::COMMENTS_MAX;
use scraper::{ElementRef, Html};

/// The surest first. The first selector whose elements give comments decides.
const ITEMS: &[&str] = &[
    "[itemtype*=\"schema.org/Comment\"], [itemtype*=\"schema.org/UserComments\"], [itemtype*=\"schema.org/Answer\"]",
    "[typeof~=\"Comment\"], [typeof~=\"schema:Comment\"], [typeof~=\"sioc:Post\"], [typeof~=\"UserComments\"]",
    "[itemprop=\"comment\"]",
    "tr.comtr",
    ".thing.comment",
    "ol.commentlist li, ol.comment-list li, ul.commentlist li, ul.comment-list li",
    "li.comment, li.pingback, li.trackback",
    ".h-cite.u-comment, .p-comment, .u-comment.h-entry",
    "article.comment, div.comment, section.comment, tr.comment",
    "[data-comment-id]",
    "div.comments-body, .comment-entry, .comment-item, .comment-wrap, .comment-box, .commentbox, .commententry",
    "#comments li, #comment-list li, .comments li, #responses li, .comments-list li, .comment-section li",
    "#comments article, #comments > div[id], .comments > article",
];

/// The elements of each selector that finds any, one after the other.
pub(super) fn candidates(page: &Html) -> impl Iterator<Item = Vec<ElementRef<'_>>> {
    ITEMS.iter().filter_map(|css| {
        let selector = selector(css)?;
        let items: Vec<ElementRef<'_>> =
            page.select(&selector).filter(|item| !is_something_else(*item)).take(COMMENTS_MAX).collect();
        (!items.is_empty()).then_some(items)
    })
}

/// Every element that any of the selectors takes for a comment.
pub(super) fn marked(page: &Html) -> impl Iterator<Item = NodeId> {
    ITEMS
        .iter()
        .filter_map(|css| {
            let selector = selector(css)?;
            let found = page.select(&selector).filter(|found| !is_whole_page(*found));
            Some(found.map(|found| found.id()).collect::<Vec<_>>())
        })
        .flatten()
}

/// The form for a new comment, a list of the latest comments in a sidebar, the pages of a long thread.
fn is_something_else(item: ElementRef<'_>) -> bool {
    let value = item.value();
    let own = value.id().is_some_and(|id| id == "respond" || id == "commentform")
        || value
            .classes()
            .any(|class| matches!(class, "comment-respond" | "recentcomments" | "page-item" | "comment-form"));
    own || is_whole_page(item) && value.name() != "article"
}
