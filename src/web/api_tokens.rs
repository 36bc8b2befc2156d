//! Tokens of the API: a secret that is shown once, kept as its hash, with a scope, a name and an end.

use super::context::App;
use super::error::{Error, Result};
use super::session::swap_later;
use super::tokens::{is_live, key_of, secret};
use crate::model::{ApiScope, Email, Rep, Role, Token, TokenPurpose};
use crate::store::{self, Store};
use axum::http::HeaderMap;
use axum::http::header;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// What every token of the API begins with, so that scanners for secrets know one.
pub(super) const PREFIX: &str = "ridealong_";
/// API tokens that a rep may have.
pub(super) const TOKENS_MAX: usize = 30;
/// The last use of a token is noted at most so often.
const NOTE_USE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Characters of a secret with its beginning.
const SECRET_CHARS: usize = PREFIX.len() + 64;

/// Who asks by a token of the API.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    /// Whose token it is.
    pub(super) rep: Rep,
    /// The token.
    pub(super) token: Token,
    /// What it allows now: a rep who is no admin any more has no admin's token.
    pub(super) scope: ApiScope,
    /// This instant.
    pub(super) now: Timestamp,
}

/// Makes a token and saves its hash; the secret is returned this once.
///
/// # Errors
/// Fails where the store fails.
pub async fn make_api_token(
    store: &dyn Store,
    rep: &Email,
    name: &str,
    scope: ApiScope,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> store::Result<String> {
    let secret = format!("{PREFIX}{}", secret());
    let token = Token {
        key: key_of(&secret),
        rep: rep.clone(),
        purpose: TokenPurpose::Api(scope),
        name: name.to_owned(),
        made_at: now,
        expires_at,
        used_at: None,
    };
    store.save_token(token).await?;
    Ok(secret)
}

/// The id by which a token is named to people: the start of its hash, which opens nothing.
pub fn api_token_id(token: &Token) -> &str {
    token.key.get(..16).unwrap_or(&token.key)
}

/// The API tokens of a rep, the oldest first.
///
/// # Errors
/// Fails where the store fails.
pub async fn list_api_tokens(store: &dyn Store, rep: &Email) -> store::Result<Vec<(Token, ApiScope)>> {
    let tokens = store.list_tokens(rep).await?.into_iter();
    let mut tokens: Vec<_> = tokens
        .filter_map(|token| match token.purpose {
            TokenPurpose::Api(scope) => Some((token, scope)),
            _ => None,
        })
        .collect();
    tokens.sort_by_key(|(token, _)| token.made_at);
    Ok(tokens)
}

/// Revokes the rep's token with this id; says whether there was one.
///
/// # Errors
/// Fails where the store fails.
pub async fn revoke_api_token(store: &dyn Store, rep: &Email, id: &str) -> store::Result<bool> {
    let tokens = list_api_tokens(store, rep).await?;
    match tokens.iter().find(|(token, _)| api_token_id(token) == id) {
        Some((token, _)) => store.remove_token(&token.key).await.map(|()| true),
        None => Ok(false),
    }
}

/// Who a request is from, by `Authorization: Bearer TOKEN` (RFC 6750, section 2.1), or by `GoogleLogin auth=TOKEN`, which
/// feed readers send.
pub(super) async fn asker_of(app: &Arc<App>, headers: &HeaderMap) -> Result<Asker> {
    let given = headers.get(header::AUTHORIZATION).ok_or(Error::NoToken)?;
    let given = given.to_str().map_err(|_| Error::BadToken)?;
    let (scheme, rest) = given.split_once(' ').ok_or(Error::BadToken)?;
    let secret = match scheme {
        scheme if scheme.eq_ignore_ascii_case("Bearer") => rest.trim(),
        scheme if scheme.eq_ignore_ascii_case("GoogleLogin") => {
            rest.trim().strip_prefix("auth=").ok_or(Error::BadToken)?
        }
        _ => return Err(Error::BadToken),
    };
    asker(app, secret).await
}

/// Who holds this secret. It is looked up by its hash, so that no comparison depends on how much of it was right.
pub(super) async fn asker(app: &Arc<App>, secret: &str) -> Result<Asker> {
    if secret.len() != SECRET_CHARS || !secret.starts_with(PREFIX) {
        return Err(Error::BadToken);
    }
    let now = app.now();
    let found = app.store().find_token(&key_of(secret)).await?;
    let token = found.filter(|token| is_live(token, now)).ok_or(Error::BadToken)?;
    let TokenPurpose::Api(scope) = token.purpose else { return Err(Error::BadToken) };
    let rep = app.find_rep(&token.rep).await?.ok_or(Error::BadToken)?;
    let scope = if rep.role == Role::Admin { scope } else { scope.min(ApiScope::Write) };
    if token.used_at.is_none_or(|at| now.duration_since(at) >= NOTE_USE_AFTER) {
        swap_later(app, token.clone(), Token { used_at: Some(now), ..token.clone() });
    }
    Ok(Asker { rep, token, scope, now })
}
