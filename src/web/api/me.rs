use super::asking::Reader;
use super::shown::Problem;
use super::shown::rep::RepShown;
use axum::Json;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Who asks, and by what.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// Whose token it is.
    rep: RepShown,
    /// The token.
    token: TokenShown,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenShown {
    /// The name that it was given.
    name: String,
    /// What it allows: `read`, `write` or `admin`.
    scope: &'static str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// After this it opens nothing; null is for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Whose token this is
///
/// The rep that every other answer is about, and what the token allows.
#[utoipa::path(get, path = "/api/v1/me", tag = "You", operation_id = "me",
    responses((status = 200, body = Me), Problem))]
pub(super) async fn show(Reader(asker): Reader) -> Json<Me> {
    let token = TokenShown {
        name: asker.token.name,
        scope: asker.scope.as_str(),
        made_at: asker.token.made_at,
        expires_at: asker.token.expires_at,
    };
    Json(Me { rep: RepShown::from(&asker.rep), token })
}
