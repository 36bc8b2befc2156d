use super::asking::{Admin, Reader};
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body};
use super::shown::{Problem, source::SourceShown};
use crate::model::SourceId;
use crate::net::guard::judge_text;
use crate::sources::import::{self, Given, Refused};
use crate::sources::{EditError, append, parse};
use crate::web::access::{is_id, sources};
use crate::web::admin::log;
use crate::web::context::App;
use crate::web::error::{Error, Result};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

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

/// Sources from elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcesGiven {
    /// How they are written.
    format: SourcesFormat,
    /// The whole text.
    text: String,
}

/// How sources are written.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SourcesFormat {
    /// The OPML of another feed reader. Malformed ones are read as far as they go.
    Opml,
    /// A `sources.yaml`, with everything that stands there of each source. One with a fault adds nothing.
    Yaml,
}

/// What became of the sources.
#[derive(Serialize, ToSchema)]
pub(super) struct SourcesTaken {
    /// Ids of those that were added; they are read soon.
    added: Vec<String>,
    /// What was not taken, and why.
    refused: Vec<NotTaken>,
    /// Whether something could not be read at all.
    malformed: bool,
}

/// A source that was not taken.
#[derive(Serialize, ToSchema)]
pub(super) struct NotTaken {
    /// Its address, or where in the text it stands.
    what: String,
    /// Why, and what to do.
    reason: String,
}

impl From<Refused> for NotTaken {
    fn from(Refused { what, reason }: Refused) -> Self {
        Self { what, reason }
    }
}

/// Add sources of another reader, or of another Ridealong
///
/// What is there already and what leads to an internal address is refused with its reason; the others are added. For
/// admins, with a token of the scope `admin`.
#[utoipa::path(post, path = "/api/v1/sources", tag = "Moving", operation_id = "addSources", request_body = SourcesGiven,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 200, body = SourcesTaken), Problem))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Admin(asker): Admin,
    Body(asked): Body<SourcesGiven>,
) -> Result<Json<SourcesTaken>> {
    let mut given = Given::default();
    let edited = app.context.desk.running().edit(|text, file| {
        let set = parse(text, file)?;
        given = match asked.format {
            SourcesFormat::Opml => import::from_opml(&asked.text, &set, &[], &judge_text),
            SourcesFormat::Yaml => import::from_yaml(&asked.text, &set, &judge_text),
        };
        Ok(if given.fresh.is_empty() { text.to_owned() } else { append(text, &given.fresh) })
    });
    edited.map_err(|error| match error {
        EditError::NoFile => {
            Error::Conflict("the sources of this server come from no file, so none can be added".into())
        }
        other => Error::Unusable(other.to_string()),
    })?;
    let added: Vec<String> = given.fresh.iter().map(|source| source.id.to_string()).collect();
    if !added.is_empty() {
        log(&app, &asker.rep, asker.now, format!("added the sources {}", added.join(", "))).await?;
    }
    let refused = given.doubled.into_iter().chain(given.refused).map(NotTaken::from).collect();
    Ok(Json(SourcesTaken { added, refused, malformed: given.broken }))
}
