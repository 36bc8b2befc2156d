use super::asking::Reader;
use super::cursor::{Page, PageAsked, page_of};
use super::params::Asked;
use super::shown::{Problem, source::SourceShown};
use crate::model::SourceId;
use crate::web::access::{is_id, sources};
use crate::web::context::App;
use crate::web::error::{Error, Result};
use axum::Json;
use axum::extract::{Path, State};
use std::sync::Arc;

/// The sources that you may see, with their health
#[utoipa::path(get, path = "/api/v1/sources", tag = "Sources", operation_id = "listSources", params(PageAsked),
    responses((status = 200, body = Page<SourceShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<SourceShown>>> {
    let states = app.store().list_states().await?;
    let shown = sources(&app, &asker.rep).sources.into_iter();
    let show = |source: crate::model::Source| {
        SourceShown::new(&source, states.iter().find(|state| state.source_id == source.id))
    };
    page_of(shown, &page, |source| source.id.to_string(), show).map(Json)
}

/// One source with its health
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "Sources", operation_id = "getSource",
    params(("id" = String, Path, description = "The source's id", pattern = "^[A-Za-z0-9-]{1,64}$")),
    responses((status = 200, body = SourceShown), Problem))]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
) -> Result<Json<SourceShown>> {
    const WHAT: &str = "source";
    if !is_id(&id) {
        return Err(Error::NotFound(WHAT));
    }
    let id = SourceId::new(id);
    let set = sources(&app, &asker.rep);
    let source = set.find(&id).ok_or(Error::NotFound(WHAT))?;
    let states = app.store().list_states().await?;
    Ok(Json(SourceShown::new(source, states.iter().find(|state| state.source_id == id))))
}
