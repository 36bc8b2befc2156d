use super::access::{is_id, may_see, sources};
use super::context::App;
use super::error::{Error, Result};
use super::session::SignedIn;
use crate::model::{Post, PostId, Rep, Role, SourceId, SourceKind, Stage};
use crate::render::pages::{self, Filters, Found, SearchPage};
use crate::render::view::title_of;
use crate::search::{Found as Sought, Marked, Query, Reader};
use crate::store::StoreError;
use axum::extract::{self, State};
use axum::response::Html;
use jiff::SignedDuration;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// The furthest back that "since" reaches, in days.
const DAYS_MAX: i64 = 3_650;

/// What is asked; every field may be missing or empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    stage: String,
    source: String,
    kind: String,
    language: String,
    mentor: String,
    days: String,
    page: String,
}

/// Search over all posts and comments that the rep may see.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: SignedIn,
    extract::Query(asked): extract::Query<Asked>,
) -> Result<Html<String>> {
    let stage: Option<Stage> = asked.stage.parse().ok();
    let source = Some(asked.source.clone()).filter(|id| is_id(id)).map(SourceId::new);
    let kind = SourceKind::ALL.into_iter().find(|kind| kind.as_str() == asked.kind);
    let language = Some(asked.language.as_str()).filter(|code| is_id(code));
    let mentor = Some(asked.mentor.trim()).filter(|name| !name.is_empty());
    let page = asked.page.parse().unwrap_or(1).max(1);
    let narrowed = stage.is_some() || source.is_some() || kind.is_some() || language.is_some() || mentor.is_some();
    let asks = !asked.q.trim().is_empty() || narrowed;
    if asks && !app.limits().may_search(who.rep.email.as_str()).await? {
        return Err(Error::TooMany);
    }
    let hits = if asks {
        let days: Option<i64> = asked.days.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
        let since = days.and_then(|days| who.now.checked_sub(SignedDuration::from_hours(24 * days)).ok());
        let query = Query {
            stage,
            source: source.clone(),
            kind,
            language: language.map(str::to_owned),
            mentor: mentor.map(str::to_owned),
            since,
            page,
            ..Query::new(reader(&who.rep), &asked.q)
        };
        Some(query_library(&app, query).await?)
    } else {
        None
    };
    let (total, more, relaxed, pages) =
        hits.as_ref().map_or((None, false, false, 0), |hits| (Some(hits.total), hits.more, hits.relaxed, hits.pages));
    let found = match hits {
        Some(hits) => found(&app, &who.rep, hits).await?,
        None => Vec::new(),
    };
    let shown = SearchPage {
        text: &asked.q,
        filters: Filters { stage, source: source.as_ref(), kind, language, mentor, days: &asked.days },
        sources: &sources(&app, &who.rep),
        total,
        more,
        relaxed,
        found: &found,
        page,
        pages,
    };
    Ok(Html(pages::search(who.frame("Search", "/search"), &shown, &who.calendar)))
}

/// For whom the index is asked.
pub(super) fn reader(rep: &Rep) -> Reader {
    match rep.role {
        Role::Admin => Reader::Admin,
        Role::Rep | Role::Manager => Reader::Of { team: rep.team.clone() },
    }
}

/// The index may block for some milliseconds, so it is asked beside the async workers.
pub(super) async fn query_library(app: &App, query: Query) -> Result<Sought> {
    let failed = |cause: String| Error::Store(StoreError::Failed(cause));
    let library = Arc::clone(&app.context.library);
    // Never closed, so never refused.
    let _turn = app.searching.acquire().await;
    let answer = tokio::task::spawn_blocking(move || library.query(&query)).await;
    answer.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}

/// The posts behind the hits; those that are gone meanwhile, or not for this rep, are left out.
pub(super) async fn found(app: &App, rep: &Rep, sought: Sought) -> Result<Vec<Found>> {
    let mut posts = app.store().find_posts(&sought.posts).await?;
    posts.retain(|post| may_see(rep, &post.audience));
    let comments = app.store().list_comments(&sought.posts).await?;
    let hits = sought.show(&posts, &comments).hits;
    let mut by_id: HashMap<PostId, Post> = posts.into_iter().map(|post| (post.id.clone(), post)).collect();
    let found = hits.into_iter().filter_map(|hit| {
        let post = by_id.remove(&hit.post_id)?;
        let title = match hit.title.text.trim() {
            "" => vec![(title_of(&post), false)],
            _ => pieces(&hit.title),
        };
        Some(Found { title, snippet: pieces(&hit.snippet), comment: hit.comment_id, post })
    });
    Ok(found.collect())
}

fn pieces(marked: &Marked) -> Vec<(String, bool)> {
    marked.pieces().into_iter().map(|(text, is_mark)| (text.to_owned(), is_mark)).collect()
}
