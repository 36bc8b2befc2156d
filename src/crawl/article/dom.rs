//! Small helpers over a parsed page.

use crate::crawl::entities::{escape, escape_attribute};
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;
use std::fmt::Write as _;

/// Identifies a node of one page.
pub(super) type NodeId = ego_tree::NodeId;

/// A selector that this program wrote itself; one that does not parse matches nothing, and a test says so.
pub(super) fn selector(css: &str) -> Option<Selector> {
    Selector::parse(css).ok()
}

/// The first element that matches any of the selectors, in their order.
pub(super) fn first<'a>(page: &'a Html, selectors: &[&str]) -> Option<ElementRef<'a>> {
    selectors.iter().find_map(|css| page.select(&selector(css)?).next())
}

/// The selectors of a list, compiled.
pub(super) fn selectors(list: &[&str]) -> Vec<Selector> {
    list.iter().filter_map(|css| selector(css)).collect()
}

/// The first element inside another that matches any of the selectors, in their order, and is not skipped.
pub(super) fn first_in<'a>(
    element: ElementRef<'a>,
    selectors: &[Selector],
    skip: &HashSet<NodeId>,
) -> Option<ElementRef<'a>> {
    selectors.iter().find_map(|css| element.select(css).find(|found| !is_inside(*found, element, skip)))
}

/// Whether an element stands inside (or is) a skipped one, below `top`.
pub(super) fn is_inside(element: ElementRef<'_>, top: ElementRef<'_>, skip: &HashSet<NodeId>) -> bool {
    if skip.contains(&element.id()) {
        return true;
    }
    element.ancestors().take_while(|node| node.id() != top.id()).any(|node| skip.contains(&node.id()))
}

/// The text of an element on one line.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    crate::crawl::text::one_line(&element.text().collect::<Vec<_>>().join(" "))
}

/// An element's content as HTML, without the skipped nodes.
pub(super) fn html_without(element: ElementRef<'_>, skip: &HashSet<NodeId>) -> String {
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
