use crate::helpers::eventually;
use crate::helpers::{make, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ridealong::store::Record;

#[tokio::test]
async fn looking_at_a_link_uses_nothing_up_and_pressing_the_button_signs_in_once() {
    let site = Site::new().await;
    let path = site.link(&make::rep().email).await;
    for _ in 0..2 {
        let page = site.get(&path, "").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.matches("<form").count(), 1);
        assert!(page.body.contains(&format!("<form method=\"post\" action=\"{path}\">")));
    }
    let signed_in = site.post(&path, "", "").await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    assert_eq!(signed_in.header("location"), "/");
    let again = site.post(&path, "", "").await;
    assert_eq!(again.status, StatusCode::GONE);
    assert_eq!(site.get(&path, "").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn an_expired_link_opens_nothing() {
    let site = Site::new().await;
    let path = site.link(&make::rep().email).await;
    site.clock.set(make::now() + jiff::SignedDuration::from_mins(61));
    assert_eq!(site.get(&path, "").await.status, StatusCode::GONE);
    assert_eq!(site.post(&path, "", "").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_session_s_secret_is_no_sign_in_link_and_survives_being_tried_as_one() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let secret = cookie.split_once('=').unwrap().1;
    assert_eq!(site.post(&format!("/sign-in/{secret}"), "", "").await.status, StatusCode::GONE);
    assert_eq!(site.get("/", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn cookies_are_for_this_host_alone_and_for_https_where_the_pages_are() {
    let plain = Site::new().await;
    let path = plain.link(&make::rep().email).await;
    let cookie = plain.post(&path, "", "").await.header("set-cookie").to_owned();
    assert!(cookie.starts_with("ridealong=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"));
    let safe = Site::under("https://advice.example").await;
    let path = safe.link(&make::rep().email).await;
    let cookie = safe.post(&path, "", "").await.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-ridealong=") && cookie.contains("Secure") && cookie.contains("Path=/"));
}

/// Waits until the session is noted as used then; the page does not wait for that.
async fn used_at(site: &Site, at: jiff::Timestamp) {
    let is_noted = || async {
        let tokens = site.store.list_tokens(&make::rep().email).await.unwrap();
        tokens.iter().any(|token| token.used_at == Some(at))
    };
    eventually("the session is noted as used", is_noted).await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_slides_when_it_is() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let days = |days: i64| make::now() + jiff::SignedDuration::from_hours(24 * days);
    site.clock.set(days(29));
    assert_eq!(site.get("/deals", &cookie).await.status, StatusCode::OK);
    used_at(&site, days(29)).await;
    site.clock.set(days(58));
    assert_eq!(site.get("/deals", &cookie).await.status, StatusCode::OK);
    used_at(&site, days(58)).await;
    site.clock.set(days(58 + 31));
    assert_eq!(site.get("/deals", &cookie).await.header("location"), "/sign-in?back=%2Fdeals");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_other_sessions_can_be_ended_from_here() {
    let site = Site::new().await;
    let (first, second) = (site.maya().await, site.maya().await);
    assert_eq!(site.post("/settings/sessions/end-others", "", &second).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get("/", &first).await.header("location"), "/sign-in");
    assert_eq!(site.get("/", &second).await.status, StatusCode::OK);
    site.post("/sign-out", "", &second).await;
    assert_eq!(site.get("/", &second).await.header("location"), "/sign-in");
}

#[tokio::test]
async fn asking_for_a_link_tells_nobody_who_is_known_and_mails_a_few_only() {
    let site = Site::new().await;
    let known = site.post("/sign-in", "email=maya@example.com", "").await;
    let unknown = site.post("/sign-in", "email=nobody@example.com", "").await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    for _ in 0..9 {
        site.post("/sign-in", "email=maya@example.com", "").await;
    }
    eventually("links are mailed", || async { site.mailed.0.lock().unwrap().len() >= 3 }).await;
    let mailed = site.mailed.0.lock().unwrap().clone();
    assert_eq!(mailed.len(), 3, "{mailed:?}");
    assert!(mailed.iter().all(|(rep, link)| rep.as_str() == "maya@example.com" && link.contains("/sign-in/")));
}

#[tokio::test]
async fn ten_thousand_tries_are_slowed_down() {
    let site = Site::new().await;
    let mut refused = 0;
    for number in 0..10_000 {
        let request = Request::post(format!("/sign-in/{number:064x}")).body(Body::empty()).unwrap();
        refused += usize::from(site.ask(request).await.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 10_000 - 60);
}

#[tokio::test]
async fn whoever_followed_a_link_to_a_page_gets_it_after_signing_in() {
    let site = Site::new().await;
    site.store.save(Record::Rep(make::rep())).await.unwrap();
    let asked = site.get("/search?q=procurement", "").await;
    let way = asked.header("location").to_owned();
    assert_eq!(way, "/sign-in?back=%2Fsearch%3Fq%3Dprocurement");
    let page = site.get(&way, "").await;
    assert!(page.body.contains("name=\"back\" value=\"/search?q=procurement\""), "{}", page.body);
    site.post("/sign-in", "email=maya@example.com&back=%2Fsearch%3Fq%3Dprocurement", "").await;
    // It is written behind the answer.
    eventually("a link is mailed", || async { !site.mailed.0.lock().unwrap().is_empty() }).await;
    let mailed = site.mailed.0.lock().unwrap().clone();
    let link = mailed[0].1.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    let page = site.get(&link, "").await;
    assert!(page.body.contains(&format!("<form method=\"post\" action=\"{link}\">")), "{}", page.body);
    let answer = site.post(&link, "", "").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/search?q=procurement"));
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site_and_not_in_circles() {
    let site = Site::new().await;
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "%2F%2Fevil.example",
        "javascript:alert(1)",
        "/a%0d%0aSet-Cookie:x=y",
        "/sign-out",
        "/sign-in/0011",
        "/%09/evil.example",
    ] {
        let link = site.link(&make::rep().email).await;
        let page = site.get(&format!("/sign-in?back={elsewhere}"), "").await;
        assert!(page.body.contains("name=\"back\" value=\"/\""), "{elsewhere}: {}", page.body);
        let answer = site.post(&format!("{link}?back={elsewhere}"), "", "").await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{elsewhere}");
    }
}
