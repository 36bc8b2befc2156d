use super::error::{Error, Result};
use crate::render::assets;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file whose address names its version never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A file that is asked for by its plain name is asked for again.
const ASK_AGAIN: &str = "public, no-cache";

/// A file of the look.
pub(super) async fn asset(Path(path): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response> {
    // The style names its fonts without a version; a changed font gets a new name.
    let versioned = path.starts_with("fonts/") || query.is_some_and(|query| query.starts_with("v="));
    file(&path, if versioned { FOR_EVER } else { ASK_AGAIN }, &headers)
}

/// The service worker; it stands at the root because its place is its scope.
pub(super) async fn worker(headers: HeaderMap) -> Result<Response> {
    file("worker.js", ASK_AGAIN, &headers)
}

fn file(path: &str, keep: &'static str, headers: &HeaderMap) -> Result<Response> {
    let asset = assets::find(path).ok_or(Error::NotFound("file"))?;
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == asset.etag.as_bytes());
    let about = [(header::CACHE_CONTROL, keep.to_owned()), (header::ETAG, asset.etag)];
    Ok(if known {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, [(header::CONTENT_TYPE, asset.mime)], asset.bytes.into_owned()).into_response()
    })
}

/// What makes the pages installable.
pub(super) async fn manifest() -> Response {
    let manifest = serde_json::json!({
        "name": "Ridealong",
        "short_name": "Ridealong",
        "description": "Advice from good sellers for the deals you have open.",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#fbfaf6",
        "theme_color": "#fbfaf6",
        "share_target": {
            "action": "/finds",
            "method": "GET",
            "params": { "title": "title", "text": "text", "url": "url" }
        },
        "icons": [
            { "src": assets::href("icons/icon-192.png"), "sizes": "192x192", "type": "image/png" },
            { "src": assets::href("icons/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable" },
            { "src": assets::href("icons/icon.svg"), "sizes": "any", "type": "image/svg+xml" }
        ]
    });
    let about = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, ASK_AGAIN)];
    (about, manifest.to_string()).into_response()
}

/// Nothing here is for search engines.
pub(super) async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}
