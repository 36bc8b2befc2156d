use super::asking::Reader;
use super::cursor::{Page, PageAsked, page_of};
use super::params::Asked;
use super::shown::Problem;
use super::shown::digest::{DigestShown, PickShown, WeekShown, picks};
use crate::model::IsoWeek;
use crate::web::access::visible;
use crate::web::context::App;
use crate::web::digests::{current, of_week_or_now};
use crate::web::error::{Error, Result};
use axum::Json;
use axum::extract::{Path, State};
use std::sync::Arc;

/// This week's picks
///
/// In the order of the page, each with its deal, its reasons and the sentence that says why.
#[utoipa::path(get, path = "/api/v1/picks", tag = "Picks", operation_id = "listPicks", params(PageAsked),
    responses((status = 200, body = Page<PickShown>), Problem))]
pub(super) async fn picks_now(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<PickShown>>> {
    let digest = current(&app, &asker.rep, asker.now).await?;
    page_of(picks(&digest, &app.links), &page, PickShown::key, |pick| pick).map(Json)
}

/// The weeks that have a digest
///
/// The oldest first.
#[utoipa::path(get, path = "/api/v1/digests", tag = "Digests", operation_id = "listDigests", params(PageAsked),
    responses((status = 200, body = Page<WeekShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<WeekShown>>> {
    let stored = app.store().list_digests(&asker.rep.email, None).await?;
    let digests = stored.into_iter().map(|digest| visible(digest, &asker.rep));
    page_of(digests, &page, |digest| digest.week.to_string(), |digest| WeekShown::from(&digest)).map(Json)
}

/// The digest of a week
///
/// `current` is the week that the rep is in.
#[utoipa::path(get, path = "/api/v1/digests/{week}", tag = "Digests", operation_id = "getDigest",
    params(("week" = String, Path, description = "An ISO week like 2026-W48, or current", pattern = "^(current|[0-9]{4}-W[0-9]{2})$")),
    responses((status = 200, body = DigestShown), Problem))]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(week): Path<String>,
) -> Result<Json<DigestShown>> {
    let digest = match week.as_str() {
        "current" => current(&app, &asker.rep, asker.now).await?,
        week => {
            let week: IsoWeek = week.parse().map_err(|_| Error::NotFound("digest"))?;
            of_week_or_now(&app, &asker.rep, asker.now, week).await?
        }
    };
    Ok(Json(DigestShown::new(&digest, &app.links)))
}
