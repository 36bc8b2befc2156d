//! The comments on a page: marked up by a standard, by a blog engine or a forum, or only by a heading and a list.

mod forum;
mod items;
mod lists;
mod one;
mod parents;
mod parts;
mod structured;

use super::PageComment;
use super::dom::{NodeId, is_whole_page, selector};
use jiff::Timestamp;
use one::Item;
use parents::Parents;
use parts::Parts;
use scraper::{ElementRef, Html};
use serde_json::Value;
use std::collections::HashSet;
use url::Url;

/// More comments than this are not kept of one page.
const COMMENTS_MAX: usize = 1_000;

/// Boxes around comments and around the form for new ones: never part of an article.
const BOXES: &str = "#comments, .comments-area, #respond, .comment-respond, #disqus_thread, .comments, .comments-page, \
    #discussion, .wp-block-comments, .squarespace-comments, .blog-comments, .commentarea, .comment-tree, .comment-wrapper, \
    .comments-wrapper, .article-comments, .comments-teaser, .fb-comments, #livefyre-comments, .comment-form, #comment-form, \
    #comments-listing, #responses, .comment-section, #comment-section, .comments-section, .comment-list, .commentlist";

/// What a page shows of comments.
#[derive(Default)]
pub(super) struct Found {
    /// In reading order, with their parents.
    pub comments: Vec<PageComment>,
    /// Nodes that are comments or hold them: not part of the article.
    pub places: HashSet<NodeId>,
    /// A thread's first message, where the page is a forum's.
    pub opening: Option<Opening>,
}

/// The message that opens a thread.
pub(super) struct Opening {
    /// Its text.
    pub text: NodeId,
    /// Who wrote it.
    pub mentor: Option<String>,
    /// When.
    pub published_at: Option<Timestamp>,
}

/// Finds the comments of a page; `things` are its pieces of JSON-LD.
pub(super) fn find(page: &Html, things: &[Value], base: &Url, now: Timestamp) -> Found {
    let mut found = Found { places: places(page), ..Found::default() };
    if let Some(thread) = forum::thread(page) {
        found.places.extend(thread.answers.iter().map(|answer| answer.id()));
        let first = read(&[thread.opening], base, now).into_iter().next();
        let (mentor, published_at) = first.map_or((None, None), |first| (first.mentor, first.published_at));
        found.opening = Some(Opening { text: thread.text, mentor, published_at });
        found.comments = read(&thread.answers, base, now);
        return found;
    }
    for items in items::candidates(page) {
        found.comments = read(&items, base, now);
        if !found.comments.is_empty() {
            return found;
        }
    }
    let pairs = lists::definitions(page);
    found.places.extend(pairs.iter().flat_map(|pair| pair.iter().map(|part| part.id())));
    found.comments = one::of_pairs(&pairs, base, now);
    if found.comments.is_empty() {
        let items = lists::plain(page);
        found.places.extend(items.iter().map(|item| item.id()));
        found.comments = read(&items, base, now);
    }
    if found.comments.is_empty() {
        found.comments = structured::comments(things, base, now);
    }
    found
}

/// Items by a selector of the team's own (`comments:` of a page source).
pub(super) fn find_by(page: &Html, own: &scraper::Selector, base: &Url, now: Timestamp) -> Vec<PageComment> {
    let items: Vec<ElementRef<'_>> = page.select(own).take(COMMENTS_MAX).collect();
    read(&items, base, now)
}

fn places(page: &Html) -> HashSet<NodeId> {
    let boxes = selector(BOXES);
    let boxes = boxes.iter().flat_map(|boxes| page.select(boxes)).filter(|found| !is_whole_page(*found));
    items::marked(page).chain(boxes.map(|found| found.id())).collect()
}

fn read(items: &[ElementRef<'_>], base: &Url, now: Timestamp) -> Vec<PageComment> {
    let all: HashSet<NodeId> = items.iter().map(|item| item.id()).collect();
    let parts = Parts::compiled();
    let mut parents = Parents::default();
    let mut found: Vec<PageComment> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let own = Item::new(*item, &all);
        let Some(mut comment) = one::read(&own, &parts, base, now) else { continue };
        if comment.id.is_empty() || found.iter().rev().take(20).any(|known| known.id == comment.id) {
            comment.id = format!("place-{}", at + 1);
        }
        comment.parent_id = parents.of(&own, &comment.id);
        found.push(comment);
    }
    found
}
