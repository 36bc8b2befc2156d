//! Which post is which, from the server to the store and back.

use crate::helpers::due::{Due, item, rss, serve, source};
use crate::helpers::hostile::{Hostile, answer};
use crate::helpers::make;
use jiff::SignedDuration;
use ridealong::clock::Clock;
use ridealong::model::*;
use ridealong::store::Record;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const BODY: &str = "Before you send the proposal, ask the person who signs what would make it easy to say yes, and \
    what would make it hard. Write both down in their words. Then open the call with the hard part, because a buyer \
    who has been heard is a buyer who can decide, and the rest of the meeting is only arithmetic.";

fn lesson(guid: &str, title: &str, text: &str) -> String {
    let link = format!("https://t.example/{}", title.to_lowercase().replace(' ', "-"));
    item(&[("guid", guid), ("title", title), ("link", &link), ("description", text)])
}

/// A first round over one source at `/f` with these items.
async fn begun(items: &[String]) -> (Due, Hostile) {
    let server = Hostile::start().await;
    serve(&server, items);
    let due = Due::new(vec![source("blog", &server.url("/f"))]).await;
    assert_eq!(due.run().await.failed, 0);
    (due, server)
}

#[tokio::test]
async fn new_guids_for_everything_bring_nothing_back_as_new_and_lose_no_note() {
    let text = |n: u64| format!("{BODY} Lesson {n} is about number {}.", n * 7919);
    let items = |mark: &str| -> Vec<String> {
        (0..6_u64).map(|n| lesson(&format!("{mark}-{n}"), &format!("Lesson {n}"), &text(n))).collect()
    };
    let (due, server) = begun(&items("old")).await;
    let before = due.posts().await;
    assert_eq!(before.len(), 6);
    let note = Note {
        id: "00000000000000aa".to_owned(),
        rep: make::email("maya@example.com"),
        rep_name: "Maya".to_owned(),
        post: before[2].id.clone(),
        text: "Used it.".to_owned(),
        written_at: due.clock.now(),
        audience: Audience::Everyone,
    };
    due.store.save(Record::Note(note)).await.unwrap();
    serve(&server, &items("new"));
    let round = due.run_after(DAY * 2).await;
    assert_eq!((round.posts_new, round.posts_updated), (0, 0));
    let after = due.posts().await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.id, before.seen_at, &before.tagged), (&after.id, after.seen_at, &after.tagged));
        assert!(after.guid.as_deref().unwrap().starts_with("new-"));
    }
    assert_eq!(due.store.list_notes(&before[2].id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_guid_for_all_swallows_no_post() {
    let items: Vec<String> = ["Open", "Listen", "Close"]
        .iter()
        .map(|title| lesson("same", title, &format!("{title}: {title} well")))
        .collect();
    let (due, _server) = begun(&items).await;
    assert_eq!(due.posts().await.len(), 3);
    assert_eq!(due.run_after(DAY * 2).await.posts_new, 0);
}

#[tokio::test]
async fn an_edit_changes_the_post_where_it_is() {
    let (due, server) = begun(&[lesson("1", "Ask twice", BODY)]).await;
    let before = due.posts().await.remove(0);
    serve(&server, &[lesson("1", "Ask twice", &format!("{BODY} And then ask once more."))]);
    let round = due.run_after(DAY * 2).await;
    assert_eq!((round.posts_new, round.posts_updated), (0, 1));
    let after = due.posts().await;
    assert_eq!(after.len(), 1);
    assert_eq!((&after[0].id, after[0].seen_at), (&before.id, before.seen_at));
    assert!(after[0].text.ends_with("once more.") && after[0].changed_at > before.changed_at);
}

#[tokio::test]
async fn one_text_in_two_places_is_one_post() {
    let (one, two) = (Hostile::start().await, Hostile::start().await);
    serve(&one, &[lesson("1", "Ask twice", BODY)]);
    let elsewhere = item(&[
        ("guid", "planet-77"),
        ("title", "Ask twice (from The Cold Open)"),
        ("link", "https://planet.example/77"),
        ("description", &format!("<p>{BODY}</p>").replace('<', "&lt;")),
    ]);
    serve(&two, &[elsewhere]);
    let due = Due::new(vec![source("blog", &one.url("/f")), source("planet", &two.url("/f"))]).await;
    assert_eq!(due.run().await.posts_new, 1);
    let posts = due.posts().await;
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].also_at.len(), 1);
}

#[tokio::test]
async fn the_address_that_a_page_names_as_its_own_is_the_posts_and_one_of_another_site_is_not() {
    let server = Hostile::start().await;
    let page = |canonical: &str| {
        let text = format!(
            "<html><head><title>T</title><link rel=\"canonical\" href=\"{canonical}\"></head><body><article><h1>T</h1>\
             <p>{BODY}</p><p>{BODY} Again.</p><p>{BODY} And again, in other words.</p></article></body></html>"
        );
        answer("200 OK", "Content-Type: text/html\r\n", text)
    };
    let own = server.url("/ask-twice");
    server.answers("/?p=1", [page(own.as_str())]);
    server.answers("/?p=2", [page("https://other.example/claimed")]);
    let entry = |n: u32| {
        let link = server.url(&format!("/?p={n}"));
        item(&[
            ("guid", &format!("g{n}")),
            ("title", &format!("Post {n}")),
            ("link", link.as_str()),
            ("description", "Short."),
        ])
    };
    let feed = rss(&[entry(1), entry(2)]);
    server.answers("/f", [answer("200 OK", "Content-Type: application/rss+xml\r\n", feed)]);
    let due = Due::new(vec![Source { full_text: true, ..source("blog", &server.url("/f")) }]).await;
    due.run().await;
    let address = |posts: &[Post], title: &str| posts.iter().find(|post| post.title == title).unwrap().url.clone();
    let posts = due.posts().await;
    assert_eq!(address(&posts, "Post 1"), own.as_str());
    assert_eq!(address(&posts, "Post 2"), server.url("/?p=2").as_str());
    assert!(posts.iter().all(|post| post.words > 100), "both were read in full");
    let again = rss(&[entry(2), entry(1)]);
    server.answers("/f", [answer("200 OK", "Content-Type: application/rss+xml\r\n", again)]);
    assert_eq!(due.run_after(DAY * 2).await.posts_new, 0);
    assert_eq!(address(&due.posts().await, "Post 1"), own.as_str(), "the feed's own link does not turn it back");
}
