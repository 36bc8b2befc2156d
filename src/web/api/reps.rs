use super::asking::Admin;
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body, only_if_match};
use super::shown::{Problem, rep::RepShown};
use crate::model::{Email, Rep};
use crate::web::admin::reps::{RepWanted, remove_rep, save_rep};
use crate::web::context::App;
use crate::web::error::{Error, Result};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// The reps
///
/// For admins, with a token of the scope `admin`.
#[utoipa::path(get, path = "/api/v1/reps", tag = "Reps", operation_id = "listReps", params(PageAsked),
    responses((status = 200, body = Page<RepShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _admin: Admin,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<RepShown>>> {
    let reps = app.store().list_reps().await?;
    page_of(&reps, &page, |rep| rep.email.to_string(), RepShown::from).map(Json)
}

/// One rep
#[utoipa::path(get, path = "/api/v1/reps/{email}", tag = "Reps", operation_id = "getRep",
    params(("email" = String, Path, description = "The rep's address", pattern = "^[a-z0-9_+-]{1,60}@[a-z0-9]{1,60}\\.[a-z]{2,10}$")),
    responses((status = 200, body = RepShown), Problem))]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    _admin: Admin,
    Path(email): Path<String>,
) -> Result<Json<RepShown>> {
    let rep = known(&app, &email).await?.ok_or(Error::NotFound("rep"))?;
    Ok(Json(RepShown::from(&rep)))
}

/// The rep with this address, where it is one.
async fn known(app: &App, email: &str) -> Result<Option<Rep>> {
    match email.parse::<Email>() {
        Ok(email) => Ok(app.find_rep(&email).await?),
        Err(_) => Ok(None),
    }
}

/// Add a rep, or change one
///
/// Deals of the owners that the rep claims become theirs.
#[utoipa::path(put, path = "/api/v1/reps/{email}", tag = "Reps", operation_id = "putRep", request_body = RepWanted,
    params(("email" = String, Path, description = "The rep's address", pattern = "^[a-z0-9_+-]{1,60}@[a-z0-9]{1,60}\\.[a-z]{2,10}$"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 200, body = RepShown), Problem))]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Admin(asker): Admin,
    Path(email): Path<String>,
    headers: HeaderMap,
    Body(wanted): Body<RepWanted>,
) -> Result<Json<RepShown>> {
    if let Some(known) = known(&app, &email).await? {
        only_if_match(&headers, &RepShown::from(&known))?;
    }
    let (rep, _) = save_rep(&app, &asker.rep, asker.now, &email, wanted).await?;
    Ok(Json(RepShown::from(&rep)))
}

/// Remove a rep with everything that is theirs
///
/// Their deals stay, and are nobody's.
#[utoipa::path(delete, path = "/api/v1/reps/{email}", tag = "Reps", operation_id = "removeRep",
    params(("email" = String, Path, description = "The rep's address", pattern = "^[a-z0-9_+-]{1,60}@[a-z0-9]{1,60}\\.[a-z]{2,10}$")),
    responses((status = 204, description = "The rep is removed."), Problem))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Admin(asker): Admin,
    Path(email): Path<String>,
) -> Result<StatusCode> {
    remove_rep(&app, &asker.rep, asker.now, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}
