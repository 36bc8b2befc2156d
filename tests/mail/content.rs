//! What a mail says, and how it stays readable, small and safe.

use crate::helpers::{mailing, make};
use mail_parser::{Message, MessageParser};
use ridealong::model::*;
use ridealong::render::mail::{HTML_BYTES_MAX, MailLinks, MailParts, parts};

/// Signed links are another in every mail, and the styles that inlining repeats in every tag are looked at in a browser.
const REDACTED: [(&str, &str); 2] = [(r"/(act|u)/[A-Za-z0-9_-]+", "/$1/[signed]"), (r#" style="[^"]*""#, "")];

fn week() -> IsoWeek {
    "2026-W48".parse().unwrap()
}

fn written(digest: &Digest, name_deals: bool) -> MailParts {
    let links = MailLinks::new(&"https://ride.example.com".parse().unwrap(), &mailing::key(), &digest.rep, make::now());
    parts(digest, &links, name_deals).unwrap()
}

fn sent(rep: &Rep, digest: &Digest) -> Vec<u8> {
    let sender = mailing::sender();
    let id = sender.message_id(&rep.email, digest.week);
    sender.compose(rep, digest, &id, make::now()).unwrap().unwrap().1.bytes
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

#[test]
fn the_text_part_says_everything_within_72_columns() {
    let digest = mailing::digest(&make::rep(), week());
    let text = written(&digest, false).text;
    for needed in [
        "Stop discounting before they ask",
        "Dana Whitlock, Pipeline Notes, 3 min read",
        "Why this:",
        "Northwind renewal",
        "Ask for the date",
        "Close date passed 11 days ago",
        "https://ride.example.com/posts/",
        "https://ride.example.com/u/",
        "Play of the week",
        "Both got a date.",
        "Pinned by Ada, 3 min read.",
    ] {
        assert!(text.contains(needed), "{needed:?} is missing in\n{text}");
    }
    for line in text.lines().filter(|line| !line.contains("https://")) {
        assert!(line.chars().count() <= 72, "{line:?}");
    }
    insta::with_settings!({ filters => REDACTED }, { insta::assert_snapshot!(text) });
}

#[test]
fn the_html_part_says_the_same() {
    let html = written(&mailing::digest(&make::rep(), week()), false).html;
    let body = html.split("</head>").nth(1).unwrap();
    insta::with_settings!({ filters => REDACTED }, { insta::assert_snapshot!(body) });
}

#[test]
fn a_play_whose_post_is_gone_is_left_out_and_a_play_alone_sends_no_mail() {
    let mut digest = mailing::digest(&make::rep(), week());
    let play = digest.play.clone().unwrap();
    digest.posts.retain(|post| post.id != play.post);
    let mail = written(&digest, false);
    assert!(!mail.text.contains("Play of the week") && !mail.html.contains("Play of the week"));
    let mut quiet = mailing::digest(&make::rep(), week());
    quiet.deals.clear();
    quiet.commitments.clear();
    let links = MailLinks::new(&"https://ride.example.com".parse().unwrap(), &mailing::key(), &quiet.rep, make::now());
    assert_eq!(parts(&quiet, &links, false), None);
}

#[test]
fn the_subject_is_short_and_names_deals_only_on_request() {
    let mut digest = mailing::digest(&make::rep(), week());
    assert_eq!(written(&digest, false).subject, "Negotiation and revival: 4 ideas, 8 min");
    assert_eq!(written(&digest, true).subject, "Northwind renewal: 4 ideas, 8 min");
    digest.deals[0].deal.name = "N".repeat(300);
    for name_deals in [false, true] {
        assert!(written(&digest, name_deals).subject.chars().count() <= 50);
    }
}

#[test]
fn the_mail_parses_back_with_every_header_that_providers_ask_for() {
    let rep = make::rep();
    let digest = mailing::digest(&rep, week());
    let bytes = sent(&rep, &digest);
    let mail = parsed(&bytes);
    let header = |name: &str| {
        mail.header_raw(name).unwrap_or_else(|| panic!("{name} is missing")).replace("\r\n", "").trim().to_owned()
    };
    assert_eq!(mail.subject(), Some("Negotiation and revival: 4 ideas, 8 min"));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("ride@sales.example"));
    assert_eq!(mail.to().unwrap().first().unwrap().name(), Some("Maya Lindqvist"));
    assert_eq!(mail.date().unwrap().to_timestamp(), make::now().as_second());
    assert!(mail.message_id().unwrap().ends_with("@sales.example"));
    assert_eq!(header("List-Id"), "Ridealong weekly <weekly.ridealong.sales.example>");
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("Feedback-ID"), "2026-W48:weekly:ridealong");
    let out = header("List-Unsubscribe");
    assert!(
        out.starts_with("<https://ride.example.com/u/")
            && out.contains(">, <mailto:ride@sales.example?subject=unsubscribe%20"),
        "{out}"
    );
    assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 0));
    assert_eq!(mail.body_text(0).unwrap().trim_end(), written(&digest, false).text.replace('\n', "\r\n").trim_end());
    assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998), "a line is longer than RFC 5321 allows");
}

#[test]
fn the_html_loads_nothing_and_stays_below_the_size_that_gmail_cuts() {
    let html = written(&mailing::digest(&make::rep(), week()), false).html;
    assert!(html.len() < HTML_BYTES_MAX, "{} bytes", html.len());
    for forbidden in ["<img", "<script", "<link", "@import", "url(", "src=", "background="] {
        assert!(!html.to_lowercase().contains(forbidden), "{forbidden} stands in the mail");
    }
    assert!(html.contains("<html lang=\"en\"") && html.contains("<h1") && html.contains("prefers-color-scheme: dark"));
    assert!(html.contains("style=\""), "the styles are not inlined");
    println!("the sample mail's HTML has {} bytes", html.len());
}
