//! An OpenID provider on this machine, which can be told to lie.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ridealong::config::{NetSettings, OpenIdSettings, Secret};
use ridealong::net::Client;
use ridealong::web::OpenId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::make;

/// What is wrong with the next answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    WrongSignature,
    NoAlgorithm,
    OtherKeysAlgorithm,
    WrongAudience,
    SeveralAudiences,
    WrongIssuer,
    WrongNonce,
    Expired,
    OfTheFuture,
    UnverifiedAddress,
    NoAddress,
    ServerError,
}

struct Inner {
    issuer: String,
    key: EcdsaKeyPair,
    rsa: RsaKeyPair,
    flaw: Mutex<Flaw>,
    signs_by_rsa: Mutex<bool>,
    /// Code to challenge, nonce and place to go back to.
    begun: Mutex<HashMap<String, (String, String, String)>>,
    speaks_for: Mutex<Option<String>>,
    email: Mutex<String>,
}

/// The running provider.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

impl Provider {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pem = include_str!("../fixtures/mail/dkim-rsa.pem");
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let provider = Self(Arc::new(Inner {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap(),
            rsa: RsaKeyPair::from_der(&STANDARD.decode(der).unwrap()).unwrap(),
            flaw: Mutex::new(Flaw::None),
            signs_by_rsa: Mutex::new(false),
            begun: Mutex::default(),
            speaks_for: Mutex::default(),
            email: Mutex::new("maya@example.com".to_owned()),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(about))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// The pages' side of it.
    pub fn asked(&self) -> Arc<OpenId> {
        let settings = OpenIdSettings {
            issuer: self.0.issuer.parse().unwrap(),
            client_id: "ride along".to_owned(),
            client_secret: Some(Secret::new("s:e c")),
            name: "Company login".to_owned(),
            allow_net: vec!["127.0.0.0/8".parse().unwrap()],
        };
        Arc::new(OpenId::new(settings, Client::new(&NetSettings::default())))
    }

    pub fn lie(&self, flaw: Flaw) {
        *self.0.flaw.lock().unwrap() = flaw;
    }

    pub fn sign_by_rsa(&self) {
        *self.0.signs_by_rsa.lock().unwrap() = true;
    }

    pub fn speak_for(&self, issuer: &str) {
        *self.0.speaks_for.lock().unwrap() = Some(issuer.to_owned());
    }

    pub fn know(&self, email: &str) {
        *self.0.email.lock().unwrap() = email.to_owned();
    }

    fn flaw(&self) -> Flaw {
        *self.0.flaw.lock().unwrap()
    }

    /// A person signs in at the provider: where they are sent back to.
    pub async fn visit(&self, url: &str) -> String {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }
}

async fn about(State(Provider(inner)): State<Provider>) -> Json<Value> {
    let issuer = inner.speaks_for.lock().unwrap().clone().unwrap_or_else(|| inner.issuer.clone());
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}/authorize", inner.issuer),
        "token_endpoint": format!("{}/token", inner.issuer),
        "jwks_uri": format!("{}/keys", inner.issuer),
    }))
}

async fn keys(State(Provider(inner)): State<Provider>) -> Json<Value> {
    let point = inner.key.public_key().as_ref().to_vec();
    // RSAPublicKey (RFC 8017, A.1.1) of 2048 bits: the modulus stands behind nine bytes of headers.
    let rsa = inner.rsa.public_key().as_ref().to_vec();
    let coded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Json(json!({ "keys": [
        { "kty": "oct", "kid": "strange" },
        { "kty": "EC", "kid": "ec", "crv": "P-256", "x": coded(&point[1..33]), "y": coded(&point[33..65]) },
        { "kty": "RSA", "kid": "rsa", "n": coded(&rsa[9..265]), "e": "AQAB" },
    ]}))
}

async fn authorize(State(Provider(inner)): State<Provider>, Query(asked): Query<HashMap<String, String>>) -> Redirect {
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "ride along");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
    let code = format!("code-{}", inner.begun.lock().unwrap().len());
    let back = asked["redirect_uri"].clone();
    let begun = (asked["code_challenge"].clone(), asked["nonce"].clone(), back.clone());
    inner.begun.lock().unwrap().insert(code.clone(), begun);
    Redirect::to(&format!("{back}?code={code}&state={}", asked["state"]))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let inner = &provider.0;
    let refused = (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    // A code is good once, for the client that can show its secret and the verifier behind the challenge.
    let Some((challenge, nonce, back)) = inner.begun.lock().unwrap().remove(&form["code"]) else { return refused };
    let basic = format!("Basic {}", STANDARD.encode("ride+along:s%3Ae+c"));
    let proven = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes())) == challenge;
    if headers["authorization"] != basic.as_str() || !proven || form["redirect_uri"] != back {
        return refused;
    }
    if provider.flaw() == Flaw::ServerError {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({})));
    }
    (StatusCode::OK, Json(json!({ "access_token": "unused", "id_token": provider.id_token(&nonce) })))
}

impl Provider {
    fn id_token(&self, nonce: &str) -> String {
        let (inner, flaw) = (&self.0, self.flaw());
        let now = make::now().as_second();
        let by_rsa = *inner.signs_by_rsa.lock().unwrap();
        let other = |wrong: Flaw, right: Value, lie: Value| if flaw == wrong { lie } else { right };
        let mut claims = json!({
            "iss": other(Flaw::WrongIssuer, json!(inner.issuer), json!("https://elsewhere.example")),
            "aud": other(Flaw::WrongAudience, json!("ride along"), json!("another program")),
            "exp": other(Flaw::Expired, json!(now + 300), json!(now - 300)),
            "iat": other(Flaw::OfTheFuture, json!(now), json!(now + 3600)),
            "nonce": other(Flaw::WrongNonce, json!(nonce), json!("an older one")),
            "email_verified": flaw != Flaw::UnverifiedAddress,
            "email": *inner.email.lock().unwrap(),
        });
        if flaw == Flaw::SeveralAudiences {
            claims["aud"] = json!(["ride along", "another program"]);
        }
        if flaw == Flaw::NoAddress {
            claims["email"] = Value::Null;
        }
        let alg = match flaw {
            Flaw::NoAlgorithm => "none",
            Flaw::OtherKeysAlgorithm => "HS256",
            _ if by_rsa => "RS256",
            _ => "ES256",
        };
        let header = json!({ "alg": alg, "kid": if by_rsa { "rsa" } else { "ec" } });
        let coded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", coded(&header), coded(&claims));
        let mut signature = if by_rsa {
            let mut signature = vec![0; inner.rsa.public_modulus_len()];
            inner.rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
            signature
        } else {
            inner.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
        };
        match flaw {
            Flaw::WrongSignature => signature[40] ^= 1,
            Flaw::NoAlgorithm => signature.clear(),
            _ => {}
        }
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
