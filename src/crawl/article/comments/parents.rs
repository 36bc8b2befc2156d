//! Which comment answers which: by nesting, by a box beside it, by depth, or by a link.

use super::super::dom::{NodeId, text_of};
use super::one::Item;
use scraper::ElementRef;
use std::collections::HashMap;

/// Classes of boxes that stand behind a comment and hold its answers.
const BESIDE: &[&str] = &[
    "indented",
    "children",
    "replies",
    "child-comments",
    "comment-replies",
    "thread-children",
    "nested",
    "sub-comments",
    "answers",
];
/// Beginnings of classes that number the depth.
const DEPTHS: &[&str] =
    &["depth-", "comment-depth-", "level-", "comment-level-", "indent-", "lvl", "nesting-level-", "thread-depth-"];
/// How links to what is answered begin.
const ANSWERS: &[&str] = &[
    "in reply to",
    "replying to",
    "reply to ",
    "in response to",
    "als antwort auf",
    "antwort auf",
    "en réponse à",
    "en respuesta a",
];

/// The comments met so far.
#[derive(Default)]
pub(super) struct Parents {
    ids: HashMap<NodeId, String>,
    /// In flat lists the last comment of each lesser depth is the parent.
    at_depth: Vec<(u32, String)>,
    known: HashMap<String, String>,
}

impl Parents {
    /// The parent of the next comment in reading order, which is known as `id` from now on.
    pub fn of(&mut self, item: &Item<'_>, id: &str) -> Option<String> {
        let depth = depth_of(item);
        let by_depth = depth.and_then(|depth| {
            self.at_depth.retain(|(known, _)| *known < depth);
            self.at_depth.last().map(|(_, id)| id.clone())
        });
        let parent =
            self.named(item).or_else(|| self.around(item.element)).or_else(|| self.beside(item.element)).or(by_depth);
        match depth {
            Some(depth) => self.at_depth.push((depth, id.to_owned())),
            // Flat lists often mark the answers alone.
            None => self.at_depth = vec![(0, id.to_owned())],
        }
        self.ids.insert(item.element.id(), id.to_owned());
        self.known.insert(id.to_owned(), id.to_owned());
        for name in item.names() {
            self.known.entry(name).or_insert_with(|| id.to_owned());
        }
        parent
    }

    /// The comment that the item's own attributes or its link name.
    fn named(&self, item: &Item<'_>) -> Option<String> {
        let value = item.element.value();
        let given = ["data-parent-id", "data-parent", "data-parent-comment-id", "data-reply-to", "data-in-reply-to"]
            .iter()
            .find_map(|name| value.attr(name));
        let linked = || {
            item.links().find_map(|link| {
                let anchor = link.value().attr("href")?.rsplit_once('#')?.1;
                is_answer_link(link).then_some(anchor)
            })
        };
        let wanted = given.or_else(|| item.parent_item()).or_else(linked)?;
        let wanted = wanted.rsplit('#').next().unwrap_or(wanted);
        let spelled =
            [wanted.to_owned(), format!("comment-{wanted}"), format!("c{wanted}"), format!("comment{wanted}")];
        spelled.iter().find_map(|name| self.known.get(name).cloned())
    }

    fn around(&self, item: ElementRef<'_>) -> Option<String> {
        item.ancestors().find_map(|node| self.ids.get(&node.id()).cloned())
    }

    /// A box of answers that stands behind its comment, not inside it.
    fn beside(&self, item: ElementRef<'_>) -> Option<String> {
        let nest = item
            .ancestors()
            .filter_map(ElementRef::wrap)
            .find(|element| element.value().classes().any(|class| BESIDE.contains(&class)))?;
        let before = nest
            .prev_siblings()
            .filter_map(ElementRef::wrap)
            .find(|sibling| !sibling.value().classes().any(|class| BESIDE.contains(&class)))?;
        let inside = before.descendants().filter_map(|node| self.ids.get(&node.id())).next();
        inside.cloned()
    }
}

fn depth_of(item: &Item<'_>) -> Option<u32> {
    let value = item.element.value();
    let digits = |text: &str| text.parse::<u32>().ok();
    let class = value.classes().find_map(|class| DEPTHS.iter().find_map(|start| digits(class.strip_prefix(start)?)));
    let data = || {
        ["data-depth", "data-level", "data-indent", "aria-level", "indent"]
            .iter()
            .find_map(|name| digits(value.attr(name)?))
    };
    class.or_else(data).or_else(|| margin_of(value.attr("style")?)).or_else(|| item.indent())
}

/// `margin-left: 40px` of a flat list, in whatever unit.
fn margin_of(style: &str) -> Option<u32> {
    let (_, after) = style.split_once("margin-left").or_else(|| style.split_once("padding-left"))?;
    let number: String =
        after.trim_start_matches([':', ' ']).chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.split('.').next()?.parse().ok()
}

/// Whether a link points at the comment that this one answers.
pub(super) fn is_answer_link(link: ElementRef<'_>) -> bool {
    let value = link.value();
    let marked = value
        .classes()
        .any(|class| matches!(class, "in-reply-to" | "u-in-reply-to" | "reply-to" | "comment-parent" | "parent-link"))
        || value.attr("rel").is_some_and(|rel| rel.contains("in-reply-to"));
    marked || {
        let text = text_of(link).to_lowercase();
        let before = link.parent().and_then(ElementRef::wrap).map(text_of).unwrap_or_default().to_lowercase();
        ANSWERS.iter().any(|start| text.starts_with(start) || before.starts_with(start) && before.len() < 80)
    }
}
