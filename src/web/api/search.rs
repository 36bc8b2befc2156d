use super::asking::Reader;
use super::cursor::{Page, cursor, key_in};
use super::params::Asked;
use super::shown::post::PostShown;
use super::shown::{Problem, stage_schema};
use crate::model::Stage;
use crate::render::pages;
use crate::search::Query;
use crate::web::context::App;
use crate::web::error::{Error, Result};
use crate::web::search::{found, query_library, reader};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Characters of a search.
const WORDS_CHARS_MAX: usize = 500;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Words, "phrases", -without.
    #[param(min_length = 1, max_length = 500, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    q: String,
    /// Only what serves this stage.
    #[param(schema_with = stage_schema)]
    stage: Option<Stage>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// A post that was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    /// The post.
    post: PostShown,
    /// The comment that was found, where it was one.
    comment: Option<String>,
    /// The words around what was found, plain text.
    snippet: String,
}

/// Search posts and comments that you may see
///
/// The best first, twenty at once. The cursor counts pages: what is indexed meanwhile may move a post from one to the next.
#[utoipa::path(get, path = "/api/v1/search", tag = "Posts", operation_id = "search", params(Wanted),
    responses((status = 200, body = Page<Found>), Problem))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Found>>> {
    if wanted.q.chars().all(|c| c.is_whitespace() || c.is_control()) || wanted.q.chars().count() > WORDS_CHARS_MAX {
        return Err(Error::Unusable(format!("q holds the words to look for, at most {WORDS_CHARS_MAX} characters")));
    }
    let number = match key_in(wanted.cursor.as_deref())? {
        Some(number) => number.parse().map_err(|_| Error::NotFound("page"))?,
        None => 1,
    };
    let query = Query { stage: wanted.stage, page: number, ..Query::new(reader(&asker.rep), &wanted.q) };
    let hits = query_library(&app, query).await?;
    let pages = hits.pages;
    let found = found(&app, &asker.rep, hits).await?;
    let show = |found: pages::Found| Found {
        post: PostShown::new(&found.post, &app.links),
        comment: found.comment.map(|id| id.to_string()),
        snippet: found.snippet.into_iter().map(|(text, _)| text).collect(),
    };
    let next = (number < pages).then(|| cursor(&(number + 1).to_string()));
    Ok(Json(Page { items: found.into_iter().map(show).collect(), next }))
}
