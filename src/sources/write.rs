//! Sources back to YAML, without touching what a person wrote around them.

use crate::model::{Audience, CommentsFrom, Source};
use std::fmt::Write as _;

/// One entry of `sources:`, at the left edge. Strings are written as JSON, which is YAML too.
pub fn entry(source: &Source) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: String| {
        let lead = if text.is_empty() { "- " } else { "  " };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{lead}{key}: {value}");
    };
    line("id", source.id.to_string());
    line("name", quoted(&source.name));
    line("kind", source.kind.as_str().to_owned());
    line("url", quoted(&source.url));
    line("mentor_role", source.mentor_role.as_str().to_owned());
    if !source.stages.is_empty() {
        let stages: Vec<_> = source.stages.iter().map(|stage| stage.as_str()).collect();
        line("stages", format!("[{}]", stages.join(", ")));
    }
    line("trust", source.trust.to_string());
    match &source.comments {
        CommentsFrom::Auto => {}
        CommentsFrom::Off => line("comments", "\"off\"".to_owned()),
        CommentsFrom::Url(url) => line("comments", quoted(url)),
    }
    if !source.full_text {
        line("full_text", "false".to_owned());
    }
    if source.check_every_s != 3_600 {
        line("check_every", format!("{}s", source.check_every_s));
    }
    if source.audience != Audience::Everyone {
        line("audience", quoted(&source.audience.to_string()));
    }
    match source.allow_net.as_slice() {
        [] => {}
        ranges => {
            let ranges: Vec<_> = ranges.iter().map(|range| quoted(&range.to_string())).collect();
            line("allow_net", format!("[{}]", ranges.join(", ")));
        }
    }
    if source.paused {
        line("paused", "true".to_owned());
    }
    if let Some(group) = &source.rate_group {
        line("rate_group", quoted(group));
    }
    if let Some(selectors) = &source.selectors {
        let parts = [
            ("items", Some(&selectors.items)),
            ("link", selectors.link.as_ref()),
            ("title", selectors.title.as_ref()),
            ("date", selectors.date.as_ref()),
            ("content", selectors.content.as_ref()),
            ("comments", selectors.comments.as_ref()),
        ];
        let parts: Vec<_> =
            parts.into_iter().filter_map(|(key, part)| Some(format!("{key}: {}", quoted(part?)))).collect();
        line("selectors", format!("{{ {} }}", parts.join(", ")));
    }
    text
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
