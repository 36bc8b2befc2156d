//! The MCP server: an assistant asks for the digest, for advice and for posts. It reads and changes nothing.
//!
//! JSON-RPC 2.0 as the Model Context Protocol has it (revisions 2024-11-05 to 2025-06-18), over `POST /mcp` with a token
//! (streamable HTTP; every answer is one JSON document) and line by line over standard input by `ridealong mcp`. What
//! posts and comments say is handed over as quoted data, because whoever wrote it may have written for assistants.

mod talk;
mod tools;

use super::api::guard::admit;
use super::api_tokens::Asker;
use super::context::{App, Context};
use super::error::{Error, Result, SaysItself};
use crate::model::{ApiScope, Rep, Token, TokenPurpose};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use std::sync::Arc;
use talk::{INVALID_REQUEST, PARSE_ERROR, failed};

/// Bytes of one message.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// The route, guarded like those of the API.
pub(super) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new().route("/mcp", post(take)).layer(from_fn_with_state(Arc::clone(app), admit))
}

/// `POST /mcp`.
pub(super) async fn take(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // A page of another site must not ask through a browser (DNS rebinding).
    if text("origin").is_some_and(|origin| origin != app.context.public_url.origin().ascii_serialization()) {
        return Err(Error::Forbidden);
    }
    if text("mcp-protocol-version").is_some_and(|version| !talk::VERSIONS.contains(&version)) {
        let known = talk::VERSIONS.join(", ");
        return Err(Error::Unusable(format!("this server speaks the revisions {known} of the protocol")));
    }
    let (status, answer) = match serde_json::from_slice::<Value>(&body) {
        Err(_) => (StatusCode::BAD_REQUEST, Some(failed(Value::Null, PARSE_ERROR, "this is no JSON"))),
        Ok(message) => match talk::answer(&app, &asker, message).await {
            Some(answer) if answer["error"]["code"] == INVALID_REQUEST => (StatusCode::BAD_REQUEST, Some(answer)),
            answer => (StatusCode::OK, answer),
        },
    };
    Ok(match answer {
        Some(answer) => {
            let about = [(header::CONTENT_TYPE, "application/json")];
            (status, about, Extension(SaysItself), answer.to_string()).into_response()
        }
        None => StatusCode::ACCEPTED.into_response(),
    })
}

/// The answer to what is no message at all.
pub fn refusal(sentence: &str) -> String {
    failed(Value::Null, INVALID_REQUEST, sentence).to_string()
}

/// The server for one rep, without HTTP: whoever runs it holds the store.
pub struct McpServer {
    app: Arc<App>,
    asker: Asker,
}

impl McpServer {
    /// A server that answers as this rep may read.
    pub fn new(context: Context, rep: Rep) -> Self {
        let app = Arc::new(App::new(context));
        let now = app.now();
        let token = Token {
            key: String::new(),
            rep: rep.email.clone(),
            purpose: TokenPurpose::Api(ApiScope::Read),
            name: "standard input".to_owned(),
            made_at: now,
            expires_at: None,
            used_at: None,
        };
        Self { asker: Asker { rep, token, scope: ApiScope::Read, now }, app }
    }

    /// The answer to one line; none where the message asks for none.
    pub async fn answer(&self, line: &str) -> Option<String> {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            return Some(failed(Value::Null, PARSE_ERROR, "this is no JSON").to_string());
        };
        let asker = Asker { now: self.app.now(), ..self.asker.clone() };
        talk::answer(&self.app, &asker, message).await.map(|answer| answer.to_string())
    }
}
