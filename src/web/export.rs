//! Everything that is a rep's, as one JSON document: to look at, to take along, or to hand over when somebody asks.

use super::api_tokens::api_token_id;
use super::context::App;
use super::error::Result;
use super::session::SignedIn;
use crate::model::{Email, Token};
use crate::store::{self, Record, RecordKind, Store};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Everything that is kept of a rep, by kind; null where there is no such rep. Secrets are left out: of tokens only what
/// the settings show.
///
/// # Errors
/// Fails where the store fails.
pub async fn export_rep(store: &dyn Store, email: &Email) -> store::Result<Value> {
    let Some(rep) = store.find_rep(email).await? else { return Ok(Value::Null) };
    let mut all = Map::new();
    all.insert("rep".to_owned(), json!(rep));
    let owned = |kind: &RecordKind| kind.is_owned_by_rep() && *kind != RecordKind::TokenPlace;
    for kind in RecordKind::ALL.into_iter().filter(owned) {
        let records = store.list_all(kind, Some(email.as_str())).await?;
        all.insert(kind.as_str().to_owned(), records.iter().map(value_of).collect());
    }
    let notes = store.list_all(RecordKind::Note, None).await?;
    let own = notes.iter().filter(|record| matches!(record, Record::Note(note) if note.rep == *email));
    all.insert("note".to_owned(), own.map(value_of).collect());
    let tokens = store.list_tokens(email).await?;
    all.insert("token".to_owned(), tokens.iter().map(token_of).collect());
    Ok(Value::Object(all))
}

/// The record without its kind, which stands above it.
fn value_of(record: &Record) -> Value {
    let mut value = json!(record);
    value.get_mut("value").map(Value::take).unwrap_or_default()
}

fn token_of(token: &Token) -> Value {
    json!({
        "id": api_token_id(token), "name": token.name, "purpose": token.purpose, "made_at": token.made_at,
        "expires_at": token.expires_at, "used_at": token.used_at,
    })
}

/// `/settings/export.json`.
pub(super) async fn download(State(app): State<Arc<App>>, who: SignedIn) -> Result<Response> {
    let all = export_rep(app.store(), &who.rep.email).await?;
    let body = serde_json::to_string_pretty(&all).unwrap_or_default();
    let about = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"ridealong.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((about, body).into_response())
}
