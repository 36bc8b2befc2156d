//! `/sources` for everyone, and what an admin changes there.

use crate::helpers::make;
use crate::helpers::pages::Site;
use axum::http::StatusCode;
use ridealong::model::*;
use ridealong::store::CrawlBatch;
use std::path::PathBuf;

const FILE: &str = "# ours\nsources:\n  - id: blog\n    name: The Cold Open\n    url: https://blog.example/feed\n  - id: team-wiki\n    name: Team secrets\n    url: https://wiki.example/feed\n    audience: north\n  - id: private\n    name: Private feed\n    url: https://www.reddit.com/.rss?feed=s3cret&user=maya\n";

struct Files {
    site: Site,
    file: PathBuf,
    cookie: String,
    _folder: tempfile::TempDir,
}

async fn site() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.yaml");
    std::fs::write(&file, FILE).unwrap();
    let site = Site::of_file(&file).await;
    let ada = Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") };
    let cookie = site.sign_in(&ada).await;
    Files { site, file, cookie, _folder: folder }
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn save_state(site: &Site, state: SourceState) {
    site.store
        .save_crawl(CrawlBatch { lease: None, state: Some(state), posts: vec![], comments: vec![] })
        .await
        .unwrap();
}

#[tokio::test]
async fn everyone_sees_how_a_source_is_and_what_to_do() {
    let files = site().await;
    let Files { site, .. } = &files;
    save_state(
        site,
        SourceState {
            health: Health::Blocked,
            cause: Some("blog.example refuses us (403); ask the publisher to let us in".to_owned()),
            last_good_at: Some(make::days_ago(1)),
            next_check_at: Some(make::now()),
            newest_title: Some("Ask <b>twice</b>".to_owned()),
            posts_per_week: vec![0, 3, 1],
            posts: 12,
            ..SourceState::new(SourceId::new("blog"))
        },
    )
    .await;
    let page = site.get("/sources", &site.maya().await).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "refuses us",
        "12 posts",
        "read yesterday at",
        "next today at",
        "blog.example refuses us (403).",
        "Ask the publisher to let us in.",
        "Ask &#60;b&#62;twice",
        "Posts a week over 3 weeks, oldest first: 0, 3, 1",
        "<rect ",
    ] {
        assert!(page.body.contains(part), "{part:?} is not in\n{}", page.body);
    }
    assert!(!page.body.contains("Team secrets"), "another team's source");
    assert!(!page.body.contains("s3cret"), "the address of a private feed is a secret");
    assert!(!page.body.contains("/admin/sources"), "a rep changes nothing");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_while_the_old_set_goes_on() {
    let files = site().await;
    let Files { site, file, .. } = &files;
    std::fs::write(file, "sources:\n  - id: blog\n    url: [\n").unwrap();
    site.running.reread().unwrap_err();
    let page = site.get("/sources", &site.maya().await).await;
    assert!(page.body.contains("cannot be read as it stands") && page.body.contains("sources.yaml:"), "{}", page.body);
    assert!(page.body.contains("The Cold Open"));
}

