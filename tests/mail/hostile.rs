//! Whatever publishers, CRMs and colleagues write, it cannot add headers, break the layout, or lose the mail.

use crate::helpers::{mailing, make};
use mail_parser::MessageParser;
use ridealong::model::*;
use ridealong::render::mail::{HTML_BYTES_MAX, MailLinks, parts};

/// Texts that have broken somebody's mail before.
fn nasty() -> Vec<(&'static str, String)> {
    vec![
        ("line breaks", "Hi\r\nBcc: everyone@example.com\r\n\r\nHello\nX-Evil: 1\u{85}\u{2028}next".to_owned()),
        ("direction marks", "\u{202e}gnp.exe\u{202c} \u{2066}left\u{2069} \u{200f}right\u{61c}".to_owned()),
        ("a title of 10,000 characters", "close ".repeat(1_700)),
        ("one word of 10,000 characters", "x".repeat(10_000)),
        ("10,000 stacked accents", format!("e{}", "\u{301}".repeat(10_000))),
        (
            "markup",
            "</title></td></table><script>alert(1)</script><img src=x onerror=alert(1)><!-- & &amp; \"'".to_owned(),
        ),
        ("styles and templates", "</style>{{ view.week }}{% for %}<style>*{display:none}</style>".to_owned()),
        ("emoji", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇩🇪 deal 🚀".to_owned()),
        ("nothing", String::new()),
        ("white space alone", " \t\u{a0}\u{3000}\u{200b} ".to_owned()),
        ("control characters", "a\0b\u{7}c\u{1b}[31md\u{9f}".to_owned()),
        ("right-to-left", "כיצד לסגור עסקה מהר יותר".to_owned()),
        ("an encoded word", "=?utf-8?q?Subject=3A?= =?utf-8?b?QmNjOiBh?=".to_owned()),
        ("a line with a dot", ".\r\n.\r\nQUIT".to_owned()),
    ]
}

/// The good digest with this text in every field that comes from outside.
fn spoiled(text: &str) -> (Rep, Digest) {
    let mut rep = make::rep();
    rep.name = text.to_owned();
    let mut digest = mailing::digest(&rep, "2026-W48".parse().unwrap());
    digest.rep_name = text.to_owned();
    for post in &mut digest.posts {
        post.title = text.to_owned();
        post.excerpt = text.to_owned();
        post.mentor = Some(text.to_owned());
        post.url = format!("javascript:{text}");
    }
    for deal in &mut digest.deals {
        deal.deal.name = text.to_owned();
        for pick in &mut deal.picks {
            pick.why = text.to_owned();
        }
    }
    for comment in &mut digest.comments {
        comment.text = text.to_owned();
        comment.mentor = Some(text.to_owned());
    }
    for commitment in &mut digest.commitments {
        (commitment.title, commitment.deal_name, commitment.note) = (text.to_owned(), text.to_owned(), text.to_owned());
    }
    for check in &mut digest.pipeline {
        check.deal_name = text.to_owned();
        check.signal.sentence = text.to_owned();
    }
    if let Some(play) = &mut digest.play {
        (play.note, play.by_name) = (text.to_owned(), text.to_owned());
    }
    for (_, name) in &mut digest.source_names {
        *name = text.to_owned();
    }
    (rep, digest)
}

#[test]
fn hostile_content_adds_no_header_and_loses_no_mail() {
    let expected =
        header_names(&bytes_of(&make::rep(), &mailing::digest(&make::rep(), "2026-W48".parse().unwrap()), false));
    for (what, text) in nasty() {
        let (rep, digest) = spoiled(&text);
        for name_deals in [false, true] {
            let bytes = bytes_of(&rep, &digest, name_deals);
            assert_eq!(header_names(&bytes), expected, "{what} changed the headers");
            let mail = MessageParser::default().parse(&bytes).unwrap();
            assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("maya@example.com"), "{what}");
            assert!((1..=50).contains(&mail.subject().unwrap().chars().count()), "{what}: {:?}", mail.subject());
            assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 0), "{what}");
            assert!(mail.body_text(0).unwrap().contains("https://ride.example.com/posts/"), "{what}");
        }
    }
}

#[test]
fn hostile_content_breaks_neither_layout_nor_size() {
    let good = tags(&mailing_html(&mailing::digest(&make::rep(), "2026-W48".parse().unwrap())));
    for (what, text) in nasty() {
        let (_, digest) = spoiled(&text);
        let html = mailing_html(&digest);
        assert!(html.len() < HTML_BYTES_MAX, "{what}: {} bytes", html.len());
        for mark in ['\u{202e}', '\u{2066}', '\u{61c}', '\0', '\u{1b}', '\u{9f}'] {
            assert!(!html.contains(mark), "{what}: {mark:?} got through");
        }
        let found = tags(&html);
        for tag in ["script", "img", "style", "table", "html", "title", "h1"] {
            // A field that is empty may take its row along, but nothing ever comes in.
            assert!(count(&found, tag) <= count(&good, tag), "{what}: a {tag} came in");
        }
        assert!(!html.contains("javascript:") || html.matches("href=\"javascript").count() == 0, "{what}");
    }
}

#[test]
fn hostile_content_keeps_the_text_part_within_its_columns() {
    for (what, text) in nasty() {
        let (_, digest) = spoiled(&text);
        let links =
            MailLinks::new(&"https://ride.example.com".parse().unwrap(), &mailing::key(), &digest.rep, make::now());
        let written = parts(&digest, &links, true).unwrap().text;
        for line in written.lines().filter(|line| !line.contains("https://")) {
            use unicode_segmentation::UnicodeSegmentation as _;
            assert!(line.graphemes(true).count() <= 72, "{what}: {line:?}");
            assert!(line.chars().all(|c| !c.is_control()), "{what}: {line:?}");
        }
        // A line that is only dashes and a space starts the signature, and no field can write one.
        assert_eq!(written.lines().filter(|line| *line == "-- ").count(), 1, "{what}");
    }
}

fn bytes_of(rep: &Rep, digest: &Digest, name_deals: bool) -> Vec<u8> {
    let sender = mailing::sender();
    let mut rep = rep.clone();
    rep.mail.subject_names_deals = name_deals;
    let id = sender.message_id(&rep.email, digest.week);
    sender.compose(&rep, digest, &id, make::now()).unwrap().unwrap().1.bytes
}

fn mailing_html(digest: &Digest) -> String {
    let links = MailLinks::new(&"https://ride.example.com".parse().unwrap(), &mailing::key(), &digest.rep, make::now());
    parts(digest, &links, false).unwrap().html
}

fn header_names(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let head = text.split("\r\n\r\n").next().unwrap();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect()
}

/// The names of all elements that a browser would see.
fn tags(html: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(html);
    page.tree.values().filter_map(|node| node.as_element().map(|element| element.name().to_owned())).collect()
}

fn count(tags: &[String], tag: &str) -> usize {
    tags.iter().filter(|found| *found == tag).count()
}
