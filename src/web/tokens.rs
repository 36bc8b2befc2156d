use crate::model::{Email, Token, TokenPurpose};
use crate::render::Links;
use crate::store::{self, Store};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use url::Url;

/// How long a mailed sign-in link opens.
pub const LINK_TTL: SignedDuration = SignedDuration::from_mins(15);

/// Bytes of a secret; 256 bits cannot be guessed.
const SECRET_BYTES: usize = 32;

/// A fresh secret in hexadecimal digits.
pub(super) fn secret() -> String {
    hex(&rand::random::<[u8; SECRET_BYTES]>())
}

/// The key under which a secret is kept: its SHA-256, so that a stolen store opens nothing.
pub(super) fn key_of(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a link that signs a rep in once, before `ttl` is over.
///
/// # Errors
/// Fails where the store fails.
pub async fn sign_in_link(
    store: &dyn Store,
    public_url: &Url,
    rep: &Email,
    now: Timestamp,
    ttl: SignedDuration,
) -> store::Result<String> {
    let secret = secret();
    let token = Token {
        key: key_of(&secret),
        rep: rep.clone(),
        purpose: TokenPurpose::SignIn,
        name: "sign-in link".to_owned(),
        made_at: now,
        expires_at: now.checked_add(ttl).ok(),
        used_at: None,
    };
    store.save_token(token).await?;
    Ok(Links::new(public_url).to(&format!("/sign-in/{secret}")))
}

/// Whether a token is still good.
pub(super) fn is_live(token: &Token, now: Timestamp) -> bool {
    token.expires_at.is_none_or(|at| at > now)
}
