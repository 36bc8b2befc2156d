use crate::helpers::crawling::Crawling;
use crate::helpers::hostile::{Hostile, answer};
use crate::helpers::{make, pages::Site};
use axum::http::StatusCode;
use jiff::SignedDuration;
use ridealong::clock::Clock;
use ridealong::config::{CrawlSettings, NetSettings};
use ridealong::crawl::Crawler;
use ridealong::desk::{Desk, Find, Taken};
use ridealong::jobs::crawl_due::{CrawlDue, Round};
use ridealong::jobs::leases::Leases;
use ridealong::model::*;
use ridealong::net::Client;
use ridealong::tag::Tagger;
use std::sync::Arc;

const PAGE: &str = r#"<html lang="en"><head><title>Name the price first | Ledger Lane</title>
<meta name="author" content="Ivo Brandt"><meta property="og:title" content="Name the price first"></head><body><article>
<h1>Name the price first</h1><p>Every time I waited for the buyer to name a number, the number was their budget from last
year, and I spent the rest of the quarter climbing up from it. Now I name mine before the second meeting, with one reason
for it, and I stay silent afterwards until they answer.</p><p>Of eleven deals handled in this way, eight closed at the first
price, two with a smaller scope, and one went to a rival whose price I could not have met anyway.</p></article></body></html>"#;

fn find(url: &str) -> Find {
    Find {
        url: url.to_owned(),
        note: "Use it before procurement comes in.".to_owned(),
        quote: "Never lower the price before the scope is smaller.".to_owned(),
        mentor: "Ivo Brandt".to_owned(),
        title: String::new(),
    }
}

fn desk(site: &Site) -> Desk {
    Desk::new(Arc::clone(&site.store), site.clock.clone(), Arc::default(), None)
}

async fn post_of(site: &Site, taken: &Taken) -> Post {
    site.store.find_posts(std::slice::from_ref(&taken.post)).await.unwrap().remove(0)
}

