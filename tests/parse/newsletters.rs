//! Newsletters that come by mail: whose they are, and what is for the subscriber alone.

use ridealong::crawl::maildir;
use ridealong::model::SourceKind;

const MAIL: &str = "From: \"Greta Holm\" <greta@letters.example>\r\nTo: me@team.example\r\nSubject: The price and the pause\r\n\
Date: Tue, 03 Nov 2026 07:30:00 +0100\r\nMessage-ID: <1@letters.example>\r\nList-Id: \"Quiet Pipe\" <quiet.letters.example>\r\n\
List-Unsubscribe: <mailto:leave@letters.example>, <https://letters.example/u/3f?who=me>\r\nArchived-At: <https://letters.example/archive/12?utm_source=mail>\r\n\
MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
<p><a href=\"https://letters.example/view/me\">View in browser</a></p><h1>The price and the pause</h1>\
<p>Say the number, and then say nothing. Most sellers last two seconds before they apologise for it, and the discount begins there.</p>\
<p>See <a href=\"https://letters.example/drill?utm_campaign=x\">the drill</a>.</p><img src=\"https://letters.example/open.gif\" width=\"1\" height=\"1\">\
<p>You get this because you asked for it. <a href=\"https://letters.example/prefs/me\">Manage preferences</a> or \
<a href=\"https://letters.example/u/3f?who=me\">leave</a>.</p>";

#[test]
fn a_newsletter_keeps_its_words_and_loses_what_is_for_the_subscriber_alone() {
    let source = ridealong::model::Source { kind: SourceKind::Maildir, ..super::posts::source() };
    let now = "2026-11-23T12:00:00Z".parse().expect("an instant");
    let post = maildir::assemble(&source, MAIL.as_bytes(), now).expect("a mail");
    assert_eq!((post.title.as_str(), post.mentor.as_deref()), ("The price and the pause", Some("Greta Holm")));
    assert_eq!(post.categories, ["Quiet Pipe"]);
    assert_eq!(post.url, "https://letters.example/archive/12");
    assert!(post.html.contains("href=\"https://letters.example/drill\""), "{}", post.html);
    for gone in ["View in browser", "Manage preferences", "who=me", "open.gif", "/prefs/me", "me@team.example"] {
        assert!(!post.html.contains(gone), "{gone} in {}", post.html);
    }
    let nameless = MAIL.replace("\"Greta Holm\" ", "");
    let post = maildir::assemble(&source, nameless.as_bytes(), now).expect("a mail");
    assert_eq!(post.mentor.as_deref(), Some("Quiet Pipe"));
}
