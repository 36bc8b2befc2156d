//! Walks a feed document from front to back and gathers what its elements say.

use super::ENTRIES_MAX;
use super::names::{Field, Ns, field, split};
use super::raw::{RawEntry, RawFeed};
use super::xml::{Attributes, Tag, Token, Tokens};
use crate::crawl::entities::{Oddities, Rules, decode_noting};
use std::sync::Arc;
use url::Url;

/// How often the reader goes back into an element that turned out to be unclosed; each time costs a second look.
const REWINDS_MAX: u32 = 16;
/// How many links, media and categories of one entry are kept.
pub(super) const PER_ENTRY_MAX: usize = 256;

pub(super) struct Reader<'a> {
    pub tokens: Tokens<'a>,
    /// Prefixes in scope, innermost last.
    scope: Vec<(&'a str, Ns)>,
    /// Names, as written, of the wrappers and the entry that are open.
    pub containers: Vec<&'a str>,
    pub base: Option<Arc<Url>>,
    /// A prefix was used that nobody declared.
    pub undeclared: bool,
    rewinds: u32,
}

/// What to put back when an element ends.
pub(super) struct Mark {
    scope: usize,
    base: Option<Option<Arc<Url>>>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, base: Option<Arc<Url>>) -> Self {
        let scope = Vec::new();
        Self { tokens: Tokens::new(text), scope, containers: Vec::new(), base, undeclared: false, rewinds: 0 }
    }

    /// Takes an element's namespace declarations and `xml:base` into account.
    pub fn enter(&mut self, tag: &Tag<'a>) -> Mark {
        let mut mark = Mark { scope: self.scope.len(), base: None };
        if !tag.attributes.contains("xml") {
            return mark;
        }
        for (name, value) in Attributes(tag.attributes) {
            if let Some(rest) = name.strip_prefix("xmlns") {
                let prefix = rest.strip_prefix(':').unwrap_or("");
                // An unknown default namespace is some dialect's own: its elements are read as core ones.
                let other = if prefix.is_empty() { Ns::Core } else { Ns::of_prefix(prefix) };
                self.scope.push((prefix, Ns::of_uri(value).unwrap_or(other)));
            } else if name == "xml:base" {
                let value = self.decode(value);
                let joined = match &self.base {
                    Some(base) => base.join(value.trim()).ok(),
                    None => Url::parse(value.trim()).ok(),
                };
                let joined = joined.filter(|url| matches!(url.scheme(), "http" | "https")).map(Arc::new);
                if joined.is_some() {
                    mark.base = Some(std::mem::replace(&mut self.base, joined));
                }
            }
        }
        mark
    }

    pub fn leave(&mut self, mark: Mark) {
        self.scope.truncate(mark.scope);
        if let Some(base) = mark.base {
            self.base = base;
        }
    }

    pub fn ns(&mut self, prefix: &str) -> Ns {
        match self.scope.iter().rev().find(|(known, _)| *known == prefix) {
            Some((_, ns)) => *ns,
            None => {
                self.undeclared |= !prefix.is_empty() && prefix != "xml";
                Ns::of_prefix(prefix)
            }
        }
    }

    pub fn field(&mut self, tag: &Tag<'a>) -> Field {
        let (prefix, local) = split(tag.name);
        let ns = self.ns(prefix);
        field(ns, local)
    }

    /// Decodes character references, once.
    pub fn decode(&mut self, raw: &'a str) -> std::borrow::Cow<'a, str> {
        let mut odd = Oddities::default();
        let entities = &self.tokens.entities;
        let declared = |name: &str| {
            let (_, value) = entities.iter().find(|(known, _)| *known == name)?;
            Some(crate::crawl::entities::decode(value, Rules::Xml).into_owned())
        };
        let text = decode_noting(raw, Rules::Xml, &declared, &mut odd);
        self.tokens.damage.bare_ampersand |= odd.bare;
        self.tokens.damage.html_entity |= odd.html_name;
        text
    }

    /// The decoded, trimmed value of an attribute.
    pub fn attribute(&mut self, tag: &Tag<'a>, name: &str) -> Option<String> {
        let raw = tag.raw(name)?;
        Some(self.decode(raw).trim().to_owned())
    }

    /// Whether an end tag belongs to something further out than the element being read.
    pub fn closes_outer(&self, name: &str) -> bool {
        self.containers.iter().rev().any(|open| open.eq_ignore_ascii_case(name))
    }

    /// Whether a start tag begins the next entry, so that whatever is open was never closed.
    pub fn begins_entry(&mut self, tag: &Tag<'a>) -> bool {
        let (_, local) = split(tag.name);
        (local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")) && self.field(tag) == Field::Entry
    }

    /// Passes over an element with everything in it; one that is never closed counts as its start tag alone.
    pub fn skip(&mut self, tag: &Tag<'a>) {
        if tag.empty {
            return;
        }
        let start = self.tokens.at;
        let mut open = 1u32;
        loop {
            let before = self.tokens.at;
            match self.tokens.next() {
                Some(Token::Start(inner)) if inner.name == tag.name && !inner.empty => open += 1,
                Some(Token::Start(inner)) if self.begins_entry(&inner) => return self.unclosed(start, before),
                Some(Token::End(name)) if name == tag.name => {
                    open -= 1;
                    if open == 0 {
                        return;
                    }
                }
                Some(Token::End(name)) if self.closes_outer(name) => return self.unclosed(start, before),
                Some(_) => {}
                None => return self.unclosed(start, self.tokens.at),
            }
        }
    }

    fn unclosed(&mut self, start: usize, here: usize) {
        self.tokens.damage.unclosed_tag = true;
        self.rewinds += 1;
        self.tokens.at = if self.rewinds <= REWINDS_MAX { start } else { here };
    }

    /// Reads everything up to the end of the document.
    pub fn read(&mut self, root: Tag<'a>, format: &'static str) -> RawFeed {
        let mut feed = RawFeed { format, ..RawFeed::default() };
        let mark = self.enter(&root);
        if self.begins_entry(&root) {
            let entry = self.entry(&root);
            feed.entries.push(entry);
        } else if !root.empty {
            self.containers.push(root.name);
        }
        feed.head.base = self.base.clone();
        let mut marks = Vec::new();
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Start(tag) => {
                    let inner = self.enter(&tag);
                    match self.field(&tag) {
                        Field::Wrapper => {
                            feed.head.base = self.base.clone();
                            if !tag.empty {
                                self.containers.push(tag.name);
                                marks.push(inner);
                                continue;
                            }
                        }
                        Field::Entry => {
                            let entry = self.entry(&tag);
                            // Counted on, not kept: a document of empty entries must not grow a hundredfold.
                            if feed.entries.len() < ENTRIES_MAX { feed.entries.push(entry) } else { feed.dropped += 1 }
                        }
                        field => self.feed_field(field, &tag, &mut feed),
                    }
                    self.leave(inner);
                }
                Token::End(name) => match self.containers.iter().rposition(|open| open.eq_ignore_ascii_case(name)) {
                    Some(at) => {
                        self.tokens.damage.unclosed_tag |= at + 1 != self.containers.len();
                        self.containers.truncate(at);
                        while marks.len() > at.saturating_sub(1)
                            && let Some(inner) = marks.pop()
                        {
                            self.leave(inner);
                        }
                    }
                    None => self.tokens.damage.stray_end = true,
                },
                Token::Text(_) | Token::Cdata(_) => {}
            }
        }
        self.tokens.damage.truncated |= !self.containers.is_empty();
        self.leave(mark);
        feed
    }

    /// Reads one entry, up to its end tag or to whatever shows that it has ended without one.
    pub fn entry(&mut self, tag: &Tag<'a>) -> RawEntry {
        let mut entry = RawEntry { base: self.base.clone(), ..RawEntry::default() };
        entry.id = self.attribute(tag, "rdf:about").filter(|about| !about.is_empty());
        if tag.empty {
            return entry;
        }
        self.containers.push(tag.name);
        let depth = self.containers.len();
        loop {
            let before = self.tokens.at;
            match self.tokens.next() {
                Some(Token::Start(inner)) => {
                    let mark = self.enter(&inner);
                    let field = self.field(&inner);
                    if matches!(field, Field::Entry | Field::Wrapper) {
                        self.leave(mark);
                        self.tokens.damage.unclosed_tag = true;
                        self.tokens.at = before;
                        break;
                    }
                    self.entry_field(field, &inner, &mut entry);
                    self.leave(mark);
                }
                Some(Token::End(name)) if name.eq_ignore_ascii_case(tag.name) => break,
                Some(Token::End(name))
                    if self.containers[..depth - 1].iter().any(|open| open.eq_ignore_ascii_case(name)) =>
                {
                    self.tokens.damage.unclosed_tag = true;
                    self.tokens.at = before;
                    break;
                }
                // The end of a group, or a stray one.
                Some(Token::End(name)) => self.tokens.damage.stray_end |= split(name).1 != "group",
                Some(Token::Text(_) | Token::Cdata(_)) => {}
                None => {
                    self.tokens.damage.truncated = true;
                    break;
                }
            }
        }
        self.containers.truncate(depth - 1);
        entry
    }
}
