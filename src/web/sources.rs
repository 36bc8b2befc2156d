use super::access::sources;
use super::context::App;
use super::error::Result;
use super::session::SignedIn;
use crate::model::{SourceId, SourceState};
use crate::render::pages;
use axum::extract::State;
use axum::response::Html;
use std::collections::HashMap;
use std::sync::Arc;

/// The sources with their health.
pub(super) async fn list(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let states = app.store().list_states().await?;
    let by_id: HashMap<&SourceId, &SourceState> = states.iter().map(|state| (&state.source_id, state)).collect();
    let set = sources(&app, &who.rep);
    let shown: Vec<_> = set.sources.iter().map(|source| (source, by_id.get(&source.id).copied())).collect();
    let acts = app.store().list_acts(&who.rep.email).await?;
    Ok(Html(pages::sources(who.frame("Sources", ""), &shown, &acts, &who.calendar)))
}
