//! Where the parts of a comment stand, in the words of many blog engines.

use super::super::dom::{selector, selectors};
use scraper::Selector;
use std::sync::Arc;

/// Who, the surest first.
const NAMES: &[&str] = &[
    "[itemprop=\"author\"] [itemprop=\"name\"], [property=\"author\"] [property=\"name\"], [property=\"schema:name\"]",
    "[itemprop=\"author\"], [itemprop=\"creator\"], [property=\"author\"]",
    ".fn, .p-author, .wp-block-comment-author-name, .comment-author-name, .comment-author-link",
    "cite.user, .hnuser, .tagline .author, .commenter-name, .comment-from, .dsq-comment-header cite",
    ".comment-author, .comment__author, .comment-user, .comment-username, .comment-name, .commenter, .comments-post",
    ".bigusername, .poster h4",
    ".author, .username, .user, .user-name, .nickname, .display-name, .poster, .byline, [rel~=\"author\"]",
    ".comment-footer a, a[href*=\"/profile/\"], a[href*=\"/user/\"], a[href*=\"/users/\"], a[href*=\"/@\"]",
    ".name",
    "cite",
];
/// Who, where only the look of the words tells.
const LOUD_NAMES: &[&str] = &["b, strong, h3, h4, h5, h6, a[href]"];
/// When.
const DATES: &[&str] = &[
    "[itemprop=\"dateCreated\"], [itemprop=\"datePublished\"], [itemprop=\"commentTime\"]",
    "[property=\"dateCreated\"], [property=\"datePublished\"], [property=\"schema:dateCreated\"]",
    "time",
    ".comment-date, .wp-block-comment-date, .comment-metadata, .commentmetadata, .comment-timestamp, .comment-time",
    ".date, .datetime, .timestamp, .time, .dt-published, .published, .post-time, .live-timestamp, .when, .posted, .age, abbr[title]",
    ".comment-meta, .comments-post, .comment-footer, .comment-info, .comment__submitted, .submitted, .comment-header, .meta",
    "td.thead, .keyinfo .smalltext",
    "small",
];
/// What was said. Of two that match, the inner one counts.
const BODIES: &[&str] = &[
    "[itemprop=\"text\"], [itemprop=\"commentText\"], [property=\"text\"], [property=\"commentText\"], [property~=\"schema:text\"]",
    ".dsq-comment-message, .commtext, .usertext-body .md, .field--name-comment-body, .wp-block-comment-content",
    ".comment-content .comment-body, .comment-body .comment-content, .comment-body-inner, .bbWrapper, .postbody .content",
    ".comment-content, .comment__content, .comment-text, .comment_text, .commenttext, .comment-message, .comment-copy",
    ".comment__body, .comment__text, .comment-bodytext, .p-content, .e-content, .postcontent, [id^=\"post_message_\"], .post .inner",
];
/// The same, where the box often holds name and date too.
const LOOSE_BODIES: &[&str] = &[".comment-body, .comment_body, .commentbody, .comment-block, .commentary, .body"];
/// Parts of a comment that are not what was said.
const FURNITURE: &str = ".reply, .comment-reply, .comment-reply-link, .comment-reply-to, .comment-reply-login, .reply-link, \
    .comment-edit-link, .edit-link, .comment-meta, .commentmetadata, .comment-metadata, .comment-author, .vcard, .says, .avatar, \
    .comment-actions, .comments-post, .comment-header, .comment-footer, .comment-from, .comment-date, .comment__meta, .dsq-comment-header, \
    .comment-awaiting-moderation, .vote, .votes, .votelinks, .likes, .post-likes, .share, .controls, .actions, .permalink, \
    .flat-list, .tagline, .comhead, .navs, .ind, .crawler-post-meta, .signature, .numchildren, .thread-toggle, .in-reply-to, \
    .screen-reader-text, .visually-hidden, .sr-only, .wp-block-comment-author-name, .wp-block-comment-date, \
    .wp-block-comment-reply-link, .wp-block-comment-edit-link, script, style, template, button, textarea, time, \
    [itemprop=\"author\"], [itemprop=\"dateCreated\"], [itemprop=\"datePublished\"], [itemprop=\"interactionStatistic\"], \
    [property=\"author\"], [property=\"dateCreated\"], [property=\"datePublished\"], \
    .message-signature, .message-attribution, .bbCodeBlock--quote, .bbcode_quote, .quoteheader, .bbc_standard_quote, \
    .quotefooter, .moderatorbar, [id^=\"post_message_\"] > div > .smallfont, [id^=\"post_message_\"] > div > table";

/// The selectors, compiled once for a page.
pub(super) struct Parts {
    pub names: Vec<Arc<Selector>>,
    pub loud_names: Vec<Arc<Selector>>,
    pub dates: Vec<Arc<Selector>>,
    pub bodies: Vec<Arc<Selector>>,
    pub loose_bodies: Vec<Arc<Selector>>,
    pub furniture: Option<Arc<Selector>>,
}

impl Parts {
    pub fn compiled() -> Self {
        Self {
            names: selectors(NAMES),
            loud_names: selectors(LOUD_NAMES),
            dates: selectors(DATES),
            bodies: selectors(BODIES),
            loose_bodies: selectors(LOOSE_BODIES),
            furniture: selector(FURNITURE),
        }
    }
}
