use super::asking::{Reader, Writer};
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body};
use super::shown::{Problem, act::NoteShown};
use crate::web::access::{self, find_post};
use crate::web::context::App;
use crate::web::error::Result;
use crate::web::notes::{erase, write};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Notes on a post that you may read
#[utoipa::path(get, path = "/api/v1/posts/{id}/notes", tag = "Notes", operation_id = "listNotes",
    params(("id" = String, Path, description = "The post's id", pattern = "^[A-Za-z0-9-]{1,64}$"), PageAsked),
    responses((status = 200, body = Page<NoteShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<NoteShown>>> {
    let post = find_post(&app, &asker.rep, &id).await?;
    let notes = access::notes(&app, &asker.rep, &post.id).await?;
    page_of(&notes, &page, |note| note.id.clone(), NoteShown::from).map(Json)
}

/// What to write on a post.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteAsked {
    /// Plain text.
    #[schema(min_length = 1, max_length = 2000, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    text: String,
    /// Whether only your team may read it.
    #[serde(default)]
    team_only: bool,
}

/// Write a note on a post
#[utoipa::path(post, path = "/api/v1/posts/{id}/notes", tag = "Notes", operation_id = "writeNote",
    request_body = NoteAsked,
    params(("id" = String, Path, description = "The post's id", pattern = "^[A-Za-z0-9-]{1,64}$"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 201, body = NoteShown), Problem))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Path(id): Path<String>,
    Body(asked): Body<NoteAsked>,
) -> Result<(StatusCode, Json<NoteShown>)> {
    let note = write(&app, &asker.rep, asker.now, &id, &asked.text, asked.team_only).await?;
    Ok((StatusCode::CREATED, Json(NoteShown::from(&note))))
}

/// Remove a note of yours
///
/// An admin may remove any.
#[utoipa::path(delete, path = "/api/v1/posts/{id}/notes/{note}", tag = "Notes", operation_id = "removeNote",
    params(("id" = String, Path, description = "The post's id", pattern = "^[A-Za-z0-9-]{1,64}$"),
        ("note" = String, Path, description = "The note's id", pattern = "^[A-Za-z0-9-]{1,64}$")),
    responses((status = 204, description = "It is removed."), Problem))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Path((id, note)): Path<(String, String)>,
) -> Result<StatusCode> {
    erase(&app, &asker.rep, &id, &note).await?;
    Ok(StatusCode::NO_CONTENT)
}
