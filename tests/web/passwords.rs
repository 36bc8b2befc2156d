use crate::helpers::{make, pages::Site};
use axum::http::StatusCode;

const GOOD: &str = "current=&new=seven+blue+kettles+sing";

async fn tries(site: &Site, email: &str, password: &str) -> StatusCode {
    site.post("/sign-in", &format!("email={email}&password={password}"), "").await.status
}

#[tokio::test]
async fn a_rep_who_sets_a_password_signs_in_with_it() {
    let site = Site::new().await;
    let (elsewhere, here) = (site.maya().await, site.maya().await);
    let set = site.post("/settings/password", GOOD, &here).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    assert_eq!(site.get("/", &elsewhere).await.header("location"), "/sign-in", "other sessions end");
    let answer = site.post("/sign-in", "email=Maya%40example.com&password=seven+blue+kettles+sing", "").await;
    assert_eq!(answer.header("location"), "/", "{}", answer.body);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(site.get("/", &cookie).await.status, StatusCode::OK);
    let wrong = site.post("/settings/password", "current=not+it&new=", &cookie).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let removed = site.post("/settings/password", "current=seven+blue+kettles+sing&new=", &cookie).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(tries(&site, "maya@example.com", "seven+blue+kettles+sing").await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_wrong_password_says_the_same_whoever_is_asked_for() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    site.post("/settings/password", GOOD, &cookie).await;
    let known = site.post("/sign-in", "email=maya@example.com&password=wrong+wrong+wrong", "").await;
    let without_id = |body: &str| body.split("Request ").next().unwrap().to_owned();
    for other in ["nobody@example.com", "rafael@example.com"] {
        let answer = site.post("/sign-in", &format!("email={other}&password=wrong+wrong+wrong"), "").await;
        assert_eq!((answer.status, without_id(&answer.body)), (known.status, without_id(&known.body)));
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_for_each_account() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    site.post("/settings/password", GOOD, &cookie).await;
    let mut refused = 0;
    for _ in 0..12 {
        refused += usize::from(tries(&site, "maya@example.com", "guess").await == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 6, "{refused}");
    let right = site.post("/sign-in", "email=maya@example.com&password=seven+blue+kettles+sing", "").await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "also for who would know it");
    assert_eq!(right.header("retry-after"), "60");
    assert_eq!(site.post("/sign-in", "email=maya@example.com", "").await.status, StatusCode::OK, "a link still comes");
}

#[tokio::test]
async fn a_poor_password_is_not_taken_and_none_is_kept_in_the_clear() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    for poor in ["short", "maya-maya-maya", &"x".repeat(300)] {
        let answer = site.post("/settings/password", &format!("new={poor}"), &cookie).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{poor}");
    }
    site.post("/settings/password", GOOD, &cookie).await;
    let tokens = format!("{:?}", site.store.list_tokens(&make::rep().email).await.unwrap());
    assert!(tokens.contains("$argon2id$") && !tokens.contains("kettles"), "{tokens}");
}

#[tokio::test]
async fn one_session_can_be_ended_from_another_but_not_somebody_else_s() {
    let site = Site::new().await;
    let (phone, here) = (site.maya().await, site.maya().await);
    let page = site.get("/settings", &here).await;
    let path = format!("/settings/sessions/{}/end", page.between("/settings/sessions/", "/end"));
    let olga = site.sign_in(&ridealong::model::Rep::new(make::email("olga@example.com"), "Olga")).await;
    assert_eq!(site.post(&path, "", &olga).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/", &phone).await.status, StatusCode::OK);
    assert_eq!(site.post(&path, "", &here).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get("/", &phone).await.header("location"), "/sign-in");
    assert_eq!(site.get("/", &here).await.status, StatusCode::OK);
}
