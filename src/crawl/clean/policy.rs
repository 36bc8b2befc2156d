//! What may stay: elements and attributes. No svg, no math, no forms, no frames, no media that plays.

use std::collections::{HashMap, HashSet};

/// How an element takes part in the nesting of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ends an open paragraph when it begins.
    Block,
    /// An item of a list; begins only directly inside one.
    Item,
    Inline,
    /// Has no content.
    Void,
    /// Kept, but its nesting rules are left to a real parser.
    Intricate,
}

/// Elements that stay, sorted into kinds.
const ELEMENTS: &[(&str, Kind)] = &[
    ("p", Kind::Block),
    ("a", Kind::Inline),
    ("br", Kind::Void),
    ("strong", Kind::Inline),
    ("em", Kind::Inline),
    ("li", Kind::Item),
    ("div", Kind::Block),
    ("span", Kind::Inline),
    ("img", Kind::Void),
    ("b", Kind::Inline),
    ("i", Kind::Inline),
    ("ul", Kind::Block),
    ("ol", Kind::Block),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("h5", Kind::Block),
    ("h6", Kind::Block),
    ("blockquote", Kind::Block),
    ("pre", Kind::Block),
    ("code", Kind::Inline),
    ("hr", Kind::Void),
    ("figure", Kind::Block),
    ("figcaption", Kind::Block),
    ("u", Kind::Inline),
    ("s", Kind::Inline),
    ("sub", Kind::Inline),
    ("sup", Kind::Inline),
    ("small", Kind::Inline),
    ("del", Kind::Inline),
    ("ins", Kind::Inline),
    ("mark", Kind::Inline),
    ("q", Kind::Inline),
    ("cite", Kind::Inline),
    ("abbr", Kind::Inline),
    ("kbd", Kind::Inline),
    ("samp", Kind::Inline),
    ("var", Kind::Inline),
    ("time", Kind::Inline),
    ("tt", Kind::Inline),
    ("strike", Kind::Inline),
    ("acronym", Kind::Inline),
    ("dfn", Kind::Inline),
    ("section", Kind::Block),
    ("article", Kind::Block),
    ("aside", Kind::Block),
    ("header", Kind::Block),
    ("footer", Kind::Block),
    ("center", Kind::Block),
    ("details", Kind::Intricate),
    ("summary", Kind::Intricate),
    ("table", Kind::Intricate),
    ("thead", Kind::Intricate),
    ("tbody", Kind::Intricate),
    ("tfoot", Kind::Intricate),
    ("tr", Kind::Intricate),
    ("td", Kind::Intricate),
    ("th", Kind::Intricate),
    ("caption", Kind::Intricate),
    ("col", Kind::Intricate),
    ("colgroup", Kind::Intricate),
    ("dl", Kind::Intricate),
    ("dt", Kind::Intricate),
    ("dd", Kind::Intricate),
    ("bdi", Kind::Intricate),
    ("bdo", Kind::Intricate),
    ("ruby", Kind::Intricate),
    ("rt", Kind::Intricate),
    ("rp", Kind::Intricate),
    ("wbr", Kind::Void),
    ("nav", Kind::Block),
];

/// Elements that go with everything inside them.
pub(super) const SILENT: &[&str] = &[
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "applet",
    "svg",
    "math",
    "template",
    "noscript",
    "noembed",
    "noframes",
    "textarea",
    "select",
    "title",
    "xmp",
    "plaintext",
    "frameset",
    "audio",
    "video",
    "canvas",
    "head",
];

/// Attributes that stay on every element.
pub(super) const GENERIC_ATTRIBUTES: &[&str] = &["lang", "dir", "title"];

/// The kind of an element that stays; none for one that goes.
pub(super) fn kind(name: &str) -> Option<Kind> {
    ELEMENTS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

pub(super) fn elements() -> impl Iterator<Item = &'static str> {
    ELEMENTS.iter().map(|(name, _)| *name)
}

/// Attributes that stay on some elements.
pub(super) fn own_attributes(name: &str) -> &'static [&'static str] {
    match name {
        "a" => &["href"],
        "img" => &["src", "alt", "width", "height"],
        "ol" => &["start", "reversed"],
        "time" => &["datetime"],
        "td" | "th" => &["colspan", "rowspan", "align"],
        "col" | "colgroup" => &["span"],
        "details" => &["open"],
        _ => &[],
    }
}

pub(super) fn attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    elements().map(|name| (name, own_attributes(name).iter().copied().collect())).collect()
}
