use super::access::{find_post, may_see, notes, open_deals, sources};
use super::context::App;
use super::error::{Error, Result};
use super::feeds::with_feeds;
use super::session::SignedIn;
use crate::model::{Act, Acts, Digest, IsoWeek, Post, PostId, Rep, Scope, Stage};
use crate::render::pages::{self, PostPage, PostsPage, Reading};
use crate::render::view::title_of;
use axum::extract::{Path, State};
use axum::response::Html;
use jiff::Timestamp;
use std::sync::Arc;

/// Posts of a stage's library on one page.
pub(super) const LIBRARY_MAX: usize = 50;
/// Saved posts on one page.
const SAVED_MAX: usize = 500;

/// One post with its comments and notes.
pub(super) async fn one(State(app): State<Arc<App>>, who: SignedIn, Path(id): Path<String>) -> Result<Html<String>> {
    let mut post = find_post(&app, &who.rep, &id).await?;
    let comments = app.store().list_comments(std::slice::from_ref(&post.id)).await?;
    let notes = notes(&app, &who.rep, &post.id).await?;
    let acts = app.store().list_acts(&who.rep.email).await?;
    if let Some(stage) = acts.restaged(&post.id) {
        post.tagged = post.tagged.led_by(&[stage]);
    }
    let deals = open_deals(&app, &who.rep).await?;
    let digest = stored_digest(&app, &who).await?;
    let sources = sources(&app, &who.rep);
    let reading = Reading { calendar: &who.calendar, acts: &acts, deals: &deals };
    let page = PostPage {
        post: &post,
        comments: &comments,
        notes: &notes,
        digest: digest.as_ref(),
        sources: &sources,
        rep: &who.rep.email,
        team: who.rep.team.as_deref(),
    };
    Ok(Html(pages::post(who.frame(title_of(&post), ""), &page, &reading)))
}

async fn stored_digest(app: &App, who: &SignedIn) -> Result<Option<Digest>> {
    let week = IsoWeek::of(who.now, &who.rep.time_zone());
    Ok(app.store().find_digest(&who.rep.email, week).await?)
}

/// All stages.
pub(super) async fn stages(who: SignedIn) -> Html<String> {
    Html(pages::stages(who.frame("Stages", "/stages")))
}

/// The best posts of a stage.
pub(super) async fn library(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(stage): Path<String>,
) -> Result<Html<String>> {
    let stage: Stage = stage.parse().map_err(|_| Error::NotFound("stage"))?;
    let posts = library_posts(&app, &who.rep, stage).await?;
    let acts = app.store().list_acts(&who.rep.email).await?;
    let page = PostsPage {
        heading: stage.title(),
        lead: &format!("How to {}.", stage.work()),
        stage: Some(stage),
        snoozed_until: rests_until(&acts, stage, who.now),
        posts: &posts,
        sources: &sources(&app, &who.rep),
        empty: "Nothing yet. The library fills as the sources are read.",
        path: &format!("/stages/{stage}"),
    };
    list(&app, &who, &acts, &page, "/stages", &Scope::Stage(stage)).await
}

/// The best posts of a stage that this rep may see.
pub(super) async fn library_posts(app: &App, rep: &Rep, stage: Stage) -> Result<Vec<Post>> {
    let mut posts = app.context.builder.library(stage, rep, LIBRARY_MAX).await?;
    posts.retain(|post| may_see(rep, &post.audience));
    Ok(posts)
}

fn rests_until(acts: &Acts, wanted: Stage, now: Timestamp) -> Option<Timestamp> {
    acts.acts.iter().find_map(|(_, act)| match act {
        Act::SnoozeStage { stage, until } if *stage == wanted && *until > now => Some(*until),
        _ => None,
    })
}

/// What the rep saved.
pub(super) async fn saved(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let acts = app.store().list_acts(&who.rep.email).await?;
    let posts = saved_posts(&app, &who.rep, &acts).await?;
    let page = PostsPage {
        heading: "Saved",
        lead: "",
        stage: None,
        snoozed_until: None,
        posts: &posts,
        sources: &sources(&app, &who.rep),
        empty: "Nothing yet. Save a pick, and it waits for you here and in your feed of saved posts.",
        path: "/saved",
    };
    list(&app, &who, &acts, &page, "/saved", &Scope::Saved).await
}

/// The posts that a rep saved and may still see, the last saved first.
pub(super) async fn saved_posts(app: &App, rep: &Rep, acts: &Acts) -> Result<Vec<Post>> {
    let ids: Vec<PostId> = acts
        .acts
        .iter()
        .rev()
        .filter_map(|(_, act)| match act {
            Act::Save { post } => Some(post.clone()),
            _ => None,
        })
        .take(SAVED_MAX)
        .collect();
    let mut posts = app.store().find_posts(&ids).await?;
    posts.retain(|post| may_see(rep, &post.audience));
    Ok(posts)
}

async fn list(
    app: &App,
    who: &SignedIn,
    acts: &Acts,
    page: &PostsPage<'_>,
    here: &'static str,
    scope: &Scope,
) -> Result<Html<String>> {
    let deals = open_deals(app, &who.rep).await?;
    let reading = Reading { calendar: &who.calendar, acts, deals: &deals };
    let frame = with_feeds(app, who, who.frame(page.heading, here), scope).await?;
    Ok(Html(pages::posts(frame, page, &reading)))
}
