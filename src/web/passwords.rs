//! Passwords, for reps who want one beside the one-time links. Kept as argon2id (RFC 9106) with the parameters that
//! the crate recommends; hashing runs beside the async workers, a few at a time, because each takes 19 MiB.

use super::context::App;
use super::error::{Error, Result};
use super::session::SignedIn;
use crate::model::{Email, Token, TokenPurpose};
use crate::store::StoreError;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, password_hash};
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a password at least (NIST SP 800-63B asks for 8; there is no second factor here).
const CHARS_MIN: usize = 12;
/// Bytes of a password at most.
const BYTES_MAX: usize = 256;
/// A shorter name before the @ may stand in a password.
const NAME_CHARS_MIN: usize = 4;
/// Hashes computed at once.
pub(super) const AT_ONCE: usize = 2;

/// The key of a rep's password among the tokens; no secret hashes to it.
fn key_of(rep: &Email) -> String {
    format!("password:{rep}")
}

/// Whether a rep has a password.
pub(super) async fn has(app: &App, rep: &Email) -> Result<bool> {
    Ok(find(app, rep).await?.is_some())
}

async fn find(app: &App, rep: &Email) -> Result<Option<String>> {
    Ok(app.store().find_token(&key_of(rep)).await?.and_then(|token| match token.purpose {
        TokenPurpose::Password { hash } => Some(hash),
        _ => None,
    }))
}

/// Whether this is the rep's password. Takes as long for a rep without one, or who is not there.
pub(super) async fn fits(app: &App, rep: &Email, password: String) -> Result<bool> {
    let hash = find(app, rep).await?;
    beside(app, move || match hash {
        Some(hash) => PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
        None => hashed(&password).is_err(),
    })
    .await
}

async fn beside<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = |error: String| Error::Store(StoreError::Failed(error));
    let _turn = app.hashing.acquire().await.map_err(|error| failed(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(error.to_string()))
}

fn hashed(password: &str) -> password_hash::Result<String> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>())?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

/// The form of a new password.
#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
}

/// Sets, changes or, with an empty new one, removes the rep's password; every other session ends.
pub(super) async fn change(State(app): State<Arc<App>>, who: SignedIn, Form(form): Form<Change>) -> Result<Redirect> {
    let email = who.rep.email.clone();
    if has(&app, &email).await? {
        if !app.limits().may_guess(email.as_str()).await? {
            return Err(Error::TooMany);
        }
        if form.current.len() > BYTES_MAX || !fits(&app, &email, form.current).await? {
            return Err(Error::Unusable("the current password is not right".to_owned()));
        }
    }
    if form.new.is_empty() {
        app.store().remove_token(&key_of(&email)).await?;
        return Ok(Redirect::to("/settings?saved=no-password#password"));
    }
    if form.new.chars().count() < CHARS_MIN || form.new.len() > BYTES_MAX {
        return Err(Error::Unusable(format!(
            "a password has at least {CHARS_MIN} characters; a sentence is a good one"
        )));
    }
    let own_name = email.as_str().split('@').next().unwrap_or_default();
    if own_name.len() >= NAME_CHARS_MIN && form.new.to_lowercase().contains(own_name) {
        return Err(Error::Unusable("a password must not contain your name".to_owned()));
    }
    let hash = beside(&app, move || hashed(&form.new)).await?;
    let hash = hash.map_err(|error| Error::Store(StoreError::Failed(error.to_string())))?;
    let token = Token {
        key: key_of(&email),
        rep: email,
        purpose: TokenPurpose::Password { hash },
        name: "password".to_owned(),
        made_at: who.now,
        expires_at: None,
        used_at: None,
    };
    app.store().save_token(token).await?;
    super::settings::end_others(&app, &who).await?;
    Ok(Redirect::to("/settings?saved=password#password"))
}