#[tokio::test]
async fn the_form_is_filled_in_by_a_bookmark_and_by_a_phone() {
    let site = Site::new().await;
    let maya = site.maya().await;
    let by_bookmark =
        site.get("/finds?url=https%3A%2F%2Fa.example%2Fx&title=A%20title&text=Words%20%22here%22", &maya).await;
    assert_eq!(by_bookmark.status, StatusCode::OK);
    assert!(by_bookmark.body.contains(r#"value="https://a.example/x""#));
    assert!(
        by_bookmark.body.contains(r#"value="A title""#) && by_bookmark.body.contains("Words &#34;here&#34;</textarea>")
    );
    let by_phone = site.get("/finds?title=&text=Look%20at%20this%20https%3A%2F%2Fa.example%2Fy", &maya).await;
    assert!(
        by_phone.body.contains(r#"value="https://a.example/y""#) && by_phone.body.contains("Look at this</textarea>")
    );
    assert!(
        by_phone.body.contains("javascript:void(open(&#39;http://127.0.0.1:8080/finds?url=&#39;+encodeURIComponent")
    );
    let manifest = site.get("/manifest.webmanifest", "").await.body;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["share_target"]["action"], "/finds");
}

#[tokio::test]
async fn a_find_is_there_at_once_for_the_team_and_for_nobody_else() {
    let site = Site::new().await;
    let north = Rep { team: Some("north".to_owned()), ..Rep::new(make::email("nora@example.com"), "Nora") };
    let nora = site.sign_in(&north).await;
    let form = "url=https%3A%2F%2Fwww.linkedin.com%2Fposts%2Fx%3Futm_source%3Dshare&note=Use%20it%20at%20the%20table\
        &quote=Never%20lower%20the%20price%20before%20the%20scope%20is%20smaller.&mentor=Ivo%20Brandt";
    let answer = site.post("/finds", form, &nora).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let path = answer.header("location").to_owned();
    let page = site.get(&path, &nora).await;
    for said in [
        "Never lower the price",
        "Ivo Brandt",
        "Use it at the table",
        "Nora",
        "Colleagues’ finds",
        "https://www.linkedin.com/posts/x\"",
    ] {
        assert!(page.body.contains(said), "{said}");
    }
    let mate = Rep { team: Some("north".to_owned()), ..Rep::new(make::email("ole@example.com"), "Ole") };
    let mate = site.sign_in(&mate).await;
    assert_eq!(site.get(&path, &mate).await.status, StatusCode::OK);
    assert!(site.get(&path, &mate).await.body.contains("Use it at the table"));
    let maya = site.maya().await;
    assert_eq!(site.get(&path, &maya).await.status, StatusCode::NOT_FOUND);
    assert!(site.store.list_threads_due(make::now(), 10).await.unwrap().is_empty(), "LinkedIn is never visited");
    let desk = desk(&site);
    desk.follow().await.unwrap();
    let mut shelves = desk.library(Stage::Negotiation, &north, 9).await.unwrap();
    shelves.extend(desk.library(Stage::Proposal, &north, 9).await.unwrap());
    assert!(shelves.iter().any(|post| path.ends_with(post.id.as_str())), "it is tagged");
}

#[tokio::test]
async fn what_cannot_be_used_is_said_in_a_sentence_and_keeps_nothing() {
    let site = Site::new().await;
    let maya = site.maya().await;
    let long = format!("url=https%3A%2F%2Fa.example%2F&quote={}", "x".repeat(1_001));
    for (form, says) in [
        ("url=&note=Good", "link"),
        ("url=javascript%3Aalert(1)&note=Good", "link"),
        ("url=file%3A%2F%2F%2Fetc%2Fpasswd&note=Good", "link"),
        ("url=https%3A%2F%2Fa.example%2F", "in a few words"),
        (long.as_str(), "too long"),
    ] {
        let answer = site.post("/finds", form, &maya).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(answer.body.contains(says), "{form}: {}", answer.body);
    }
    assert_eq!(site.post("/finds", "url=https%3A%2F%2Fa.example%2F&note=x", "").await.status, StatusCode::SEE_OTHER);
    let kept = site.store.find_posts(&[]).await.unwrap();
    assert!(kept.is_empty());
}

#[tokio::test]
async fn a_link_that_is_known_gets_the_note_and_no_second_post() {
    let site = Site::new().await;
    let (desk, maya) = (desk(&site), make::rep());
    let first = desk.take_find(&maya, &find("https://a.example/x?utm_source=mail")).await.unwrap();
    site.clock.set(make::now() + SignedDuration::from_mins(1));
    let colleague = Rep::new(make::email("ole@example.com"), "Ole");
    let again = desk
        .take_find(&colleague, &Find { note: "Mine too.".to_owned(), ..find("http://a.example/x/") })
        .await
        .unwrap();
    assert_eq!((first.known, again.known, &again.post), (false, true, &first.post));
    let notes = site.store.list_notes(&first.post).await.unwrap();
    assert_eq!(
        notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(),
        ["Use it before procurement comes in.", "Mine too."]
    );
    let apart = Rep { team: Some("south".to_owned()), ..Rep::new(make::email("sue@example.com"), "Sue") };
    let elsewhere = desk.take_find(&apart, &find("https://b.example/y")).await.unwrap();
    let own = desk.take_find(&maya, &find("https://b.example/y")).await.unwrap();
    assert!(!own.known && own.post != elsewhere.post, "what another team found is not known here");
}

#[tokio::test]
async fn the_page_behind_a_find_gives_title_mentor_and_text_later() {
    let server = Hostile::start().await;
    server.answers("/price", [answer("200 OK", "Content-Type: text/html\r\n", PAGE)]);
    let site = Site::new().await;
    let given = Find { mentor: String::new(), ..find(server.url("/price").as_str()) };
    let taken = desk(&site).take_find(&make::rep(), &given).await.unwrap();
    let post = post_of(&site, &taken).await;
    assert_eq!((post.text.as_str(), post.thread.due_at), (given.quote.as_str(), Some(make::now())));
    let source = Source { allow_net: vec!["127.0.0.0/8".parse().unwrap()], ..Source::finds().clone() };
    let full = Crawling::new().crawler.crawl_article(&source, &post).await.unwrap().post;
    assert_eq!((full.title.as_str(), full.mentor.as_deref()), ("Name the price first", Some("Ivo Brandt")));
    assert!(full.text.contains("eight closed at the first price") && full.id == post.id);
    let titled = Post { title: "My own title".to_owned(), ..post };
    assert_eq!(Crawling::new().crawler.crawl_article(&source, &titled).await.unwrap().post.title, "My own title");
}

#[tokio::test]
async fn a_find_never_makes_us_ask_an_internal_address() {
    let server = Hostile::start().await;
    let site = Site::new().await;
    let taken = desk(&site).take_find(&make::rep(), &find(server.url("/price").as_str())).await.unwrap();
    let crawler = Crawler::new(Client::new(&NetSettings::default()), CrawlSettings::default(), site.clock.clone());
    let leases = Leases::new(Arc::clone(&site.store), site.clock.clone());
    let job = CrawlDue::new(leases, crawler, Tagger::shipped(), Arc::default(), 2);
    job.run(&Round::default(), &|_, _| {}).await.unwrap();
    assert!(server.seen().is_empty());
    let post = post_of(&site, &taken).await;
    assert!(post.text.contains("Never lower the price") && post.thread.due_at > Some(site.clock.now()));
}
