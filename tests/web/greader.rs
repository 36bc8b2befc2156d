//! Conversations of feed readers that keep their marks here.

use crate::helpers::make;
use crate::helpers::pages::{Answer, Site};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ridealong::model::*;
use serde_json::Value;

const API: &str = "/greader/reader/api/0";

async fn asked(site: &Site, method: &str, path: &str, auth: &str, form: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("GoogleLogin auth={auth}"))
        .header("content-type", "application/x-www-form-urlencoded");
    site.ask(request.body(Body::from(form.to_owned())).unwrap()).await
}

/// Signs in as a reader does, with the address and a token as the password.
async fn signed_in(site: &Site, scope: ApiScope) -> String {
    site.maya().await;
    let token = site.token(&make::rep(), scope).await;
    let form =
        format!("accountType=HOSTED_OR_GOOGLE&Email=maya%40example.com&Passwd={token}&service=reader&output=json");
    let answer = asked(site, "POST", "/greader/accounts/ClientLogin", "none", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.between("Auth=", "\n")
}

async fn items(site: &Site, auth: &str, stream: &str) -> Vec<Value> {
    let answer = asked(site, "GET", &format!("{API}/stream/contents/{stream}"), auth, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_reader_signs_in_lists_and_reads() {
    let site = Site::new().await;
    let auth = signed_in(&site, ApiScope::Read).await;
    let user = asked(&site, "GET", &format!("{API}/user-info?output=json"), &auth, "").await.json();
    assert_eq!(user["userEmail"], "maya@example.com");
    let list = asked(&site, "GET", &format!("{API}/subscription/list?output=json"), &auth, "").await.json();
    let ids: Vec<_> = list["subscriptions"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!((ids[0], ids.len()), ("feed/digest", 12));
    let digest = items(&site, &auth, "feed/digest").await;
    assert_eq!(digest.len(), 2);
    assert!(digest[0]["id"].as_str().unwrap().starts_with("tag:google.com,2005:reader/item/"));
    assert!(digest[0]["summary"]["content"].as_str().unwrap().contains("Why this"));
    assert!(!digest.iter().any(|item| item.to_string().contains("Sundby")), "names of deals stay out");
    let refs = asked(&site, "GET", &format!("{API}/stream/items/ids?s=feed/digest&n=1"), &auth, "").await.json();
    assert_eq!((refs["itemRefs"].as_array().unwrap().len(), &refs["continuation"]), (1, &"1".into()));
    let number = refs["itemRefs"][0]["id"].as_str().unwrap();
    let one = asked(&site, "POST", &format!("{API}/stream/items/contents"), &auth, &format!("i={number}&T=x")).await;
    assert_eq!(one.json()["items"][0]["id"], digest[0]["id"], "short and long ids name the same item");
    let tags = asked(&site, "GET", &format!("{API}/tag/list?output=json"), &auth, "").await.json();
    assert_eq!(tags["tags"][0]["id"], "user/-/state/com.google/starred");
}

#[tokio::test]
async fn read_marks_and_stars_are_kept_and_a_star_is_what_the_pages_call_saved() {
    let site = Site::new().await;
    let auth = signed_in(&site, ApiScope::Write).await;
    let first = items(&site, &auth, "feed/digest").await[0].clone();
    let id = first["id"].as_str().unwrap();
    let edit = async |form: String| asked(&site, "POST", &format!("{API}/edit-tag"), &auth, &form).await;
    assert_eq!(edit(format!("i={id}&a=user/-/state/com.google/read&ac=edit&T=x")).await.body, "OK");
    assert_eq!(edit(format!("i={id}&a=user/1001/state/com.google/starred")).await.body, "OK");
    let now = items(&site, &auth, "feed/digest").await;
    let categories = now[0]["categories"].to_string();
    assert!(categories.contains("state/com.google/read") && categories.contains("starred"), "{categories}");
    let unread = items(&site, &auth, "feed/digest?xt=user/-/state/com.google/read").await;
    assert_eq!((unread.len(), now.len()), (1, 2));
    let cookie = site.maya().await;
    let title = first["title"].as_str().unwrap().to_owned();
    assert!(site.get("/saved", &cookie).await.body.contains(&title));
    assert_eq!(items(&site, &auth, "user/-/state/com.google/starred").await.len(), 1);
    edit(format!("i={id}&r=user/-/state/com.google/starred&r=user/-/state/com.google/read")).await;
    assert!(items(&site, &auth, "user/-/state/com.google/starred").await.is_empty());
    assert_eq!(items(&site, &auth, "feed/digest?xt=user/-/state/com.google/read").await.len(), 2);
    asked(&site, "POST", &format!("{API}/mark-all-as-read"), &auth, "s=feed/digest&T=x").await;
    assert!(items(&site, &auth, "feed/digest?xt=user/-/state/com.google/read").await.is_empty());
    let counts = asked(&site, "GET", &format!("{API}/unread-count?output=json"), &auth, "").await.json();
    assert_eq!(
        (&counts["unreadcounts"][0]["id"], &counts["unreadcounts"][0]["count"]),
        (&"feed/digest".into(), &0.into())
    );
}

#[tokio::test]
async fn only_the_right_person_with_the_right_token_gets_in_and_only_a_writer_marks() {
    let site = Site::new().await;
    let auth = signed_in(&site, ApiScope::Read).await;
    let read = "i=1&a=user/-/state/com.google/read";
    assert_eq!(asked(&site, "POST", &format!("{API}/edit-tag"), &auth, read).await.status, StatusCode::FORBIDDEN);
    for form in [
        format!("Email=rafael%40example.com&Passwd={auth}"),
        "Email=maya%40example.com&Passwd=secret".to_owned(),
        "Email=maya%40example.com".to_owned(),
        String::new(),
    ] {
        let answer = asked(&site, "POST", "/greader/accounts/ClientLogin", "none", &form).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{form}");
    }
    assert_eq!(asked(&site, "GET", &format!("{API}/user-info"), "wrong", "").await.status, StatusCode::UNAUTHORIZED);
    for stream in ["feed/nonsense", "feed/stages/nonsense", "user/-/state/com.google/broadcast", "..%2f.."] {
        let answer = asked(&site, "GET", &format!("{API}/stream/contents/{stream}"), &auth, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{stream}");
    }
}
