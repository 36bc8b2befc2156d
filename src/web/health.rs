use super::context::App;
use super::error::Result;
use axum::extract::State;
use std::sync::Arc;

/// The process is alive.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The store answers.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str> {
    app.store().find_setting("schema").await?;
    Ok("ready\n")
}
