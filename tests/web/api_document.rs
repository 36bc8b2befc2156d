//! The description of the API and its routes are one.

use crate::helpers::{make, pages::Site};
use axum::http::StatusCode;
use ridealong::model::ApiScope;
use serde_json::Value;
use std::path::Path;

fn document() -> Value {
    serde_json::from_str(&ridealong::web::openapi()).unwrap()
}

/// Every path of the document with its methods.
fn operations() -> Vec<(String, Vec<String>)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let methods = |item: &Value| item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_of_the_document_is_there_and_nothing_else_is_at_its_address() {
    let site = Site::new().await;
    site.maya().await;
    let token = site.token(&make::rep(), ApiScope::Write).await;
    let operations = operations();
    assert!(operations.len() > 15, "{operations:?}");
    for (path, methods) in operations {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = site.api(method, &filled(&path), &token, "").await;
            if methods.iter().any(|known| known == method) {
                assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                assert!(!answer.body.contains("no page at this address"), "{method} {path} is described but not there");
            } else {
                assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path} is there but not described");
                assert!(answer.headers.contains_key("allow"));
            }
        }
    }
}

#[test]
fn no_route_of_the_api_can_be_mounted_without_its_description() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    for entry in std::fs::read_dir(web.join("api")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains(".route("), "{} mounts a route by hand", path.display());
        }
    }
    let router = std::fs::read_to_string(web.join("router.rs")).unwrap();
    let by_hand: Vec<_> = router.split(".route(\"/api").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(by_hand, ["", "/openapi.json"]);
}

#[test]
fn every_operation_says_what_it_does_and_how_it_may_fail() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{name}");
            assert!(operation["operationId"].is_string(), "{name}");
            for status in ["401", "403", "404", "422", "429"] {
                assert!(operation["responses"][status]["content"]["application/problem+json"].is_object(), "{name}");
            }
            let has_body = operation["requestBody"].is_object();
            let keyed = operation["parameters"]
                .as_array()
                .is_some_and(|parameters| parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"));
            assert_eq!(has_body, keyed, "{name}: what takes a body takes an Idempotency-Key");
        }
    }
}

#[tokio::test]
async fn the_documentation_page_shows_every_operation_and_no_other_host() {
    let site = Site::new().await;
    let page = site.get("/api", "").await;
    assert_eq!(page.status, StatusCode::OK);
    for (path, methods) in operations() {
        for method in methods {
            assert!(page.body.contains(&format!("<code>{method} {path}</code>")), "{method} {path}");
        }
    }
    assert!(!page.body.contains('`'), "what is code is marked as code");
    assert!(!page.body.contains("src=\"http") && !page.body.contains("href=\"http"));
    let json = site.get("/api/openapi.json", "").await;
    assert_eq!((json.status, json.header("content-type")), (StatusCode::OK, "application/json"));
    assert_eq!(json.json(), document());
}
