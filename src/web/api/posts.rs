use super::asking::Reader;
use super::cursor::{Page, PageAsked, cursor, page_of};
use super::params::Asked;
use super::shown::post::{CommentShown, PostShown, StageShown, WholePost};
use super::shown::{Problem, StageName, stage_schema};
use crate::model::{CommentWorth, PostId, SourceId, Stage};
use crate::store::PostQuery;
use crate::web::access::{find_post, is_id, may_see};
use crate::web::context::App;
use crate::web::error::{Error, Result};
use crate::web::posts::library_posts;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Posts that one request looks at, whether they fit or not; the cursor goes on after the last one looked at.
const LOOKED_AT_MAX: usize = 1_000;

/// Which posts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only posts of this source.
    #[param(pattern = "^[A-Za-z0-9-]{1,64}$")]
    source: Option<String>,
    /// Only posts that serve this stage.
    #[param(schema_with = stage_schema)]
    stage: Option<Stage>,
}

/// Posts that you may see
///
/// In a fixed order, by source and id; a page may be shorter than its limit, also in the middle of the list. For the
/// best posts of a stage, see the stage's library; for words, see search.
#[utoipa::path(get, path = "/api/v1/posts", tag = "Posts", operation_id = "listPosts", params(Wanted, PageAsked),
    responses((status = 200, body = Page<PostShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(wanted): Asked<Wanted>,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<PostShown>>> {
    let source = match wanted.source {
        Some(id) if !is_id(&id) => return Err(Error::Unusable("source is the id of a source".to_owned())),
        id => id.map(SourceId::new),
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let mut query = PostQuery { source, after: after.map(PostId::new), max: limit };
    let (mut items, mut looked_at) = (Vec::new(), 0);
    loop {
        let found = app.store().list_posts(&query).await?;
        let is_last = found.len() < query.max;
        looked_at += found.len();
        for post in found {
            query.after = Some(post.id.clone());
            let fits = wanted.stage.is_none_or(|stage| post.tagged.score(stage) > 0.0);
            if fits && may_see(&asker.rep, &post.audience) {
                items.push(PostShown::new(&post, &app.links));
            }
            if items.len() == limit {
                break;
            }
        }
        if is_last && items.len() < limit {
            return Ok(Json(Page { items, next: None }));
        }
        if items.len() == limit || looked_at >= LOOKED_AT_MAX {
            return Ok(Json(Page { items, next: query.after.map(|id| cursor(id.as_str())) }));
        }
    }
}

/// One post as a whole
#[utoipa::path(get, path = "/api/v1/posts/{id}", tag = "Posts", operation_id = "getPost",
    params(("id" = String, Path, description = "The post's id", pattern = "^[A-Za-z0-9-]{1,64}$")),
    responses((status = 200, body = WholePost), Problem))]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
) -> Result<Json<WholePost>> {
    let post = find_post(&app, &asker.rep, &id).await?;
    Ok(Json(WholePost::new(&post, &app.links)))
}

/// The comments below a post
///
/// Without spam and pingbacks, in the order of their dates.
#[utoipa::path(get, path = "/api/v1/posts/{id}/comments", tag = "Posts", operation_id = "listComments",
    params(("id" = String, Path, description = "The post's id", pattern = "^[A-Za-z0-9-]{1,64}$"), PageAsked),
    responses((status = 200, body = Page<CommentShown>), Problem))]
pub(super) async fn comments(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<CommentShown>>> {
    let post = find_post(&app, &asker.rep, &id).await?;
    let mut comments = app.store().list_comments(std::slice::from_ref(&post.id)).await?;
    comments.retain(|comment| matches!(comment.worth, CommentWorth::Useful | CommentWorth::Thin));
    page_of(&comments, &page, |comment| comment.id.to_string(), CommentShown::from).map(Json)
}

/// The stages of the sale
#[utoipa::path(get, path = "/api/v1/stages", tag = "Stages", operation_id = "listStages", params(PageAsked),
    responses((status = 200, body = Page<StageShown>), Problem))]
pub(super) async fn stages(_asker: Reader, Asked(page): Asked<PageAsked>) -> Result<Json<Page<StageShown>>> {
    page_of(Stage::ALL, &page, |stage| stage.to_string(), StageShown::from).map(Json)
}

/// The best posts of a stage
#[utoipa::path(get, path = "/api/v1/stages/{stage}/posts", tag = "Stages", operation_id = "listStagePosts",
    params(("stage" = inline(StageName), Path, description = "The stage"), PageAsked),
    responses((status = 200, body = Page<PostShown>), Problem))]
pub(super) async fn library(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(stage): Path<String>,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<PostShown>>> {
    let stage: Stage = stage.parse().map_err(|_| Error::NotFound("stage"))?;
    let posts = library_posts(&app, &asker.rep, stage).await?;
    page_of(&posts, &page, |post| post.id.to_string(), |post| PostShown::new(post, &app.links)).map(Json)
}