#[tokio::test]
async fn only_an_admin_changes_sources() {
    let files = site().await;
    let Files { site, file, .. } = &files;
    let maya = site.maya().await;
    for path in ["/admin/sources", "/admin/sources/blog", "/admin/new-source"] {
        assert_eq!(site.get(path, &maya).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["find", "add", "forget", "blog", "blog/check", "blog/pause", "blog/remove"] {
        let answer = site.post(&format!("/admin/sources/{path}"), "address=x&entry=x&sure=yes", &maya).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), FILE);
    assert!(site.store.list_crawl_asks().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_entry_is_changed_under_the_checks_of_the_file() {
    let files = site().await;
    let Files { site, file, cookie, .. } = &files;
    let shown = site.get("/admin/sources/blog", cookie).await;
    let was = shown.between("name=\"was\" value=\"", "\"");
    let bad = form(&[("entry", "- id: blog\r\n  url: ftp://blog.example/\r\n"), ("was", &was)]);
    let refused = site.post("/admin/sources/blog", &bad, cookie).await;
    assert!(refused.body.contains("Line 2: url: ftp: is not fetched"), "{}", refused.body);
    assert!(refused.body.contains("url: ftp://blog.example/"), "what was typed stays");
    assert_eq!(std::fs::read_to_string(file).unwrap(), FILE);
    let good = form(&[("entry", "- id: blog\r\n  url: https://new.example/feed\r\n"), ("was", &was)]);
    assert_eq!(site.post("/admin/sources/blog", &good, cookie).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.running.set().sources[0].url, "https://new.example/feed", "it holds at once");
    assert!(std::fs::read_to_string(file).unwrap().starts_with("# ours\nsources:\n  - id: blog\n    url: https://new"));
    let late = site.post("/admin/sources/blog", &good, cookie).await;
    assert!(late.body.contains("was changed meanwhile"), "{}", late.body);
}

#[tokio::test]
async fn an_entry_is_written_paused_and_removed() {
    let files = site().await;
    let Files { site, cookie, .. } = &files;
    let entry = form(&[("entry", "- id: new-one\n  url: https://new.example/feed\n")]);
    assert_eq!(site.post("/admin/new-source", &entry, cookie).await.status, StatusCode::SEE_OTHER);
    let again = site.post("/admin/new-source", &entry, cookie).await;
    assert!(again.body.contains("Line 1: id: ") && again.body.contains("taken"), "{}", again.body);
    site.post("/admin/sources/new-one/pause", "", cookie).await;
    assert!(site.running.set().sources[3].paused);
    assert!(site.get("/admin/sources", cookie).await.body.contains("Resume"));
    site.post("/admin/sources/new-one/pause", "", cookie).await;
    assert!(!site.running.set().sources[3].paused);
    let unsure = site.post("/admin/sources/new-one/remove", "", cookie).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    site.post("/admin/sources/new-one/remove", "sure=yes", cookie).await;
    assert_eq!(site.running.set().sources.len(), 3);
}

#[tokio::test]
async fn a_check_and_a_look_for_feeds_wait_for_the_crawler() {
    let files = site().await;
    let Files { site, cookie, .. } = &files;
    site.post("/admin/sources/blog/check", "", cookie).await;
    site.post("/admin/sources/blog/check", "", cookie).await;
    site.post("/admin/sources/find", &form(&[("address", "blog.example")]), cookie).await;
    let bad = form(&[("address", "blog.example"), ("allow_net", "everything")]);
    assert_eq!(site.post("/admin/sources/find", &bad, cookie).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asks = site.store.list_crawl_asks().await.unwrap();
    let wanted: Vec<_> = asks.iter().map(|ask| ask.what.id()).collect();
    assert_eq!(wanted, ["check blog", "find blog.example"], "asking twice is asking once");
    let page = site.get("/admin/sources", cookie).await;
    assert!(page.body.contains("being checked") && page.body.contains("Looking for feeds there."), "{}", page.body);
    assert_eq!(site.post("/admin/sources/none/check", "", cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_feed_that_was_found_is_added_once_and_no_other() {
    let files = site().await;
    let Files { site, cookie, .. } = &files;
    let feed = FoundFeed {
        url: "https://found.example/feed".to_owned(),
        kind: SourceKind::Podcast,
        title: "Found: \"selling\"".to_owned(),
        posts: 7,
        newest_at: None,
        why: "the page names it".to_owned(),
        comments_url: Some("https://found.example/comments/feed/".to_owned()),
    };
    let ask = CrawlAsk {
        what: AskedCrawl::Find { address: "found.example".to_owned(), allow_net: vec![] },
        asked_at: make::now(),
        by: None,
        found: Some(FoundFeeds::Feeds(vec![feed])),
    };
    site.store.save_crawl_ask(&ask).await.unwrap();
    let page = site.get("/admin/sources", cookie).await;
    assert!(page.body.contains("https://found.example/feed") && page.body.contains("7 posts"), "{}", page.body);
    let other = form(&[("address", "found.example"), ("feed", "https://evil.example/feed")]);
    assert_eq!(site.post("/admin/sources/add", &other, cookie).await.status, StatusCode::NOT_FOUND);
    let this = form(&[("address", "found.example"), ("feed", "https://found.example/feed")]);
    assert_eq!(site.post("/admin/sources/add", &this, cookie).await.status, StatusCode::SEE_OTHER);
    let added = site.running.set().sources.last().cloned().unwrap();
    assert_eq!((added.id.as_str(), added.kind), ("found-selling", SourceKind::Podcast));
    assert_eq!(added.comments, CommentsFrom::Url("https://found.example/comments/feed/".to_owned()));
    let asks = site.store.list_crawl_asks().await.unwrap();
    assert_eq!(
        asks.iter().map(|ask| ask.what.id()).collect::<Vec<_>>(),
        ["check found-selling"],
        "and it is read soon"
    );
}
