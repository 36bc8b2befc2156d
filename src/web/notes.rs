//! What a rep writes on a post for colleagues.

use super::access::find_post;
use super::context::App;
use super::error::{Error, Result};
use super::forms::lines;
use super::session::SignedIn;
use crate::model::{Audience, Note, Role};
use crate::store::{Record, random_id};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
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
    let post = find_post(&app, &who.rep, &id).await?;
    let text = lines(&form.text, "note", NOTE_CHARS_MAX)?;
    if text.is_empty() {
        return Err(Error::Unusable("write something into the note first".to_owned()));
    }
    let team = who.rep.team.clone().filter(|_| form.team_only.is_some());
    // What only a team may read, only that team may read about.
    let audience = match (team, &post.audience) {
        (Some(team), _) => Audience::Team(team),
        (None, audience) => audience.clone(),
    };
    let note = Note {
        id: random_id(),
        rep: who.rep.email.clone(),
        rep_name: who.rep.name.clone(),
        post: post.id.clone(),
        text,
        written_at: who.now,
        audience,
    };
    app.store().save(Record::Note(note)).await?;
    Ok(Redirect::to(&format!("/posts/{}#notes", post.id)))
}

/// Removes a note of one's own; an admin may remove any.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path((id, note)): Path<(String, String)>,
) -> Result<Redirect> {
    let post = find_post(&app, &who.rep, &id).await?;
    let notes = app.store().list_notes(&post.id).await?;
    let found = notes
        .into_iter()
        .find(|known| known.id == note && (known.rep == who.rep.email || who.rep.role == Role::Admin))
        .ok_or(Error::NotFound("note"))?;
    app.store().save_records(Vec::new(), vec![Record::Note(found).key()]).await?;
    Ok(Redirect::to(&format!("/posts/{}#notes", post.id)))
}
