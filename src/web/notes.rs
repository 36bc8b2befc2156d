//! What a rep writes on a post for colleagues.

use super::access::find_post;
use super::context::App;
use super::error::{Error, Result};
use super::forms::lines;
use super::session::SignedIn;
use crate::model::{Audience, Note, Rep, Role};
use crate::store::{Record, random_id};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a note.
const NOTE_CHARS_MAX: usize = 2_000;

/// The form of a note.
#[derive(Deserialize)]
pub(super) struct Add {
    text: String,
    team_only: Option<String>,
}

/// Adds a note.
pub(super) async fn add(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Add>,
) -> Result<Redirect> {
    let team_only = form.team_only.is_some();
    let note = write(&app, &who.rep, who.now, &id, &form.text, team_only).await?;
    Ok(Redirect::to(&format!("/posts/{}#notes", note.post)))
}

/// Checks a note on a post and keeps it.
pub(super) async fn write(
    app: &App,
    rep: &Rep,
    now: Timestamp,
    post: &str,
    text: &str,
    team_only: bool,
) -> Result<Note> {
    let post = find_post(app, rep, post).await?;
    let text = lines(text, "note", NOTE_CHARS_MAX)?;
    if text.is_empty() {
        return Err(Error::Unusable("write something into the note first".to_owned()));
    }
    let team = rep.team.clone().filter(|_| team_only);
    // What only a team may read, only that team may read about.
    let audience = match (team, &post.audience) {
        (Some(team), _) => Audience::Team(team),
        (None, audience) => audience.clone(),
    };
    let note = Note {
        id: random_id(),
        rep: rep.email.clone(),
        rep_name: rep.name.clone(),
        post: post.id,
        text,
        written_at: now,
        audience,
    };
    app.store().save(Record::Note(note.clone())).await?;
    Ok(note)
}

/// Removes a note of one's own; an admin may remove any.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path((id, note)): Path<(String, String)>,
) -> Result<Redirect> {
    erase(&app, &who.rep, &id, &note).await?;
    Ok(Redirect::to(&format!("/posts/{id}#notes")))
}

/// Removes a note that the rep wrote, or any for an admin.
pub(super) async fn erase(app: &App, rep: &Rep, post: &str, id: &str) -> Result<()> {
    let post = find_post(app, rep, post).await?;
    let notes = app.store().list_notes(&post.id).await?;
    let found = notes
        .into_iter()
        .find(|known| known.id == id && (known.rep == rep.email || rep.role == Role::Admin))
        .ok_or(Error::NotFound("note"))?;
    Ok(app.store().save_records(Vec::new(), vec![Record::Note(found).key()]).await?)
}
