use super::proof::{Claims, Expected, Key, verify};
use crate::config::OpenIdSettings;
use crate::model::Email;
use crate::net::{ACCEPT_JSON, Client, Request};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

/// Bytes of an answer of the provider.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long what the provider says of itself is kept.
const KNOWN_TTL: SignedDuration = SignedDuration::from_mins(60);
/// Keys are asked for again at most so often, whatever tokens name.
const KEYS_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// Why the provider's answer was not good enough; for the log, not for the page.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::web) struct ProviderError(pub(super) String);

/// One browser on its way through the provider.
#[derive(Clone, Debug)]
pub(in crate::web) struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
}

impl Attempt {
    pub(super) fn fresh() -> Self {
        let word = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Self { state: word(), nonce: word(), verifier: word() }
    }

    pub(super) fn packed(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    pub(super) fn unpack(text: &str) -> Option<Self> {
        let mut words = text.split('.').map(str::to_owned);
        let attempt = Self { state: words.next()?, nonce: words.next()?, verifier: words.next()? };
        (!attempt.state.is_empty() && words.next().is_none()).then_some(attempt)
    }

    /// Whether the answer belongs to this attempt.
    pub(super) fn is(&self, state: &str) -> bool {
        bool::from(self.state.as_bytes().ct_eq(state.as_bytes()))
    }

    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

/// The company's provider.
pub struct OpenId {
    settings: OpenIdSettings,
    client: Client,
    known: Mutex<Option<Arc<Known>>>,
}

/// What the provider says of itself.
struct Known {
    about: About,
    keys: Vec<Key>,
    at: Timestamp,
}

/// The part of the discovery document that is needed (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct About {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl OpenId {
    /// The provider that the settings name, asked through the guarded client.
    pub fn new(settings: OpenIdSettings, client: Client) -> Self {
        Self { settings, client, known: Mutex::default() }
    }

    /// The name on the button.
    pub(in crate::web) fn name(&self) -> &str {
        &self.settings.name
    }

    /// The address at the provider to which the browser goes.
    pub(super) async fn begin(&self, attempt: &Attempt, back: &str, now: Timestamp) -> Result<Url, ProviderError> {
        let known = self.known(now, KNOWN_TTL).await?;
        let mut url = known.about.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", back)
            .append_pair("scope", "openid email")
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Changes the code into a proof of who it is, and checks the proof.
    pub(super) async fn finish(
        &self,
        attempt: &Attempt,
        code: &str,
        back: &str,
        now: Timestamp,
    ) -> Result<Email, ProviderError> {
        let mut known = self.known(now, KNOWN_TTL).await?;
        let token = self.exchange(&known.about, attempt, code, back).await?;
        let expected = Expected {
            issuer: self.settings.issuer.as_str(),
            audience: &self.settings.client_id,
            nonce: &attempt.nonce,
            now,
        };
        let mut checked = verify(&token, &known.keys, &expected);
        if checked.as_ref().is_err_and(|refused| refused.may_be_a_new_key) {
            known = self.known(now, KEYS_EVERY).await?;
            checked = verify(&token, &known.keys, &expected);
        }
        let claims: Claims = checked.map_err(|refused| ProviderError(refused.why))?;
        if claims.email_verified == Some(false) {
            return Err(ProviderError("the provider has not verified the address".to_owned()));
        }
        let email = claims.email.ok_or_else(|| ProviderError("the provider names no address".to_owned()))?;
        email.parse().map_err(|error| ProviderError(format!("{error}")))
    }

    async fn exchange(
        &self,
        about: &About,
        attempt: &Attempt,
        code: &str,
        back: &str,
    ) -> Result<String, ProviderError> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", back)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("code_verifier", &attempt.verifier)
            .finish()
            .into_bytes();
        let mut request = Request::post(about.token_endpoint.clone(), "application/x-www-form-urlencoded", form);
        if let Some(secret) = &self.settings.client_secret {
            // RFC 6749, section 2.3.1: both are form-encoded first.
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encoded(&self.settings.client_id), encoded(secret.expose()));
            request.headers.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(pair))));
        }
        Ok(self.ask::<Tokens>(request).await?.id_token)
    }

    /// What the provider says of itself, not older than this.
    async fn known(&self, now: Timestamp, age_max: SignedDuration) -> Result<Arc<Known>, ProviderError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| now.duration_since(known.at) < age_max) {
            return Ok(Arc::clone(known));
        }
        let issuer = self.settings.issuer.as_str().trim_end_matches('/');
        let place = format!("{issuer}/.well-known/openid-configuration");
        let place = Url::parse(&place).map_err(|error| ProviderError(format!("{place}: {error}")))?;
        let about: About = self.ask(Request::get(place)).await?;
        // Discovery 1.0, section 4.3: else one provider could speak for another.
        if about.issuer.trim_end_matches('/') != issuer {
            return Err(ProviderError(format!("the provider calls itself {:?}, not {issuer:?}", about.issuer)));
        }
        let keys = self.ask::<Keys>(Request::get(about.jwks_uri.clone())).await?.keys;
        let fresh = Arc::new(Known { about, keys, at: now });
        *known = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, ProviderError> {
        let place = request.url.clone();
        let request = Request {
            accept: ACCEPT_JSON,
            allow_net: self.settings.allow_net.clone(),
            body_bytes_max: Some(ANSWER_BYTES_MAX),
            ..request
        };
        let answer = self.client.fetch(request).await.map_err(|error| ProviderError(error.to_string()))?;
        if !answer.is_success() {
            return Err(ProviderError(format!("{place} answers {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|error| ProviderError(format!("{place}: {error}")))
    }
}
