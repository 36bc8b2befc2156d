//! What WebSub hubs ask and push (W3C Recommendation of 2018). The address is known to the hub and us alone.
//!
//! The one GET that changes something: the hub's question confirms what we asked of it ourselves, as the protocol has it.

use super::context::App;
use super::error::{Error, Result};
use crate::crawl::websub::Verification;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// Bytes of a push; a larger one is refused, and polling brings what is new.
pub(super) const PUSH_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The hub asks whether we mean it: the challenge comes back, or 404.
pub(super) async fn verify(
    State(app): State<Arc<App>>,
    Path(callback): Path<String>,
    Query(asked): Query<Verification>,
) -> Result<String> {
    let echo = app.context.desk.verify_subscription(&callback, &asked).await?;
    echo.ok_or(Error::NotFound("subscription"))
}

/// The hub says that a feed has changed: the feed itself is asked soon. What was pushed is not read, so a hub can tell
/// us when to look, never what we see.
pub(super) async fn push(
    State(app): State<Arc<App>>,
    Path(callback): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode> {
    let signature = headers.get("x-hub-signature").and_then(|value| value.to_str().ok());
    match app.context.desk.take_push(&callback, signature, &body).await? {
        // Whether the signature was good is not told (section 7.1).
        true => Ok(StatusCode::ACCEPTED),
        // 410 ends the subscription at the hub.
        false => Err(Error::Gone("there is no such subscription any more")),
    }
}
