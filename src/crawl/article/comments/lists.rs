//! Comments without any markup of their own: lists behind a heading, as blogs wrote them by hand.

use super::super::dom::{selector, text_of};
use super::COMMENTS_MAX;
use scraper::{ElementRef, Html};

/// Headings that open a plain list of comments.
const HEADINGS: &str = "h1, h2, h3, h4, h5, h6, p, strong, dt";
/// The longest such heading, in bytes.
const HEADING_BYTES_MAX: usize = 80;

/// Words that announce comments, in several languages.
const WORDS: &[&str] = &[
    "comment",
    "comments",
    "response",
    "responses",
    "replies",
    "reactions",
    "thoughts",
    "discussion",
    "kommentar",
    "kommentare",
    "antworten",
    "commentaire",
    "commentaires",
    "réactions",
    "comentario",
    "comentarios",
    "comentários",
    "respuestas",
    "commenti",
    "reacties",
    "kommentarer",
    "komentarze",
    "комментарии",
    "コメント",
];
/// Those of them that announce comments even where no number stands with them.
const SURE_WORDS: &[&str] = &[
    "comment",
    "comments",
    "kommentare",
    "commentaires",
    "comentarios",
    "comentários",
    "commenti",
    "reacties",
    "kommentarer",
    "komentarze",
];
/// Words that make it something else: a sidebar, a form, a rule.
const OTHER: &[&str] = &[
    "recent", "latest", "leave", "post", "add", "policy", "write", "schreibe", "neueste", "dernier", "derniers",
    "laisser",
];

/// A list right behind a heading like "3 comments".
fn behind_heading(page: &Html) -> Option<ElementRef<'_>> {
    let (headings, lists) = (selector(HEADINGS)?, selector("ul, ol, dl")?);
    page.select(&headings).find_map(|heading| {
        let title = text_of(heading);
        if title.len() > HEADING_BYTES_MAX || !announces_comments(&title) {
            return None;
        }
        heading.next_siblings().filter_map(ElementRef::wrap).take(4).find_map(|element| match element.value().name() {
            "ul" | "ol" | "dl" => Some(element),
            "div" => element.select(&lists).next(),
            _ => None,
        })
    })
}

/// The items of such a list, with those of the lists inside it.
pub(super) fn plain(page: &Html) -> Vec<ElementRef<'_>> {
    let items = selector("li");
    let list = behind_heading(page).filter(|list| list.value().name() != "dl");
    list.iter().flat_map(|list| items.iter().flat_map(|items| list.select(items))).take(COMMENTS_MAX).collect()
}

/// Each `dt` with the `dd`s behind it, in lists that the page calls comments: who, and what was said.
pub(super) fn definitions(page: &Html) -> Vec<Vec<ElementRef<'_>>> {
    let named = selector("#comments dl, dl#comments-block, dl.comments, dl.comment-list, dl#comments, .comments dl");
    let named = named.and_then(|css| page.select(&css).next());
    let Some(list) = named.or_else(|| behind_heading(page).filter(|list| list.value().name() == "dl")) else {
        return Vec::new();
    };
    let mut pairs: Vec<Vec<ElementRef<'_>>> = Vec::new();
    for part in list.children().filter_map(ElementRef::wrap) {
        match part.value().name() {
            "dt" if pairs.len() < COMMENTS_MAX => pairs.push(vec![part]),
            "dd" => pairs.last_mut().into_iter().for_each(|pair| pair.push(part)),
            _ => {}
        }
    }
    pairs.retain(|pair| pair.len() > 1);
    pairs
}

/// "3 comments", "Comments (12)", "One response to ...", "Reader comments": and not "Recent comments", which is a sidebar,
/// nor "Responses to a price objection", which is a chapter.
fn announces_comments(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let counted = words.iter().take(3).any(|word| {
        word.bytes().all(|b| b.is_ascii_digit())
            || matches!(*word, "one" | "two" | "three" | "ein" | "eine" | "un" | "une")
    });
    let alone = words.len() <= 2 && words.iter().any(|word| SURE_WORDS.contains(word));
    words.len() <= 12
        && words.iter().take(3).any(|word| WORDS.contains(word))
        && (counted || alone)
        && !words.iter().any(|word| OTHER.contains(word))
}
