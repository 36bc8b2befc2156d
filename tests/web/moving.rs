//! Moving out: what is kept of a rep, handed over as a whole and removed as a whole.

use crate::helpers::filled::fill;
use crate::helpers::make;
use crate::helpers::pages::Site;
use axum::http::StatusCode;
use ridealong::model::*;
use ridealong::store::{Record, RecordKind};
use serde_json::Value;

#[tokio::test]
async fn a_rep_takes_along_everything_that_is_theirs_and_no_secret() {
    let site = Site::new().await;
    fill(site.store.as_ref()).await;
    let cookie = site.maya().await;
    let token = site.token(&make::rep(), ApiScope::Read).await;
    let all = site.api("GET", "/api/v1/export", &token, "").await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.body);
    let told = all.json();
    assert_eq!(told["rep"]["email"], "maya@example.com");
    for kind in ["deal", "commitment", "note", "token", "answer", "read_marks", "webhook", "delivery"] {
        assert!(told[kind].as_array().is_some_and(|list| !list.is_empty()), "{kind} is missing");
    }
    assert_eq!(told["deal"].as_array().unwrap().len(), 32);
    assert!(!all.body.contains("noor@example.com"), "nothing of another rep");
    for secret in site.store.list_tokens(&make::rep().email).await.unwrap() {
        assert!(secret.key.len() <= 16 || !all.body.contains(&secret.key), "the hash of a token");
    }
    let file = site.get("/settings/export.json", &cookie).await;
    assert_eq!(file.json()["rep"], told["rep"]);
    assert!(file.header("content-disposition").contains("attachment"));
}

#[tokio::test]
async fn a_removed_rep_leaves_nothing_behind_in_any_kind_of_record() {
    let site = Site::new().await;
    fill(site.store.as_ref()).await;
    site.maya().await;
    let email = make::rep().email;
    site.store.remove_rep(&email).await.unwrap();
    for kind in RecordKind::ALL {
        for record in site.store.list_all(kind, None).await.unwrap() {
            let deal_of_nobody = matches!(&record, Record::Deal(deal) if deal.rep.is_none());
            let text = serde_json::to_string(&record).unwrap();
            assert!(deal_of_nobody || !text.contains(email.as_str()), "{kind:?}: {text}");
        }
    }
}

