//! Addresses of feeds: an id that the store holds and can revoke, and a MAC over it by the installation's secret.
//!
//! So the settings page can show an address again, while a stolen copy of the tokens alone opens nothing.

use super::tokens::{hex, secret};
use crate::model::{Email, Scope, Token, TokenPurpose};
use crate::store::{self, Store, random_id};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// The setting that holds the secret.
const SETTING: &str = "feed-secret";
/// Hexadecimal digits of a token's id.
const ID_DIGITS: usize = 16;
/// Bytes of the MAC that an address carries (RFC 2104, section 5: at least half of the hash).
const MAC_BYTES: usize = 16;

/// The secret behind the addresses of feeds.
pub(super) struct FeedKey(Hmac<Sha256>);

impl FeedKey {
    /// The installation's secret, made and saved where there is none yet.
    pub(super) async fn load(store: &dyn Store) -> store::Result<Self> {
        let secret = store.find_or_make_setting(SETTING, secret).await?;
        Hmac::new_from_slice(secret.as_bytes())
            .map(Self)
            .map_err(|_| store::StoreError::Failed("the secret of the feeds cannot be used".to_owned()))
    }

    /// What the address of a feed carries for the token with this id.
    pub(super) fn address(&self, id: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(id.as_bytes());
        format!("{id}{}", hex(&mac.finalize().into_bytes()[..MAC_BYTES]))
    }

    /// The id in an address, where its MAC is ours. Compares in constant time.
    pub(super) fn id_of<'t>(&self, address: &'t str) -> Option<&'t str> {
        let well_formed = address.len() == ID_DIGITS + 2 * MAC_BYTES && address.bytes().all(|b| b.is_ascii_hexdigit());
        let (id, given) = well_formed.then(|| address.split_at(ID_DIGITS))?;
        let given: Vec<u8> =
            (0..given.len()).step_by(2).filter_map(|at| u8::from_str_radix(&given[at..at + 2], 16).ok()).collect();
        let mut mac = self.0.clone();
        mac.update(id.as_bytes());
        mac.verify_truncated_left(&given).is_ok().then_some(id)
    }
}

/// A new feed of a rep; not saved yet.
pub(super) fn feed_token(rep: &Email, name: &str, scope: Scope, now: Timestamp) -> Token {
    Token {
        key: random_id(),
        rep: rep.clone(),
        purpose: TokenPurpose::Feed(scope),
        name: name.to_owned(),
        made_at: now,
        expires_at: None,
        used_at: None,
    }
}

/// Makes the rep's default feed where the rep has none.
///
/// # Errors
/// Fails where the store fails.
pub async fn ensure_feed(store: &dyn Store, rep: &Email, now: Timestamp) -> store::Result<()> {
    let tokens = store.list_tokens(rep).await?;
    if tokens.iter().any(|token| matches!(token.purpose, TokenPurpose::Feed(_))) {
        return Ok(());
    }
    store.save_token(feed_token(rep, "My digest", Scope::All, now)).await
}

/// Where a feed of this scope stands below its token, without the extension.
pub(super) fn place_of(scope: &Scope) -> String {
    match scope {
        Scope::All | Scope::Named => "digest".to_owned(),
        Scope::Saved => "saved".to_owned(),
        Scope::Plays => "plays".to_owned(),
        Scope::Search { .. } => "search".to_owned(),
        Scope::Deal(deal) => format!("deals/{deal}"),
        Scope::Stage(stage) => format!("stages/{stage}"),
    }
}
