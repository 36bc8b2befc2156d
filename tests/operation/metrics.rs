//! What a process counts is for its operator: nothing in it names a rep, a deal or an address, and no stranger sees it.

use crate::helpers::{make, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ridealong::metrics::Metrics;
use ridealong::model::*;
use ridealong::web::metrics_router;
use std::sync::Arc;
use tower::ServiceExt;

fn ada() -> Rep {
    Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") }
}

#[tokio::test]
async fn only_a_signed_in_admin_sees_the_counters_among_the_pages() {
    let site = Site::new().await;
    assert!(site.get("/metrics", "").await.header("location").starts_with("/sign-in?"));
    assert_eq!(site.get("/metrics", &site.maya().await).await.status, StatusCode::FORBIDDEN);
    let cookie = site.sign_in(&ada()).await;
    let shown = site.get("/metrics", &cookie).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.header("content-type").starts_with("application/openmetrics-text"));
    assert!(shown.body.contains(r#"ridealong_build_info{version="test",commit="test"} 1"#), "{}", shown.body);
    assert!(shown.body.trim_end().ends_with("# EOF"), "{}", shown.body);
}

#[tokio::test]
async fn routes_are_counted_as_they_are_declared_so_that_labels_stay_few() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    let token = "f00dfeedf00dfeedf00dfeedf00dfeed";
    for n in 0..30 {
        site.get(&format!("/posts/00000000000000000000{n:04}"), &cookie).await;
        site.get(&format!("/feeds/{token}{n}/digest.rss"), "").await;
        site.get(&format!("/nowhere/{n}"), "").await;
    }
    let text = site.get("/metrics", &cookie).await.body;
    assert!(text.contains(r#"ridealong_requests_total{route="/posts/{id}",method="GET",status="4xx"} 30"#), "{text}");
    assert!(text.contains(r#"ridealong_requests_total{route="none",method="GET",status="4xx"} 30"#), "{text}");
    for hidden in [token, "nowhere", "ada@example.com", "Sundby"] {
        assert!(!text.contains(hidden), "{hidden} stands in\n{text}");
    }
    let kinds = text.lines().filter(|line| line.starts_with("ridealong_requests_total")).count();
    assert!(kinds < 12, "{kinds} kinds of requests in\n{text}");
}

#[tokio::test]
async fn the_address_of_its_own_shows_the_counters_and_nothing_else() {
    let metrics = Arc::new(Metrics::new("1.2.3", "abc"));
    metrics.mail("sent");
    let router = metrics_router(metrics);
    let ask = |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    let shown = ask("/metrics").await.unwrap();
    let body = axum::body::to_bytes(shown.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains(r#"ridealong_mails_total{outcome="sent"} 1"#), "{text}");
    assert!(text.contains("ridealong_resident_memory_bytes ") && text.contains("ridealong_tasks "), "{text}");
    assert_eq!(ask("/").await.unwrap().status(), StatusCode::NOT_FOUND);
}
