use super::asking::Writer;
use super::params::Body;
use super::shown::Problem;
use crate::desk::Find;
use crate::web::context::App;
use crate::web::error::Result;
use crate::web::finds::take_in;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What was found elsewhere: a link, and a note or a quote or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FindAsked {
    /// The link.
    #[schema(format = "uri", max_length = 2000, pattern = "^https?://[a-z0-9]")]
    url: String,
    /// What you say about it: a few words on why it helps.
    #[schema(min_length = 1, max_length = 2000, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    note: String,
    /// A short quote.
    #[serde(default)]
    quote: String,
    /// Who wrote it.
    #[serde(default)]
    mentor: String,
    /// Its title.
    #[serde(default)]
    title: String,
}

/// What became of a find.
#[derive(Serialize, ToSchema)]
pub(super) struct FindTaken {
    /// The post that holds it.
    post: String,
    /// Whether the link was known already: a note then stands below that post, and nothing else was added.
    known: bool,
}

/// Hand in a find
///
/// A link with a note or a short quote, for your team. The link is visited later, where that is allowed.
#[utoipa::path(post, path = "/api/v1/finds", tag = "Finds", operation_id = "handIn", request_body = FindAsked,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 201, body = FindTaken, headers(("location" = String))), Problem))]
pub(super) async fn hand_in(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Body(asked): Body<FindAsked>,
) -> Result<Response> {
    let FindAsked { url, note, quote, mentor, title } = asked;
    let taken = take_in(&app, &asker.rep, Find { url, note, quote, mentor, title }).await?;
    let place = [(header::LOCATION, format!("/api/v1/posts/{}", taken.post))];
    let shown = FindTaken { post: taken.post.to_string(), known: taken.known };
    Ok((StatusCode::CREATED, place, Json(shown)).into_response())
}
