use super::asking::{Reader, Writer};
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body, only_if_match};
use super::shown::{Problem, act::CommitmentShown};
use crate::web::commitments::{Outcome, Promise, find, promise_to_try, settle};
use crate::web::context::App;
use crate::web::error::Result;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Your commitments
#[utoipa::path(get, path = "/api/v1/commitments", tag = "Commitments", operation_id = "listCommitments",
    params(PageAsked), responses((status = 200, body = Page<CommitmentShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<CommitmentShown>>> {
    let all = app.store().list_commitments(&asker.rep.email).await?;
    page_of(&all, &page, |commitment| commitment.id.clone(), CommitmentShown::from).map(Json)
}

/// One of your commitments
#[utoipa::path(get, path = "/api/v1/commitments/{id}", tag = "Commitments", operation_id = "getCommitment",
    params(("id" = String, Path, description = "The commitment's id", pattern = "^[A-Za-z0-9-]{1,64}$")),
    responses((status = 200, body = CommitmentShown), Problem))]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
) -> Result<Json<CommitmentShown>> {
    Ok(Json(CommitmentShown::from(&find(&app, &asker.rep, &id).await?)))
}

/// Promise to try a post on a deal
///
/// It comes back in the digest around its day.
#[utoipa::path(post, path = "/api/v1/commitments", tag = "Commitments", operation_id = "makeCommitment",
    request_body = Promise,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 201, body = CommitmentShown, headers(("location" = String))), Problem))]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Body(promise): Body<Promise>,
) -> Result<Response> {
    let made = promise_to_try(&app, &asker.rep, &asker.calendar(), asker.now, promise).await?;
    let place = [(header::LOCATION, format!("/api/v1/commitments/{}", made.id))];
    Ok((StatusCode::CREATED, place, Json(CommitmentShown::from(&made))).into_response())
}

/// How a commitment went.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Went {
    /// How it went.
    state: Outcome,
    /// One line of result; empty leaves the one that is there.
    #[serde(default)]
    #[schema(max_length = 300)]
    result: String,
}

/// Say how a commitment went
#[utoipa::path(patch, path = "/api/v1/commitments/{id}", tag = "Commitments", operation_id = "settleCommitment",
    request_body = Went,
    params(("id" = String, Path, description = "The commitment's id", pattern = "^[A-Za-z0-9-]{1,64}$"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 200, body = CommitmentShown), Problem))]
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(went): Body<Went>,
) -> Result<Json<CommitmentShown>> {
    only_if_match(&headers, &CommitmentShown::from(&find(&app, &asker.rep, &id).await?))?;
    let today = asker.calendar().today();
    let settled = settle(&app, &asker.rep, today, &id, went.state, &went.result).await?;
    Ok(Json(CommitmentShown::from(&settled)))
}
