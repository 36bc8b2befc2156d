use super::access::sources;
use super::context::App;
use super::error::Result;
use super::session::SignedIn;
use crate::model::Role;
use crate::render::pages::{self, SourcesPage};
use axum::extract::State;
use axum::response::Html;
use std::sync::Arc;

/// The sources with their health.
pub(super) async fn list(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let states = app.store().list_states().await?;
    let acts = app.store().list_acts(&who.rep.email).await?;
    let refused = app.context.desk.running().refused().map(|error| error.to_string());
    Ok(Html(pages::sources(&SourcesPage {
        frame: who.frame("Sources", ""),
        sources: &sources(&app, &who.rep).sources,
        states: &states,
        refused,
        acts: &acts,
        calendar: &who.calendar,
        admin: who.rep.role == Role::Admin,
        change: None,
    })))
}
