//! What a newsletter says to its subscriber alone: links that unsubscribe, change preferences, show it in a browser.

use crate::crawl::article::html_without;
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

/// Words of such links, in what they show or where they lead.
const WORDS: &[&str] = &[
    "unsubscribe",
    "unsub",
    "opt-out",
    "optout",
    "opt out",
    "manage your subscription",
    "manage subscription",
    "manage preferences",
    "email preferences",
    "update your preferences",
    "update preferences",
    "subscription preferences",
    "notification settings",
    "view in browser",
    "view in your browser",
    "view online",
    "view this email",
    "read in browser",
    "open in browser",
    "forward to a friend",
    "forward this email",
    "add us to your address book",
    "abmelden",
    "abbestellen",
    "im browser ansehen",
    "im browser anzeigen",
    "désabonner",
    "désinscrire",
    "désinscription",
    "voir dans le navigateur",
    "darse de baja",
    "cancelar la suscripción",
    "ver en el navegador",
    "uitschrijven",
    "disiscriviti",
    "cancelar inscrição",
];
/// A block around such a link that is not longer than this says nothing else, in characters.
const BLOCK_CHARS_MAX: usize = 320;

/// The same HTML without them; `own` are the addresses that the mail's header names for unsubscribing.
pub(super) fn wash(html: &str, own: &[String]) -> String {
    let lower = html.to_lowercase();
    if own.is_empty() && !WORDS.iter().any(|word| lower.contains(word)) {
        return html.to_owned();
    }
    let (Ok(links), Ok(blocks)) = (Selector::parse("a[href]"), Selector::parse("p, li, td, div, small")) else {
        return html.to_owned();
    };
    let page = Html::parse_fragment(html);
    let mut skip = HashSet::new();
    for link in page.select(&links) {
        let href = link.value().attr("href").unwrap_or_default();
        if own.iter().any(|own| own == href) || says_so(&text_of(link)) || says_so(href) {
            let block = link.ancestors().filter_map(ElementRef::wrap).find(|outer| blocks.matches(outer));
            let alone = block.filter(|block| text_of(*block).chars().count() <= BLOCK_CHARS_MAX);
            skip.insert(alone.unwrap_or(link).id());
        }
    }
    // "To unsubscribe, write to ...": the same in a plain mail.
    let plain = page.select(&blocks).filter(|block| {
        let text = text_of(*block);
        matches!(block.value().name(), "p" | "li" | "small")
            && text.chars().count() <= BLOCK_CHARS_MAX
            && says_so(&text)
            && text.contains("http")
    });
    skip.extend(plain.map(|block| block.id()));
    html_without(page.root_element(), &skip)
}

fn says_so(text: &str) -> bool {
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

fn text_of(element: ElementRef<'_>) -> String {
    crate::crawl::text::one_line(&element.text().collect::<Vec<_>>().join(" "))
}
