use super::context::App;
use super::error::Error;
use super::tokens::{is_live, key_of, secret};
use super::wanted::Wanted;
use crate::model::{Email, Rep, Role, Token, TokenPurpose};
use crate::render::pages::{Frame, Reader};
use crate::render::words::Calendar;
use crate::store::{self, Record};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A session ends when it has not been used for so long.
const SESSION_TTL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A session's end moves at most so often, so that reading does not mean writing.
const SLIDE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Characters of a browser's name that are kept.
const BROWSER_CHARS_MAX: usize = 80;

/// The rep who is signed in, taken from the session's cookie.
pub(super) struct SignedIn {
    pub(super) rep: Rep,
    /// The key of the session's token.
    pub(super) session: String,
    /// The zone and instant in which the rep reads.
    pub(super) calendar: Calendar,
    pub(super) now: Timestamp,
}

impl SignedIn {
    /// The frame of a page for this rep.
    pub(super) fn frame(&self, title: impl Into<String>, here: &'static str) -> Frame {
        let Rep { name, role, .. } = &self.rep;
        let reader = Reader { name: name.clone(), admin: *role == Role::Admin, manager: *role >= Role::Manager };
        Frame { title: title.into(), here, reader: Some(reader), feeds: Vec::new() }
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let jar = CookieJar::from_headers(&parts.headers);
        let sign_in = || Error::SignIn(Wanted::of(parts));
        let secret = jar.get(cookie_name(app)).ok_or_else(sign_in)?.value();
        let token = app.store().find_token(&key_of(secret)).await?.ok_or_else(sign_in)?;
        let now = app.now();
        if token.purpose != TokenPurpose::Session || !is_live(&token, now) {
            return Err(sign_in());
        }
        let rep = app.find_rep(&token.rep).await?.ok_or_else(sign_in)?;
        let calendar = Calendar::new(rep.time_zone(), now);
        let session = token.key.clone();
        slide(app, token, now);
        Ok(Self { rep, session, calendar, now })
    }
}

/// Moves the end of a session that is in use, beside the request.
fn slide(app: &Arc<App>, token: Token, now: Timestamp) {
    let used_at = token.used_at.unwrap_or(token.made_at);
    if now.duration_since(used_at) < SLIDE_AFTER {
        return;
    }
    let used = Token { used_at: Some(now), expires_at: now.checked_add(SESSION_TTL).ok(), ..token.clone() };
    swap_later(app, token, used);
}

/// Puts a token's new bookkeeping in place, unless it was changed or revoked meanwhile.
pub(super) fn swap_later(app: &Arc<App>, held: Token, new: Token) {
    let store = Arc::clone(&app.context.store);
    tokio::spawn(async move {
        let held = Record::Token(held);
        if let Err(error) = store.swap_record(&held.key(), Some(&held), Some(Record::Token(new))).await {
            tracing::warn!(cause = %error, "the last use of a token could not be noted");
        }
    });
}

/// Starts a session of a rep; the cookie carries its secret, the store its hash alone.
pub(super) async fn start(app: &App, rep: &Email, headers: &HeaderMap) -> store::Result<Cookie<'static>> {
    let (secret, now) = (secret(), app.now());
    let token = Token {
        key: key_of(&secret),
        rep: rep.clone(),
        purpose: TokenPurpose::Session,
        name: browser(headers),
        made_at: now,
        expires_at: now.checked_add(SESSION_TTL).ok(),
        used_at: Some(now),
    };
    app.store().save_token(token).await?;
    Ok(cookie(app, secret))
}

/// The cookie of a session; with an empty secret and no age it removes the one that is there.
pub(super) fn cookie(app: &App, secret: String) -> Cookie<'static> {
    let ends = secret.is_empty();
    let cookie = Cookie::build((cookie_name(app), secret))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.is_https());
    let age = if ends { std::time::Duration::ZERO } else { SESSION_TTL.unsigned_abs() };
    cookie.max_age(age.try_into().unwrap_or_default()).build()
}

/// `__Host-` pins the cookie to this host, https and the root path (RFC 6265bis, section 4.1.3.2).
fn cookie_name(app: &App) -> &'static str {
    if app.is_https() { "__Host-ridealong" } else { "ridealong" }
}

/// The browser in words, from its User-Agent.
fn browser(headers: &HeaderMap) -> String {
    let agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let program = find(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        _ if agent.is_empty() => "a browser".to_owned(),
        _ => agent.chars().filter(|c| !c.is_control()).take(BROWSER_CHARS_MAX).collect(),
    }
}
