//! Small helpers over a parsed page.

use crate::crawl::entities::{escape, escape_attribute};
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Identifies a node of one page.
pub(in crate::crawl) type NodeId = ego_tree::NodeId;

/// A selector that this program wrote itself, compiled once for all pages; one that does not parse matches nothing.
pub(super) fn selector(css: &str) -> Option<Arc<Selector>> {
    static COMPILED: OnceLock<Mutex<HashMap<String, Option<Arc<Selector>>>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(Mutex::default);
    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = compiled.get(css) {
        return known.clone();
    }
    let selector = Selector::parse(css).ok().map(Arc::new);
    compiled.insert(css.to_owned(), selector.clone());
    selector
}

/// The first element that matches any of the selectors, in their order.
pub(super) fn first<'a>(page: &'a Html, selectors: &[&str]) -> Option<ElementRef<'a>> {
    selectors.iter().find_map(|css| page.select(selector(css)?.as_ref()).next())
}

/// The selectors of a list, compiled.
pub(super) fn selectors(list: &[&str]) -> Vec<Arc<Selector>> {
    list.iter().filter_map(|css| selector(css)).collect()
}

/// Whether an element is the whole page: some themes give such a class to the body itself.
pub(super) fn is_whole_page(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "html" | "body" | "main" | "article")
}

/// The text of an element on one line.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    crate::crawl::text::one_line(&element.text().collect::<Vec<_>>().join(" "))
}

/// An element's content as HTML, without the skipped nodes.
pub(in crate::crawl) fn html_without(element: ElementRef<'_>, skip: &HashSet<NodeId>) -> String {
    let mut out = String::new();
    let mut hidden: Option<NodeId> = None;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                if hidden.is_some() || node.id() == element.id() {
                    continue;
                }
                if skip.contains(&node.id()) {
                    hidden = Some(node.id());
                    continue;
                }
                match node.value() {
                    Node::Text(text) => out.push_str(&escape(text)),
                    Node::Element(tag) => {
                        let _ = write!(out, "<{}", tag.name());
                        for (name, value) in tag.attrs() {
                            let _ = write!(out, " {name}=\"{}\"", escape_attribute(value));
                        }
                        out.push('>');
                    }
                    _ => {}
                }
            }
            ego_tree::iter::Edge::Close(node) => {
                if hidden == Some(node.id()) {
                    hidden = None;
                } else if hidden.is_none()
                    && node.id() != element.id()
                    && let Node::Element(tag) = node.value()
                    && !is_void(tag.name())
                {
                    let _ = write!(out, "</{}>", tag.name());
                }
            }
        }
    }
    out
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "img"
            | "hr"
            | "input"
            | "meta"
            | "link"
            | "area"
            | "base"
            | "col"
            | "embed"
            | "source"
            | "track"
            | "wbr"
            | "param"
    )
}
