use super::view::MailView;
use askama::Template;
use css_inline::{CSSInliner, InlineOptions};

#[derive(Template)]
#[template(path = "mail/digest.html")]
struct Page<'a> {
    subject: &'a str,
    view: &'a MailView,
}

/// The HTML part: the template with its styles written into the tags, because many mail programs drop the head.
pub(super) fn write(view: &MailView, subject: &str) -> String {
    // A template over plain values fails only where a value's Display fails, and none of these does.
    let page = Page { subject, view }.render().unwrap_or_default();
    let inliner = CSSInliner::new(InlineOptions {
        keep_style_tags: false,
        keep_at_rules: true,
        load_remote_stylesheets: false,
        ..InlineOptions::default()
    });
    // Styles of our own that were parsed in tests; the page reads well without inlining too.
    inliner.inline(&page).unwrap_or(page)
}
