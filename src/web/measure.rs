//! Requests counted, and what was counted shown: to an admin who is signed in, and at the address of `metrics-listen`,
//! which nobody reaches from outside unless it is opened on purpose.

use super::admin::Admin;
use super::context::App;
use crate::metrics::{MIME, Metrics};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Instant;

/// Counts a request under the pattern of its route; addresses that lead nowhere are one.
pub(super) async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let seconds = started.elapsed().as_secs_f64();
    // The span of the request says method, route and id.
    tracing::debug!(status = response.status().as_u16(), ms = started.elapsed().as_millis(), "answered");
    app.context.metrics.request(&route, method.as_str(), response.status().as_u16(), seconds);
    response
}

/// What was counted, for an admin.
pub(super) async fn show(State(app): State<Arc<App>>, _: Admin) -> Response {
    text(&app.context.metrics)
}

/// The one route of the address that `metrics-listen` names.
pub fn metrics_router(metrics: Arc<Metrics>) -> Router {
    let shown = move || {
        let metrics = Arc::clone(&metrics);
        async move { text(&metrics) }
    };
    Router::new().route("/metrics", get(shown))
}

fn text(metrics: &Metrics) -> Response {
    ([(CONTENT_TYPE, MIME)], metrics.text()).into_response()
}
