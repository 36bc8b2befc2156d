//! Parts of a request, read strictly: what cannot be read is told in one sentence.

use crate::web::conditional::{etag_of, names};
use crate::web::error::Error;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Error::MediaType("application/json")),
            Err(error) => Err(Error::Unusable(format!("the body cannot be used: {}", error.body_text()))),
        }
    }
}

/// The query of an address.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        let Query(value) =
            read.map_err(|error| Error::Unusable(format!("the address cannot be used: {}", error.body_text())))?;
        Ok(Self(value))
    }
}

/// Lets a write through where it names no `If-Match`, or names the ETag of what is there now. Ours are weak, so they are
/// compared weakly: the bodies behind them differ by their compression alone.
pub(super) fn only_if_match(headers: &HeaderMap, now: &impl Serialize) -> Result<(), Error> {
    let Some(wanted) = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()) else { return Ok(()) };
    let shown = serde_json::to_vec(now).unwrap_or_default();
    if names(wanted, &etag_of(&shown)) { Ok(()) } else { Err(Error::Changed) }
}
