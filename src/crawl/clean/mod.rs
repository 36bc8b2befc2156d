//! Foreign HTML to HTML that is safe to show: nothing in it runs, navigates by itself or reports home.
//!
//! Most bodies are simple, well-formed markup; one pass understands them and writes anew what it understood. All
//! others go through ammonia first. What would cost a parser more than it is worth is reduced to its text.

mod guard;
mod policy;
mod writer;

pub use guard::is_too_hard;

use super::entities::escape_into;
use std::sync::OnceLock;
use url::Url;
use writer::{Trust, rewrite};

/// Cleans a fragment: an allow-list of elements and attributes, addresses absolute (relative ones without a base are
/// dropped) and free of tracking parameters, counters gone. Cleaning twice changes nothing.
pub fn clean(html: &str, base: Option<&Url>) -> String {
    if !html.bytes().any(|byte| matches!(byte, b'<' | b'>' | b'&')) {
        return html.to_owned();
    }
    if let Some(clean) = rewrite(html, base, Trust::None) {
        return clean;
    }
    if is_too_hard(html) {
        return paragraphs(&super::text::plain(html));
    }
    let parsed = ammonia_builder().clean(html).to_string();
    rewrite(&parsed, base, Trust::Parsed).unwrap_or_else(|| paragraphs(&super::text::plain(html)))
}

/// Plain text as paragraphs of HTML, one for each line.
pub fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str("<p>");
        escape_into(&mut out, line);
        out.push_str("</p>");
    }
    out
}

fn ammonia_builder() -> &'static ammonia::Builder<'static> {
    static BUILDER: OnceLock<ammonia::Builder<'static>> = OnceLock::new();
    BUILDER.get_or_init(|| {
        let mut builder = ammonia::Builder::empty();
        builder
            .tags(policy::elements().collect())
            .clean_content_tags(policy::SILENT.iter().copied().collect())
            .tag_attributes(policy::attributes())
            .generic_attributes(policy::GENERIC_ATTRIBUTES.iter().copied().collect())
            .url_schemes(["http", "https", "mailto"].into_iter().collect())
            // Relative addresses are judged by the pass that follows, which knows the base.
            .url_relative(ammonia::UrlRelative::PassThrough)
            .link_rel(None)
            .strip_comments(true);
        builder
    })
}
