//! One feed document to a [`Feed`]: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed; repaired where it is broken.
//!
//! One pass reads well-formed and broken documents alike and notes what strict XML would have refused, so a good
//! feed costs nothing for the bad ones.

mod feed;
mod fields;
mod finish;
mod inner;
mod json;
mod names;
mod notes;
mod raw;
mod reader;
mod reject;
mod title;
mod xml;

pub use feed::{Feed, FeedEntry, Markup, NotAFeed};
pub(in crate::crawl) use fields::person_name;
pub(in crate::crawl) use reject::is_challenge_page as is_challenge;
pub(in crate::crawl) use title::of_text as title_of;

use super::decode::{Syntax, decode};
use jiff::Timestamp;
use names::{Field, Ns, split};
use reader::Reader;
use std::sync::Arc;
use url::Url;
use xml::Token;

/// More entries than this are not kept of one document.
pub const ENTRIES_MAX: usize = 2_000;
/// How many elements are looked at for the one that makes a document a feed.
const ROOT_SEARCH_MAX: usize = 64;

/// Reads a feed document. `content_type` is the HTTP header, `base` the address it came from, and dates after `now`
/// are moved back to it.
///
/// # Errors
/// [`NotAFeed`] where there is no feed in it: nothing, a page, a login, a challenge.
pub fn parse(bytes: &[u8], content_type: Option<&str>, base: Option<&Url>, now: Timestamp) -> Result<Feed, NotAFeed> {
    let decoded = decode(bytes, content_type, Syntax::Xml);
    let text = decoded.text.as_ref();
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if start.is_empty() {
        return Err(NotAFeed::Empty);
    }
    let base = base.cloned().map(Arc::new);
    if start.starts_with(['{', '[']) {
        return json::parse(start, base, now, decoded.notes);
    }
    let mut reader = Reader::new(text, base);
    let Some((root, format)) = find_root(&mut reader) else { return Err(reject::why(text)) };
    let declared = root.raw("xml:lang").map(str::trim).filter(|lang| !lang.is_empty()).map(str::to_owned);
    let mut raw = reader.read(root, format);
    raw.language = raw.language.or(declared);
    let mut notes = decoded.notes;
    notes.extend(notes::of_damage(&reader.tokens.damage, reader.undeclared));
    Ok(finish::finish(raw, notes, now))
}

/// The first element that makes the document a feed, and the format that it says.
fn find_root<'a>(reader: &mut Reader<'a>) -> Option<(xml::Tag<'a>, &'static str)> {
    let mut seen = 0;
    while let Some(token) = reader.tokens.next() {
        let Token::Start(tag) = token else { continue };
        let (_, local) = split(tag.name);
        if local.eq_ignore_ascii_case("html") {
            return None;
        }
        let mark = reader.enter(&tag);
        let field = reader.field(&tag);
        reader.leave(mark);
        if matches!(field, Field::Wrapper | Field::Entry) {
            return Some((tag, format_of(&tag, reader.tokens.netscape)));
        }
        seen += 1;
        if seen > ROOT_SEARCH_MAX {
            return None;
        }
    }
    None
}

fn format_of(tag: &xml::Tag<'_>, netscape: bool) -> &'static str {
    let (prefix, local) = split(tag.name);
    let version = tag.raw("version").unwrap_or("").trim();
    let own = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
    let namespace = tag.raw(&own).unwrap_or("");
    match local.to_ascii_lowercase().as_str() {
        "feed" | "entry" => match (version, namespace) {
            ("0.1", _) => "atom01",
            ("0.2", _) => "atom02",
            ("0.3", _) => "atom03",
            (_, uri) if uri.contains("purl.org/atom") => "atom03",
            (_, uri) if uri.contains("2005/Atom") || version == "1.0" => "atom10",
            _ => "atom",
        },
        "rdf" => {
            let core = xml::Attributes(tag.attributes).find_map(|(name, uri)| {
                (name.starts_with("xmlns") && Ns::of_uri(uri) == Some(Ns::Core)).then_some(uri)
            });
            if core.is_some_and(|uri| uri.contains("netscape.com")) { "rss090" } else { "rss10" }
        }
        _ => match version {
            "0.90" => "rss090",
            "0.91" if netscape => "rss091n",
            "0.91" => "rss091u",
            "0.92" => "rss092",
            "0.93" => "rss093",
            "0.94" => "rss094",
            "1.0" => "rss10",
            version if version.starts_with('2') => "rss20",
            _ => "rss",
        },
    }
}
