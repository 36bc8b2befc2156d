//! What every request passes: its token, its limit, and the validators of what it reads.

use crate::web::api_tokens::asker_of;
use crate::web::conditional::{etag_of, is_known};
use crate::web::context::App;
use crate::web::error::Error;
use crate::web::limits::Allowance;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Bytes of an answer that gets a validator; one that is larger is sent without.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The fields of the IETF draft `draft-ietf-httpapi-ratelimit-headers`.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Lets in who holds a token, within its limit; the asker travels with the request.
pub(in crate::web) async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let asker = match asker_of(&app, request.headers()).await {
        Ok(asker) => asker,
        Err(error) => return error.into_response(),
    };
    let allowance = match app.limits().call(&asker.token.key).await {
        Ok(allowance) => allowance,
        Err(error) => return Error::from(error).into_response(),
    };
    let mut response = match allowance.wait_s {
        Some(_) => Error::TooMany.into_response(),
        None => {
            request.extensions_mut().insert(asker);
            next.run(request).await
        }
    };
    tell(&mut response, &allowance);
    response
}

fn tell(response: &mut Response, allowance: &Allowance) {
    let Allowance { quota, window_s, left, wait_s } = *allowance;
    let refills_in =
        wait_s.unwrap_or_else(|| u64::from(window_s) * u64::from(quota - left.min(quota)) / u64::from(quota));
    let headers = response.headers_mut();
    let mut set = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    set(RATE_LIMIT_POLICY, format!("\"token\";q={quota};w={window_s}"));
    set(RATE_LIMIT, format!("\"token\";r={left};t={refills_in}"));
    if let Some(wait_s) = wait_s {
        set(header::RETRY_AFTER, wait_s.to_string());
    }
}

/// Gives what is read a validator, and answers 304 where the reader has it already.
pub(super) async fn validate(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().clone();
    let response = next.run(request).await;
    if !reads || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        return Error::Unusable("the answer is too large; ask for less".to_owned()).into_response();
    };
    let etag = etag_of(&bytes);
    if let Ok(value) = HeaderValue::from_str(&etag) {
        parts.headers.insert(header::ETAG, value);
    }
    if is_known(&known, &etag, None) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}
