use crate::helpers::{make, pages, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ridealong::model::*;
use ridealong::render::assets;
use ridealong::store::Record;
use sha2::{Digest as _, Sha256};

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let site = Site::under("https://advice.example").await;
    for path in ["/", "/sign-in", "/nowhere", "/healthz", "/assets/style.css"] {
        let answer = site.get(path, "").await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert!(answer.header("strict-transport-security").starts_with("max-age="));
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn nothing_of_a_rep_is_shown_to_anybody_else() {
    let site = Site::new().await;
    let other = Rep::new(make::email("olga@example.com"), "Olga");
    let cookie = site.sign_in(&other).await;
    let digest = pages::digest();
    let deal = &digest.deals[0].deal.id;
    for path in [format!("/deals/{deal}"), "/digest/2026-W47".to_owned()] {
        assert_eq!(site.get(&path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let post = &digest.posts[0].id;
    for (path, form) in [
        (format!("/deals/{deal}/snooze"), "weeks=2".to_owned()),
        (format!("/posts/{post}/useful"), format!("deal={deal}")),
        (format!("/posts/{post}/commit"), format!("deal={deal}&due=2026-11-30")),
        ("/commitments/0011223344556677".to_owned(), "state=done".to_owned()),
        ("/settings/feeds/0011223344556677/replace".to_owned(), String::new()),
        (format!("/posts/{post}/notes/00000000000000aa/remove"), String::new()),
    ] {
        assert_eq!(site.post(&path, &form, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/", "/deals", "/saved", "/commitments", "/settings"] {
        assert!(!site.get(path, &cookie).await.body.contains("Sundby"), "{path}");
    }
    let maya = site.maya().await;
    let feed = site.get("/settings", &maya).await.between("/settings/feeds/", "/");
    assert_eq!(site.post(&format!("/settings/feeds/{feed}/remove"), "", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_for_one_team_is_not_there_for_another() {
    let site = Site::new().await;
    let secret =
        Post { audience: Audience::Team("north".to_owned()), ..make::post("north", "For the north", Stage::Closing) };
    site.add_post(&secret).await;
    site.builder.library.lock().unwrap().push(secret.clone());
    site.builder.digest.lock().unwrap().posts[0].audience = Audience::Team("north".to_owned());
    let maya = site.maya().await;
    assert_eq!(site.get(&format!("/posts/{}", secret.id), &maya).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post(&format!("/posts/{}/save", secret.id), "", &maya).await.status, StatusCode::NOT_FOUND);
    assert!(!site.get("/stages/closing", &maya).await.body.contains("For the north"));
    assert!(!site.get("/", &maya).await.body.contains("When the CFO"));
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") };
    let ada = site.sign_in(&admin).await;
    assert_eq!(site.get(&format!("/posts/{}", secret.id), &ada).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_signing_in_there_is_nothing_to_see_and_nothing_to_do() {
    let site = Site::new().await;
    let post = pages::digest().posts[0].id.clone();
    for path in ["/", "/deals", "/stages", "/saved", "/commitments", "/settings", "/sources", &format!("/posts/{post}")]
    {
        let answer = site.get(path, "ridealong=0123456789abcdef").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/sign-in"), "{path}");
    }
    let answer = site.post(&format!("/posts/{post}/save"), "", "").await;
    assert_eq!(answer.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = Request::post("/sign-out")
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "127.0.0.1:8080")
            .header(name, value);
        let answer = site.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("came from another site"));
    }
    assert_eq!(site.get("/", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn acts_lead_back_into_this_site_only() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let path = format!("/posts/{}/save", pages::digest().posts[0].id);
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "/a%0d%0aSet-Cookie:+x=y"] {
        let answer = site.post(&path, &format!("back={elsewhere}"), &cookie).await;
        assert_eq!(answer.header("location"), "/", "{elsewhere}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn text_from_outside_is_text() {
    const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let site = Site::new().await;
    {
        let mut digest = site.builder.digest.lock().unwrap();
        let post = &mut digest.posts[0];
        post.title = SCRIPT.to_owned();
        post.mentor = Some(SCRIPT.to_owned());
        post.url = "javascript:alert(1)".to_owned();
        post.excerpt = SCRIPT.to_owned();
        digest.comments[0].text = SCRIPT.to_owned();
        digest.notes[0].text = SCRIPT.to_owned();
        digest.source_names[0].1 = SCRIPT.to_owned();
        let deal = &mut digest.deals[0];
        deal.deal.name = SCRIPT.to_owned();
        deal.deal.url = Some("javascript:alert(1)".to_owned());
        deal.picks[0].why = SCRIPT.to_owned();
        deal.picks[0].reasons[0].text = SCRIPT.to_owned();
    }
    let digest = site.builder.digest.lock().unwrap().clone();
    let mut deal = digest.deals[0].deal.clone();
    deal.notes = Some(SCRIPT.to_owned());
    deal.stage_label = SCRIPT.to_owned();
    site.store.save(Record::Deal(Box::new(deal.clone()))).await.unwrap();
    site.add_post(&digest.posts[0]).await;
    let cookie = site.sign_in(&Rep { name: SCRIPT.to_owned(), ..make::rep() }).await;
    let note = format!("text={}", url::form_urlencoded::byte_serialize(SCRIPT.as_bytes()).collect::<String>());
    site.post(&format!("/posts/{}/notes", digest.posts[0].id), &note, &cookie).await;
    let paths =
        ["/".to_owned(), "/deals".to_owned(), format!("/deals/{}", deal.id), format!("/posts/{}", digest.posts[0].id)];
    for path in paths {
        let page = site.get(&path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("alert(1)"), "{path} shows the text");
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{path}");
        assert!(!page.body.contains("href=\"javascript:"), "{path}");
    }
}

#[tokio::test]
async fn bad_ids_are_not_found_whatever_they_are() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    for id in ["%00", "..%2f..%2fetc", "%ff", "a%20b", "'%20or%201=1", &"a".repeat(5000)] {
        for room in ["posts", "deals", "stages", "digest"] {
            let answer = site.get(&format!("/{room}/{id}"), &cookie).await;
            assert!(answer.status.is_client_error(), "/{room}/{id}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn an_error_is_a_page_with_a_sentence_a_way_on_and_the_request_s_id() {
    let site = Site::new().await;
    let answer = site.get("/nowhere", "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("There is no page at this address."));
    assert!(answer.body.contains("href=\"/\""));
    assert!(answer.body.contains(answer.header("x-request-id")));
    let wrong_verb = site.post("/deals", "", "").await;
    assert_eq!(wrong_verb.status, StatusCode::METHOD_NOT_ALLOWED);
    let large = site.post("/sign-in", &format!("email={}", "a".repeat(300_000)), "").await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.body.contains("too large"));
}

#[tokio::test]
async fn the_look_is_served_from_here_and_kept_by_browsers() {
    let site = Site::new().await;
    let page = site.get("/sign-in", "").await;
    let style = page.between("<link rel=\"stylesheet\" href=\"", "\"");
    let answer = site.get(&style, "").await;
    assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
    assert!(answer.header("cache-control").contains("immutable"));
    let again = Request::get("/assets/style.css").header("if-none-match", answer.header("etag"));
    assert_eq!(site.ask(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
    for path in ["/assets/../Cargo.toml", "/assets/demo/reps.yaml", "/assets/nothing.css"] {
        assert_eq!(site.get(path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(site.get("/manifest.webmanifest", "").await.header("content-type"), "application/manifest+json");
    assert_eq!(site.get("/readyz", "").await.status, StatusCode::OK);
}

#[test]
fn htmx_is_the_file_that_was_published() {
    // Version 2.0.11 of htmx.org, dist/htmx.min.js.
    const PUBLISHED: &str = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717";
    let file = assets::find("htmx/htmx.min.js").unwrap();
    let sum: String = Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sum, PUBLISHED);
}
