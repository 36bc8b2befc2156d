//! What goes wrong on a request, and the one place that turns it into a page.

use super::openid::ProviderError;
use super::wanted::{SIGN_IN, Wanted};
use crate::render::pages::{Frame, Message, message};
use crate::store::StoreError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::borrow::Cow;
use tower_http::request_id::RequestId;

/// Where programs ask: what goes wrong there is told as a problem document instead of a page.
const FOR_PROGRAMS: [&str; 3] = ["/api/", "/mcp", "/greader/"];

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// Nobody is signed in; afterwards they get what they wanted.
    #[error("nobody is signed in")]
    SignIn(Wanted),
    /// It does not exist, or this reader may not see it: the answer is the same.
    #[error("there is no such {0}, or it is not yours to see")]
    NotFound(&'static str),
    /// It was here once.
    #[error("{0}")]
    Gone(&'static str),
    /// The reader's role does not allow it.
    #[error("only an admin may do this")]
    Forbidden,
    /// Only managers and admins see teams.
    #[error("only a manager may do this")]
    ManagersOnly,
    /// What was sent cannot be used; the sentence says why.
    #[error("{0}")]
    Unusable(String),
    /// Somebody proved an address that no rep here has.
    #[error("you are signed in at your company, but nobody here has your address yet; ask an admin to add you")]
    Stranger,
    /// The company's provider did not answer as it should; the cause is for the log.
    #[error("your company’s provider did not answer as it should; try again, or ask for a link")]
    Provider(#[from] ProviderError),
    /// A program asks without a token.
    #[error("this address needs a token: send the header Authorization: Bearer TOKEN; tokens are made at /settings")]
    NoToken,
    /// The token is unknown, revoked or too old: the answer is the same.
    #[error("this token opens nothing: it is unknown, revoked or its time is over")]
    BadToken,
    /// What was asked is refused whoever asks; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// The token allows less than this.
    #[error("this token may not do this; it needs the scope {0:?}")]
    Scope(&'static str),
    /// Something else is under way, or stands in the way.
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// The object is not any more what the writer saw.
    #[error("it was changed meanwhile; read it again, and send the write with its new ETag")]
    Changed,
    /// The body is not of a kind that is read here.
    #[error("send the body as {0}, and name it so in Content-Type")]
    MediaType(&'static str),
    /// Too many tries.
    #[error("too many tries; wait a minute and try again")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of a handler.
pub(super) type Result<T> = std::result::Result<T, Error>;

/// Travels with a failed response that says itself what went wrong: `dress` leaves it as it is.
#[derive(Clone)]
pub(super) struct SaysItself;

/// Travels with a response to `dress`.
#[derive(Clone)]
struct Failure {
    sentence: String,
    cause: Option<String>,
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Error::SignIn(_) | Error::NoToken | Error::BadToken => StatusCode::UNAUTHORIZED,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Gone(_) => StatusCode::GONE,
            Error::Forbidden | Error::ManagersOnly | Error::Stranger | Error::Scope(_) | Error::Refused(_) => {
                StatusCode::FORBIDDEN
            }
            Error::Provider(_) => StatusCode::BAD_GATEWAY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Changed => StatusCode::PRECONDITION_FAILED,
            Error::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Error::Store(StoreError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            Error::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Error {
    /// How to authenticate (RFC 6750, section 3).
    fn challenge(&self) -> Option<&'static str> {
        match self {
            Error::NoToken => Some("Bearer realm=\"ridealong\""),
            Error::BadToken => Some("Bearer realm=\"ridealong\", error=\"invalid_token\""),
            Error::Scope(_) => Some("Bearer realm=\"ridealong\", error=\"insufficient_scope\""),
            _ => None,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let failure = match &self {
            Error::SignIn(wanted) => return Redirect::to(&wanted.carried_by(SIGN_IN)).into_response(),
            Error::Store(error) => Failure {
                sentence: "Ridealong cannot reach its store at the moment. Try again in a minute.".to_owned(),
                cause: Some(error.to_string()),
            },
            Error::Provider(cause) => Failure { sentence: sentence(&self.to_string()), cause: Some(cause.to_string()) },
            other => Failure { sentence: sentence(&other.to_string()), cause: None },
        };
        let mut response = status.into_response();
        if matches!(self, Error::TooMany) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(failure);
        response
    }
}

/// With a capital at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// Turns every failed response into a page with one sentence and the request's id, and logs the cause once.
pub(super) async fn dress(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).map(str::to_owned);
    let for_programs = FOR_PROGRAMS.iter().any(|place| request.uri().path().starts_with(place));
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || response.extensions().get::<SaysItself>().is_some() {
        return response;
    }
    let failure = response.extensions().get::<Failure>().cloned();
    if status.is_server_error() {
        let cause = failure.as_ref().and_then(|failure| failure.cause.as_deref()).unwrap_or("none given");
        tracing::error!(request_id = id, status = status.as_u16(), cause, "a request failed");
    }
    let sentence = failure.map_or_else(|| common_sentence(status).to_owned(), |failure| failure.sentence);
    if for_programs {
        let body = problem(status, &sentence, id.as_deref());
        return redress(response, body, "application/problem+json");
    }
    page(response, status, &sentence, id.as_deref())
}

/// What goes wrong in the form of RFC 9457. The type is `about:blank`: the status says what kind it is, and the detail
/// what to do.
fn problem(status: StatusCode, sentence: &str, id: Option<&str>) -> String {
    let problem = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": sentence,
        "instance": id.map(|id| format!("urn:uuid:{id}")),
    });
    problem.to_string()
}

fn page(failed: Response, status: StatusCode, sentence: &str, id: Option<&str>) -> Response {
    let heading = heading(status);
    let body = message(&Message {
        frame: Frame::outside(heading),
        kicker: status.as_u16().to_string(),
        heading,
        sentence,
        way: Some(("/", "To your digest")),
        request_id: id,
    });
    redress(failed, Html(body).0, "text/html; charset=utf-8")
}

/// What the failed response said of itself stays (Allow, Retry-After), what described its body goes.
fn redress(failed: Response, body: String, content_type: &'static str) -> Response {
    let (mut parts, _) = failed.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(body))
}

fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not here",
        StatusCode::GONE => "This link has done its work",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::TOO_MANY_REQUESTS => "Slow down, please",
        status if status.is_server_error() => "Something broke",
        _ => "That did not work",
    }
}

/// What to say where a layer below refused the request without a word of its own.
fn common_sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is no page at this address.",
        StatusCode::METHOD_NOT_ALLOWED => "This address does not take that kind of request.",
        StatusCode::FORBIDDEN => "The request came from another site. Go to Ridealong itself and try again there.",
        StatusCode::PAYLOAD_TOO_LARGE => "What you sent is too large.",
        StatusCode::REQUEST_TIMEOUT => "The request took too long. Try again.",
        status if status.is_server_error() => "Ridealong made a mistake. It has been noted; try again in a minute.",
        _ => "What was sent cannot be read. Go back and check the form.",
    }
}
