//! `Idempotency-Key`: a write that is sent again under the same key is answered as before, and done once.

use crate::model::{Answer, Answered};
use crate::store::Record;
use crate::web::api_tokens::Asker;
use crate::web::context::App;
use crate::web::error::{Error, Result};
use crate::web::tokens::key_of;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use std::sync::Arc;

/// Bytes of a write, and of its answer.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long an answer is kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// A write that has not been answered for so long was cut off; the next one with its key does it.
const UNDER_WAY_MAX: SignedDuration = SignedDuration::from_mins(1);
/// Characters of a key.
const KEY_CHARS_MAX: usize = 255;
/// Says that the answer is an earlier one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Header lines that belong to an answer.
const HEADERS: [HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];

/// Keeps the answers of writes that name a key.
pub(super) async fn keep(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").cloned();
    let asker = request.extensions().get::<Asker>().cloned();
    match (key, asker) {
        (Some(key), Some(asker)) if !request.method().is_safe() => {
            once(&app, &asker, &key, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn once(app: &App, asker: &Asker, key: &HeaderValue, request: Request, next: Next) -> Result<Response> {
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_CHARS_MAX);
    let key = key.ok_or_else(|| Error::Unusable(format!("an Idempotency-Key has 1 to {KEY_CHARS_MAX} characters")))?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await;
    let body = body.map_err(|_| Error::Unusable("the body is too large, or it did not come whole".to_owned()))?;
    let asked = key_of(&format!("{} {}\n{}", parts.method, parts.uri, String::from_utf8_lossy(&body)));
    let place = Answer {
        rep: asker.rep.email.clone(),
        // The key of a write is its own: the same text under another method or address is another write.
        id: key_of(&format!("{}\n{} {}\n{key}", asker.token.key, parts.method, parts.uri)),
        asked,
        at: asker.now,
        answered: None,
    };
    let held = app.store().find_answer(&place.rep, &place.id).await?;
    if let Some(replayed) = replay(held.as_ref(), &place)? {
        return Ok(replayed);
    }
    let begun = Record::Answer(place.clone());
    let held = held.map(Record::Answer);
    if !app.store().swap_record(&begun.key(), held.as_ref(), Some(begun.clone())).await? {
        return Err(Error::Conflict(UNDER_WAY.into()));
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    settle(app, place, response).await
}

const UNDER_WAY: &str = "a write with this Idempotency-Key is under way; ask again in a moment";

/// The kept answer, where there is one that still counts.
fn replay(held: Option<&Answer>, asked: &Answer) -> Result<Option<Response>> {
    let Some(held) = held else { return Ok(None) };
    let age = asked.at.duration_since(held.at);
    if age >= KEPT_FOR || (held.answered.is_none() && age >= UNDER_WAY_MAX) {
        return Ok(None);
    }
    if held.asked != asked.asked {
        return Err(Error::Conflict("this Idempotency-Key came with another body before; use a new one".into()));
    }
    let Some(answered) = &held.answered else { return Err(Error::Conflict(UNDER_WAY.into())) };
    let mut response = Response::new(Body::from(answered.body.clone()));
    *response.status_mut() = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
    for (name, value) in &answered.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(Some(response))
}

/// Keeps an answer that says what was done; a refusal leaves the key free.
async fn settle(app: &App, place: Answer, response: Response) -> Result<Response> {
    let begun = Record::Answer(place.clone());
    if !response.status().is_success() {
        app.store().swap_record(&begun.key(), Some(&begun), None).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let text = |name: &HeaderName| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    };
    let answered = Answered {
        status: parts.status.as_u16(),
        headers: HEADERS.iter().filter_map(text).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let before = place.at.checked_sub(KEPT_FOR).unwrap_or(place.at);
    let done = Record::Answer(Answer { answered: Some(answered), ..place.clone() });
    app.store().swap_record(&begun.key(), Some(&begun), Some(done)).await?;
    app.store().forget_answers(&place.rep, before).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