#[tokio::test]
async fn the_sources_leave_as_opml_and_as_yaml_that_are_read_again() {
    let site = Site::new().await;
    site.maya().await;
    let token = site.token(&make::rep(), ApiScope::Read).await;
    let opml = site.api("GET", "/api/v1/sources.opml", &token, "").await;
    let (outlines, broken) = ridealong::sources::opml::parse(&opml.body);
    assert_eq!((outlines.len(), outlines[0].url.as_str(), broken), (1, "https://blog.example/feed", false));
    let yaml = site.api("GET", "/api/v1/sources.yaml", &token, "").await;
    let set = ridealong::sources::parse(&yaml.body, "sources.yaml").unwrap();
    assert_eq!((set.sources.len(), set.sources[0].name.as_str()), (1, "The Cold Open"));
    let pushed: Value =
        serde_json::from_str(r#"{"deals":[{"external_id":"1","name":"N","stage":"Proposal"}]}"#).unwrap();
    let refused = site.api("PUT", "/api/v1/deals", &token, &pushed.to_string()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "a rep's token pushes no deals");
}

#[tokio::test]
async fn an_admin_s_program_adds_sources_of_another_reader_and_is_told_what_was_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.yaml");
    std::fs::write(&file, "# ours\nsources:\n  - id: blog\n    url: https://blog.example/feed\n").unwrap();
    let site = Site::of_file(&file).await;
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("boss@example.com"), "Boss") };
    site.store.save(Record::Rep(admin.clone())).await.unwrap();
    let (all, write) = (site.token(&admin, ApiScope::Admin).await, site.token(&admin, ApiScope::Write).await);
    let add = async |token: &str, body: Value| site.api("POST", "/api/v1/sources", token, &body.to_string()).await;
    let opml = r#"<opml><body><outline text="New" xmlUrl="https://new.example/feed"/><outline text="Old" xmlUrl="https://blog.example/feed"/>
        <outline text="Inside" xmlUrl="http://10.0.0.1/feed"></body>"#;
    let refused = add(&write, serde_json::json!({ "format": "opml", "text": opml })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let answer = add(&all, serde_json::json!({ "format": "opml", "text": opml })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let told = answer.json();
    assert_eq!((&told["added"], told["refused"].as_array().unwrap().len()), (&serde_json::json!(["new"]), 2));
    assert_eq!(told["refused"][0]["reason"], "it is there already, as blog");
    assert!(told["refused"][1]["reason"].as_str().unwrap().contains("10.0.0.1"), "{told}");
    let yaml = std::fs::read_to_string(&file).unwrap();
    let again = add(&all, serde_json::json!({ "format": "yaml", "text": yaml })).await.json();
    assert_eq!((&again["added"], again["refused"].as_array().unwrap().len()), (&serde_json::json!([]), 2));
    let moved = "sources:\n  - id: moved\n    url: https://moved.example/feed\n    trust: 0.9\n    paused: true\n";
    assert_eq!(
        add(&all, serde_json::json!({ "format": "yaml", "text": moved })).await.json()["added"],
        serde_json::json!(["moved"])
    );
    let faulty = add(&all, serde_json::json!({ "format": "yaml", "text": "sources:\n  - id: x\n    colour: red\n" }))
        .await
        .json();
    assert_eq!((&faulty["malformed"], &faulty["refused"][0]["what"]), (&Value::Bool(true), &"line 3".into()));
    for body in [
        serde_json::json!({}),
        serde_json::json!({ "format": "opml", "text": opml, "more": 1 }),
        serde_json::json!({ "format": "csv", "text": "" }),
    ] {
        assert_eq!(add(&all, body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# ours\n"), "what stood there stays: {text}");
    let set = ridealong::sources::parse(&text, "sources.yaml").unwrap();
    let kept: Vec<_> = set.sources.iter().map(|source| (source.id.as_str(), source.trust, source.paused)).collect();
    assert_eq!(kept, [("blog", 0.6, false), ("new", 0.6, false), ("moved", 0.9, true)]);
    assert_eq!(site.running.set().sources.len(), 3, "they are in use at once");
}

#[tokio::test]
async fn deals_are_pushed_in_the_normal_form_and_faults_keep_everything_out() {
    let site = Site::new().await;
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("boss@example.com"), "Boss") };
    site.store.save(Record::Rep(admin.clone())).await.unwrap();
    let token = site.token(&admin, ApiScope::Admin).await;
    let push = async |method: &str, body: &str| site.api(method, "/api/v1/deals", &token, body).await;
    let good = r#"{"deals":[{"external_id":"1","name":"Nordlys","stage":"Proposal","owner":"boss@example.com","amount":12.5,"currency":"EUR"}]}"#;
    let done = push("PUT", good).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let mine = site.api("GET", "/api/v1/deals", &token, "").await.json();
    assert_eq!((&mine["items"][0]["name"], &mine["items"][0]["amount_minor"]), (&"Nordlys".into(), &1250.into()));
    let bad = push("PUT", r#"{"deals":[{"external_id":"2","stage":"x"},{"name":"without an id"}]}"#).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.json()["detail"].as_str().unwrap().contains("deals[1].external_id"), "{}", bad.body);
    assert_eq!(push("PUT", r#"{"deals":[]}"#).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = push("PATCH", r#"{"deals":[{"external_id":"unknown","next_step":"Call"}]}"#).await;
    assert_eq!(unknown.status, StatusCode::CONFLICT, "a new deal needs a stage: {}", unknown.body);
    let one = r#"{"external_id":"9","stage":"Proposal"}"#;
    let twice = push("PUT", &format!(r#"{{"deals":[{one},{one}]}}"#)).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.json()["detail"].as_str().unwrap().contains("deals[1].external_id: \"9\""), "{}", twice.body);
    let patched = push("PATCH", r#"{"deals":[{"external_id":"1","next_step":"Call"}]}"#).await;
    assert_eq!(patched.status, StatusCode::OK, "{}", patched.body);
    let mine = site.api("GET", "/api/v1/deals", &token, "").await.json();
    assert_eq!((&mine["items"][0]["name"], &mine["items"][0]["next_step"]), (&"Nordlys".into(), &"Call".into()));
}
