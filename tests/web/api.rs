//! What programs that ask with a token get, and what they do not.

use crate::helpers::pages::{Answer, Site};
use crate::helpers::{make, pages};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ridealong::model::*;
use ridealong::store::Record;

async fn maya(scope: ApiScope) -> (Site, String) {
    let site = Site::new().await;
    site.maya().await;
    let token = site.token(&make::rep(), scope).await;
    (site, token)
}

fn rafael() -> Rep {
    Rep { team: Some("north".to_owned()), ..Rep::new(make::email("rafael@example.com"), "Rafael Duarte") }
}

fn is_problem(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], status.as_u16());
    assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{problem}");
    assert!(problem["instance"].as_str().unwrap().starts_with("urn:uuid:"));
}

#[tokio::test]
async fn the_picks_come_with_their_deal_their_post_and_their_reasons() {
    let (site, token) = maya(ApiScope::Read).await;
    let answer = site.api("GET", "/api/v1/picks", &token, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let picks = answer.json();
    let first = &picks["items"][0];
    assert_eq!(first["deal_name"], "Sundby Pharma");
    assert_eq!(first["post"]["title"], "When the CFO says it’s too expensive");
    assert!(first["why"].as_str().unwrap().contains("CFO asks for a discount"));
    assert_eq!(first["reasons"][0]["term"], "stage");
    assert_eq!(picks["next"], serde_json::Value::Null);
}

#[tokio::test]
async fn what_is_read_says_who_reads_it() {
    let (site, token) = maya(ApiScope::Read).await;
    let me = site.api("GET", "/api/v1/me", &token, "").await.json();
    assert_eq!((&me["rep"]["email"], &me["token"]["scope"]), (&"maya@example.com".into(), &"read".into()));
}

#[tokio::test]
async fn without_a_good_token_nothing_opens() {
    let (site, token) = maya(ApiScope::Read).await;
    let cookie = site.maya().await;
    let bare = site.get("/api/v1/me", &cookie).await;
    is_problem(&bare, StatusCode::UNAUTHORIZED);
    assert_eq!(bare.header("www-authenticate"), "Bearer realm=\"ridealong\"");
    let flipped = if token.ends_with('0') { '1' } else { '0' };
    let wrong = [
        token[..token.len() - 1].to_owned(),
        format!("{}{flipped}", &token[..token.len() - 1]),
        format!("{token}0"),
        token.to_uppercase(),
        token.replace("ridealong_", ""),
        "é".to_owned(),
        String::new(),
    ];
    for wrong in wrong {
        let request = Request::get("/api/v1/me").header("authorization", format!("Bearer {wrong}").as_bytes());
        let answer = site.ask(request.body(Body::empty()).unwrap()).await;
        is_problem(&answer, StatusCode::UNAUTHORIZED);
        assert!(answer.header("www-authenticate").contains("invalid_token"), "{wrong}");
    }
    for secret in site.store.list_tokens(&make::rep().email).await.unwrap() {
        let answer = site.api("GET", "/api/v1/me", &secret.key, "").await;
        is_problem(&answer, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_revoked_or_expired_token_opens_nothing_and_other_tokens_still_do() {
    let (site, token) = maya(ApiScope::Read).await;
    let until = make::now() + jiff::SignedDuration::from_hours(24);
    let email = make::rep().email;
    let store = site.store.as_ref();
    let short = ridealong::web::make_api_token(store, &email, "short", ApiScope::Read, make::now(), Some(until));
    let short = short.await.unwrap();
    assert_eq!(site.api("GET", "/api/v1/me", &short, "").await.status, StatusCode::OK);
    site.clock.set(until);
    is_problem(&site.api("GET", "/api/v1/me", &short, "").await, StatusCode::UNAUTHORIZED);
    assert_eq!(site.api("GET", "/api/v1/me", &token, "").await.status, StatusCode::OK);
    let known = ridealong::web::list_api_tokens(store, &email).await.unwrap();
    let id = known.iter().find(|(token, _)| token.name == "test").map(|(token, _)| ridealong::web::api_token_id(token));
    assert!(ridealong::web::revoke_api_token(store, &email, id.unwrap()).await.unwrap());
    is_problem(&site.api("GET", "/api/v1/me", &token, "").await, StatusCode::UNAUTHORIZED);
    store.remove_rep(&email).await.unwrap();
    assert!(store.list_tokens(&email).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_token_does_what_its_scope_says_and_an_admin_s_only_while_they_are_one() {
    let site = Site::new().await;
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("boss@example.com"), "Boss") };
    site.store.save(Record::Rep(admin.clone())).await.unwrap();
    let [read, write, all] = [ApiScope::Read, ApiScope::Write, ApiScope::Admin];
    let (read, write, all) =
        (site.token(&admin, read).await, site.token(&admin, write).await, site.token(&admin, all).await);
    let wish = r#"{"act":"mute_mentor","mentor":"Somebody"}"#;
    let refused = site.api("POST", "/api/v1/feedback", &read, wish).await;
    is_problem(&refused, StatusCode::FORBIDDEN);
    assert!(refused.header("www-authenticate").contains("insufficient_scope"));
    assert_eq!(site.api("POST", "/api/v1/feedback", &write, wish).await.status, StatusCode::OK);
    is_problem(&site.api("GET", "/api/v1/reps", &write, "").await, StatusCode::FORBIDDEN);
    assert_eq!(site.api("GET", "/api/v1/reps", &all, "").await.status, StatusCode::OK);
    site.store.save(Record::Rep(Rep { role: Role::Rep, ..admin })).await.unwrap();
    is_problem(&site.api("GET", "/api/v1/reps", &all, "").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_reads_or_changes_what_is_another_s() {
    let (site, maya) = maya(ApiScope::Write).await;
    let other = rafael();
    site.store.save(Record::Rep(other.clone())).await.unwrap();
    let theirs = site.token(&other, ApiScope::Write).await;
    let deal = &pages::digest().deals[0].deal.id;
    let post = &pages::digest().posts[0].id;
    let promise = format!(r#"{{"post":"{post}","deal":"{deal}","due":"2026-11-30"}}"#);
    let made = site.api("POST", "/api/v1/commitments", &maya, &promise).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let place = made.header("location").to_owned();
    assert_eq!(site.api("GET", &place, &maya, "").await.json(), made.json());
    let secret = Post { audience: Audience::Team("south".to_owned()), ..make::post("s", "Secret", Stage::Closing) };
    site.add_post(&secret).await;
    for path in [
        format!("/api/v1/deals/{deal}"),
        format!("/api/v1/deals/{deal}/picks"),
        place.clone(),
        format!("/api/v1/posts/{}", secret.id),
        format!("/api/v1/posts/{}/comments", secret.id),
        format!("/api/v1/posts/{}/notes", secret.id),
        "/api/v1/posts/..%2f..%2fme".to_owned(),
        "/api/v1/posts/%00".to_owned(),
        "/api/v1/posts/%ff".to_owned(),
    ] {
        let answer = site.api("GET", &path, &theirs, "").await;
        assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{path} {}", answer.status);
    }
    is_problem(&site.api("PATCH", &place, &theirs, r#"{"state":"done"}"#).await, StatusCode::NOT_FOUND);
    let wish = format!(r#"{{"act":"snooze_deal","deal":"{deal}","weeks":1}}"#);
    is_problem(&site.api("POST", "/api/v1/feedback", &theirs, &wish).await, StatusCode::NOT_FOUND);
    let listed = site.api("GET", "/api/v1/posts", &theirs, "").await;
    assert!(listed.status == StatusCode::OK && !listed.body.contains("Secret"));
    assert_eq!(site.api("GET", "/api/v1/deals", &theirs, "").await.json()["items"], serde_json::json!([]));
}

#[tokio::test]
async fn pages_of_a_list_follow_each_other_without_gap_or_repetition() {
    let (site, token) = maya(ApiScope::Read).await;
    for n in 0..23 {
        site.add_post(&make::post(&format!("p{n}"), &format!("Post {n}"), Stage::Closing)).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/posts?limit=10".to_owned());
    loop {
        let page = site.api("GET", &path, &token, "").await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/posts?limit=10&cursor={next}");
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (25, 25));
    for wrong in ["limit=0", "limit=201", "limit=x", "stage=nonsense", "source=..%2f"] {
        is_problem(
            &site.api("GET", &format!("/api/v1/posts?{wrong}"), &token, "").await,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    is_problem(&site.api("GET", "/api/v1/posts?cursor=%25", &token, "").await, StatusCode::NOT_FOUND);
    let closing = site.api("GET", "/api/v1/posts?stage=closing&limit=200", &token, "").await.json();
    assert_eq!(closing["items"].as_array().unwrap().len(), 24);
}

#[tokio::test]
async fn what_a_program_has_already_is_not_sent_again() {
    let (site, token) = maya(ApiScope::Write).await;
    for path in ["/api/v1/picks", "/api/v1/posts", "/api/v1/stages", "/api/v1/sources", "/api/v1/feedback"] {
        let first = site.api("GET", path, &token, "").await;
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        let again = site.ask(request.header("if-none-match", first.header("etag")).body(Body::empty()).unwrap()).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    let feedback = site.api("GET", "/api/v1/feedback", &token, "").await;
    site.api("POST", "/api/v1/feedback", &token, r#"{"act":"mute_source","source":"blog"}"#).await;
    let request = Request::get("/api/v1/feedback").header("authorization", format!("Bearer {token}"));
    let again = site.ask(request.header("if-none-match", feedback.header("etag")).body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::OK);
}

async fn keyed(site: &Site, token: &str, key: &str, body: &str) -> Answer {
    let request = Request::post("/api/v1/commitments")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    site.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_write_that_is_sent_again_is_done_once() {
    let (site, token) = maya(ApiScope::Write).await;
    let deal = &pages::digest().deals[0].deal.id;
    let post = &pages::digest().posts[0].id;
    let body = format!(r#"{{"post":"{post}","deal":"{deal}","due":"2026-11-30"}}"#);
    let first = keyed(&site, &token, "k1", &body).await;
    let second = keyed(&site, &token, "k1", &body).await;
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(second.header("location"), first.header("location"));
    let count = async || site.store.list_commitments(&make::rep().email).await.unwrap().len();
    assert_eq!(count().await, 1);
    is_problem(&keyed(&site, &token, "k1", &body.replace("11-30", "12-01")).await, StatusCode::CONFLICT);
    let bad = keyed(&site, &token, "k2", &body.replace("2026", "1999")).await;
    is_problem(&bad, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keyed(&site, &token, "k2", &body).await.status, StatusCode::CREATED, "a refusal leaves the key free");
    let another = site.token(&make::rep(), ApiScope::Write).await;
    assert_eq!(keyed(&site, &another, "k1", &body).await.status, StatusCode::CREATED, "keys are a token's own");
    let (one, two) = tokio::join!(keyed(&site, &token, "k3", &body), keyed(&site, &token, "k3", &body));
    let statuses = [one.status, two.status];
    assert!(statuses.contains(&StatusCode::CREATED), "{statuses:?}");
    assert_eq!(count().await, 4);
    site.clock.set(make::now() + jiff::SignedDuration::from_hours(25));
    assert_eq!(keyed(&site, &token, "k1", &body).await.status, StatusCode::CREATED, "a day later it is a new write");
    let kept = site.store.list_all(ridealong::store::RecordKind::Answer, None).await.unwrap();
    assert_eq!(kept.len(), 1, "what is too old to count is not kept");
}

#[tokio::test]
async fn a_write_over_what_was_changed_meanwhile_is_refused_where_it_asks_for_that() {
    let (site, token) = maya(ApiScope::Write).await;
    let deal = &pages::digest().deals[0].deal.id;
    let post = &pages::digest().posts[0].id;
    let body = format!(r#"{{"post":"{post}","deal":"{deal}","due":"2026-11-30"}}"#);
    let place = site.api("POST", "/api/v1/commitments", &token, &body).await.header("location").to_owned();
    let etag = site.api("GET", &place, &token, "").await.header("etag").to_owned();
    let patch = async |body: &str| {
        let request = Request::patch(&place)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("if-match", &etag);
        site.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    assert_eq!(patch(r#"{"state":"not_yet"}"#).await.status, StatusCode::OK);
    is_problem(&patch(r#"{"state":"done"}"#).await, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_token_that_asks_too_often_is_told_when_to_come_again_and_others_are_not() {
    let (site, token) = maya(ApiScope::Read).await;
    let first = site.api("GET", "/api/v1/stages", &token, "").await;
    assert_eq!(first.header("ratelimit-policy"), "\"token\";q=300;w=30");
    assert_eq!(first.header("ratelimit"), "\"token\";r=299;t=0");
    let mut last = first;
    for _ in 0..300 {
        last = site.api("GET", "/api/v1/me", &token, "").await;
    }
    is_problem(&last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(last.header("retry-after"), "1");
    let other = site.token(&make::rep(), ApiScope::Read).await;
    assert_eq!(site.api("GET", "/api/v1/me", &other, "").await.status, StatusCode::OK);
    site.clock.set(make::now() + jiff::SignedDuration::from_secs(1));
    assert_eq!(site.api("GET", "/api/v1/me", &token, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_changes_nothing() {
    let (site, token) = maya(ApiScope::Write).await;
    for body in ["{", "[]", "null", r#"{"act":"nonsense"}"#, r#"{"act":"save"}"#] {
        let answer = site.api("POST", "/api/v1/feedback", &token, body).await;
        is_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let request = Request::post("/api/v1/feedback").header("authorization", format!("Bearer {token}"));
    let answer = site.ask(request.header("content-type", "text/plain").body(Body::from("{}")).unwrap()).await;
    is_problem(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let long = format!("/api/v1/search?q={}", "x".repeat(501));
    is_problem(&site.api("GET", &long, &token, "").await, StatusCode::UNPROCESSABLE_ENTITY);
    is_problem(&site.api("GET", "/api/v1/nonsense", &token, "").await, StatusCode::NOT_FOUND);
    assert!(site.store.list_acts(&make::rep().email).await.unwrap().acts.is_empty());
}

#[tokio::test]
async fn the_acts_of_programs_and_of_buttons_are_the_same() {
    let (site, token) = maya(ApiScope::Write).await;
    let cookie = site.maya().await;
    let post = &pages::digest().posts[0].id;
    site.post(&format!("/posts/{post}/save"), "back=/", &cookie).await;
    let listed = site.api("GET", "/api/v1/feedback", &token, "").await.json();
    let key = listed["items"][0]["key"].as_str().unwrap();
    assert_eq!((&listed["items"][0]["act"], key), (&"save".into(), format!("save:{post}").as_str()));
    let undone = site.api("DELETE", &format!("/api/v1/feedback/{}", key.replace(':', "%3A")), &token, "").await;
    assert_eq!(undone.status, StatusCode::NO_CONTENT);
    let written = site.api("POST", &format!("/api/v1/posts/{post}/notes"), &token, r#"{"text":"Worked."}"#).await;
    assert_eq!(written.status, StatusCode::CREATED);
    assert!(site.get(&format!("/posts/{post}"), &cookie).await.body.contains("Worked."));
    let found = r#"{"url":"https://elsewhere.example/a","note":"Read the second half."}"#;
    let taken = site.api("POST", "/api/v1/finds", &token, found).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.body);
    assert_eq!(site.api("GET", taken.header("location"), &token, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_revoked_in_the_settings() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let page = site.post("/settings/tokens", "name=Phone&scope=read&days=7", &cookie).await;
    let secret = page.between("not shown again: <code>", "</code>");
    assert_eq!(site.api("GET", "/api/v1/me", &secret, "").await.status, StatusCode::OK);
    let page = site.get("/settings", &cookie).await;
    assert!(!page.body.contains(&secret) && page.body.contains("Phone, may read"));
    let revoke = format!("/settings/tokens/{}/revoke", page.between("/settings/tokens/", "/revoke"));
    let other = site.sign_in(&rafael()).await;
    assert_eq!(site.post(&revoke, "", &other).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post(&revoke, "", &cookie).await.status, StatusCode::SEE_OTHER);
    is_problem(&site.api("GET", "/api/v1/me", &secret, "").await, StatusCode::UNAUTHORIZED);
    let refused = site.post("/settings/tokens", "name=Phone&scope=admin&days=7", &cookie).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
