//! The ID token: a JSON Web Token that says who signed in (OpenID Connect Core 1.0, section 3.1.3.7). Pure.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Seconds by which the provider's clock may differ from ours.
const CLOCKS_APART_S: i64 = 60;
/// Characters of a token.
const TOKEN_CHARS_MAX: usize = 16 * 1024;

/// A public key of the provider (RFC 7517). What is no signing key that we know is passed over.
#[derive(Clone, Deserialize)]
pub(super) struct Key {
    kty: String,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What the token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

/// What the token says of the person.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: Option<i64>,
    nonce: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// Why a token is not believed.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) why: String,
    /// The provider may sign with a key that we have not seen yet.
    pub(super) may_be_a_new_key: bool,
}

/// Checks signature, issuer, audience, nonce and time of a token.
pub(super) fn verify(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<Claims, Refused> {
    let refuse = |why: &str| Refused { why: why.to_owned(), may_be_a_new_key: false };
    if token.len() > TOKEN_CHARS_MAX {
        return Err(refuse("the token is too long"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| refuse("that is no token"))?;
    let (header, claims) = signed.split_once('.').ok_or_else(|| refuse("that is no token"))?;
    let header: Header = part(header).ok_or_else(|| refuse("the token's header cannot be read"))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| refuse("the token's signature cannot be read"))?;
    let of_header = |key: &&Key| header.kid.is_none() || key.kid.is_none() || key.kid == header.kid;
    let mut candidates = keys.iter().filter(of_header).peekable();
    if candidates.peek().is_none() {
        return Err(Refused { why: "the token is signed with an unknown key".to_owned(), may_be_a_new_key: true });
    }
    if !candidates.any(|key| key.signed(&header.alg, signed.as_bytes(), &signature)) {
        return Err(Refused { why: "the token's signature is wrong".to_owned(), may_be_a_new_key: true });
    }
    let claims: Claims = part(claims).ok_or_else(|| refuse("the token's claims cannot be read"))?;
    claims.check(expected).map_err(refuse)?;
    Ok(claims)
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

impl Key {
    /// Whether this key made the signature. The algorithm has to be the key's own: a token does not choose.
    fn signed(&self, alg: &str, message: &[u8], signature: &[u8]) -> bool {
        let bytes = |text: &Option<String>| text.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        match (self.kty.as_str(), alg) {
            ("RSA", "RS256") => {
                let (Some(n), Some(e)) = (bytes(&self.n), bytes(&self.e)) else { return false };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            ("EC", "ES256") if self.crv.as_deref() == Some("P-256") => {
                let (Some(x), Some(y)) = (bytes(&self.x), bytes(&self.y)) else { return false };
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), &'static str> {
        let now = expected.now.as_second();
        if self.iss.trim_end_matches('/') != expected.issuer.trim_end_matches('/') {
            return Err("the token is of another issuer");
        }
        let (for_us, for_others) = match &self.aud {
            Audience::One(one) => (one == expected.audience, false),
            Audience::Several(all) => (all.iter().any(|one| one == expected.audience), all.len() > 1),
        };
        let party = self.azp.as_deref().is_none_or(|party| party == expected.audience);
        if !for_us || !party || (for_others && self.azp.is_none()) {
            return Err("the token is for somebody else");
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err("the token belongs to another sign-in");
        }
        if self.exp.saturating_add(CLOCKS_APART_S) <= now {
            return Err("the token has expired");
        }
        if self.iat.is_some_and(|made| made > now.saturating_add(CLOCKS_APART_S)) {
            return Err("the token is of the future");
        }
        Ok(())
    }
}
