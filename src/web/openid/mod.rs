//! Signing in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636).
//!
//! This is one of the places where a page waits for the network, because signing in at the company's provider cannot
//! be done otherwise. Whoever comes back has to have begun here: state, nonce and verifier lie in a cookie of that
//! browser. Nobody is added by signing in; an admin adds reps.

mod proof;
mod provider;

pub use provider::OpenId;
pub(super) use provider::{Attempt, ProviderError};

use super::address::Caller;
use super::context::App;
use super::error::{Error, Result};
use super::sign_in::enter;
use super::wanted::Wanted;
use crate::render::Links;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Where the provider sends people back to; it is what is registered there.
pub(super) const BACK: &str = "/sign-in/openid/back";
/// How long somebody may take at the provider.
const ATTEMPT_TTL: Duration = Duration::from_secs(600);
const BEGIN_AGAIN: &str = "this sign-in was not begun in this browser, or it took too long; begin again";

/// Sends the browser to the provider.
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Query(wanted): Query<Wanted>,
    jar: CookieJar,
) -> Result<Response> {
    let openid = app.context.openid.as_ref().ok_or(Error::NotFound("page"))?;
    if !app.limits().may_try(&caller).await? {
        return Err(Error::TooMany);
    }
    let attempt = Attempt::fresh();
    let url = openid.begin(&attempt, &back(&app.links), app.now()).await?;
    let jar = jar.add(cookie(&app, packed(&attempt, &wanted), ATTEMPT_TTL));
    Ok((jar, Redirect::to(url.as_str())).into_response())
}

/// What the provider sends back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    code: String,
    state: String,
    error: String,
}

/// Takes the browser back from the provider and signs its rep in.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response> {
    let openid = app.context.openid.as_ref().ok_or(Error::NotFound("page"))?;
    if !app.limits().may_try(&caller).await? {
        return Err(Error::TooMany);
    }
    let begun = jar.get(cookie_name(&app)).and_then(|cookie| unpacked(cookie.value()));
    let (attempt, wanted) = begun.filter(|(attempt, _)| attempt.is(&answer.state)).ok_or(Error::Gone(BEGIN_AGAIN))?;
    if !answer.error.is_empty() || answer.code.is_empty() {
        return Err(Error::Gone(
            "the sign-in was not finished at your company’s provider; begin again, or ask for a link",
        ));
    }
    let email = openid.finish(&attempt, &answer.code, &back(&app.links), app.now()).await?;
    let rep = app.find_rep(&email).await?.ok_or(Error::Stranger)?;
    let jar = jar.add(cookie(&app, String::new(), Duration::ZERO));
    enter(&app, &rep, &headers, jar, &wanted).await
}

/// An attempt and what was wanted, as the cookie holds them.
fn packed(attempt: &Attempt, wanted: &Wanted) -> String {
    format!("{}.{}", attempt.packed(), URL_SAFE_NO_PAD.encode(wanted.place()))
}

fn unpacked(cookie: &str) -> Option<(Attempt, Wanted)> {
    let (attempt, place) = cookie.rsplit_once('.')?;
    let place = String::from_utf8(URL_SAFE_NO_PAD.decode(place).ok()?).ok()?;
    Some((Attempt::unpack(attempt)?, Wanted::noted(place)))
}

fn back(links: &Links) -> String {
    links.to(BACK)
}

fn cookie_name(app: &App) -> &'static str {
    if app.is_https() { "__Host-ridealong-openid" } else { "ridealong-openid" }
}

fn cookie(app: &App, value: String, age: Duration) -> Cookie<'static> {
    Cookie::build((cookie_name(app), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.is_https())
        .max_age(age.try_into().unwrap_or_default())
        .build()
}
