//! The API for other programs, at `/api/v1`: the same objects and acts as the pages, as JSON.
//!
//! Every request carries a token (`Authorization: Bearer`), is counted against that token's limit, and sees what the
//! token's rep may see. Writes may name an `Idempotency-Key`; reads carry an ETag. Errors are problem documents
//! (RFC 9457), made where those of the pages are made. The routes and their description are one: a handler without a
//! description cannot be mounted here.

mod asking;
mod commitments;
mod cursor;
mod deals;
mod digests;
mod document;
mod feedback;
mod finds;
pub(super) mod guard;
mod hooks;
mod idempotency;
mod me;
mod moving;
mod notes;
mod params;
mod posts;
mod reps;
mod search;
pub(super) mod shown;
mod sources;

use super::context::App;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use document::openapi;
pub(super) use document::{page, show};

/// Every route below `/api/v1`, with its description.
fn described() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(document::preface())
        .routes(routes!(me::show))
        .routes(routes!(posts::list))
        .routes(routes!(posts::one))
        .routes(routes!(posts::comments))
        .routes(routes!(posts::stages))
        .routes(routes!(posts::library))
        .routes(routes!(search::show))
        .routes(routes!(deals::list, deals::put, deals::patch))
        .routes(routes!(deals::one))
        .routes(routes!(deals::picks_of))
        .routes(routes!(digests::picks_now))
        .routes(routes!(digests::list))
        .routes(routes!(digests::one))
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::one))
        .routes(routes!(moving::as_opml))
        .routes(routes!(moving::as_yaml))
        .routes(routes!(moving::everything))
        .routes(routes!(hooks::list, hooks::make))
        .routes(routes!(hooks::take_away))
        .routes(routes!(finds::hand_in))
        .routes(routes!(reps::list))
        .routes(routes!(reps::one, reps::put, reps::remove))
        .routes(routes!(notes::list, notes::add))
        .routes(routes!(notes::remove))
        .routes(routes!(feedback::list, feedback::give))
        .routes(routes!(feedback::undo))
        .routes(routes!(commitments::list, commitments::make))
        .routes(routes!(commitments::one, commitments::answer))
}

/// The routes, guarded.
pub(super) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let (router, _) = described().split_for_parts();
    // The last layer is the outermost one: nothing is read or kept for a request without a token.
    router
        .layer(from_fn(guard::validate))
        .layer(from_fn_with_state(Arc::clone(app), idempotency::keep))
        .layer(from_fn_with_state(Arc::clone(app), guard::admit))
}

/// The description of the routes alone.
fn description() -> OpenApi {
    described().into_openapi()
}
