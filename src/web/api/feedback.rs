use super::asking::{Reader, Writer};
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body};
use super::shown::{Problem, act::ActShown};
use crate::web::acts::{Wish, perform, take_back};
use crate::web::context::App;
use crate::web::error::Result;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// What you did
///
/// Votes, saved posts, corrected stages, what is muted and what rests: the newest on each thing, the oldest first.
#[utoipa::path(get, path = "/api/v1/feedback", tag = "Feedback", operation_id = "listFeedback", params(PageAsked),
    responses((status = 200, body = Page<ActShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<ActShown>>> {
    let acts = app.store().list_acts(&asker.rep.email).await?;
    page_of(acts.acts, &page, |(_, act)| act.key(), |(at, act)| ActShown::new(at, &act)).map(Json)
}

/// Do something to a post, a source, a mentor, a deal or a stage
///
/// The same acts as the buttons of the pages. One on the same thing takes the place of an earlier one.
#[utoipa::path(post, path = "/api/v1/feedback", tag = "Feedback", operation_id = "giveFeedback", request_body = Wish,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 200, body = ActShown), Problem))]
pub(super) async fn give(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Body(wish): Body<Wish>,
) -> Result<Json<ActShown>> {
    let act = perform(&app, &asker.rep, asker.now, wish).await?;
    Ok(Json(ActShown::new(asker.now, &act)))
}

/// Take an act back
///
/// Also where there is none any more.
#[utoipa::path(delete, path = "/api/v1/feedback/{key}", tag = "Feedback", operation_id = "takeFeedbackBack",
    params(("key" = String, Path, description = "The act's key", max_length = 300)),
    responses((status = 204, description = "It is taken back."), Problem))]
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Path(key): Path<String>,
) -> Result<StatusCode> {
    take_back(&app, &asker.rep, asker.now, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
