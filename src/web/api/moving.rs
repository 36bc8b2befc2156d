//! Moving out: everything that is a rep's, and the list of sources.

use super::asking::Reader;
use super::shown::Problem;
use crate::sources::opml;
use crate::web::access::sources;
use crate::web::context::App;
use crate::web::error::Result;
use crate::web::export::export_rep;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::Arc;

/// Everything that is yours
///
/// All that is kept of you, by kind: settings, deals, acts, commitments, notes, digests, mails, webhooks, tokens
/// without their secrets.
#[utoipa::path(get, path = "/api/v1/export", tag = "Moving", operation_id = "exportEverything",
    responses((status = 200, body = Object), Problem))]
pub(super) async fn everything(State(app): State<Arc<App>>, Reader(asker): Reader) -> Result<Json<Value>> {
    Ok(Json(export_rep(app.store(), &asker.rep.email).await?))
}

/// The sources that you may see, as OPML 2.0
///
/// For any feed reader.
#[utoipa::path(get, path = "/api/v1/sources.opml", tag = "Moving", operation_id = "exportOpml",
    responses((status = 200, body = String, content_type = "text/x-opml"), Problem))]
pub(super) async fn as_opml(State(app): State<Arc<App>>, Reader(asker): Reader) -> Response {
    let about = [(header::CONTENT_TYPE, "text/x-opml; charset=utf-8")];
    (about, opml::write(&sources(&app, &asker.rep))).into_response()
}

/// The sources that you may see, as sources.yaml
///
/// For another Ridealong.
#[utoipa::path(get, path = "/api/v1/sources.yaml", tag = "Moving", operation_id = "exportYaml",
    responses((status = 200, body = Object, content_type = "application/yaml"), Problem))]
pub(super) async fn as_yaml(State(app): State<Arc<App>>, Reader(asker): Reader) -> Response {
    let about = [(header::CONTENT_TYPE, "application/yaml; charset=utf-8")];
    (about, crate::sources::append("", &sources(&app, &asker.rep).sources)).into_response()
}
