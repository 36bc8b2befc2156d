use super::address::Caller;
use super::context::App;
use super::digests::ensure;
use super::error::{Error, Result};
use super::feed_tokens::ensure_feed;
use super::passwords;
use super::session::{self, SignedIn};
use super::tokens::{LINK_TTL, is_live, key_of, sign_in_link};
use super::wanted::{SIGN_IN, Wanted};
use crate::model::{Email, Rep, Token, TokenPurpose};
use crate::render::pages::{self, Frame, Message, SignIn, WaysIn};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use std::sync::Arc;

const USED_UP: &str = "this sign-in link was used already, or its time is over; ask for a new one";

/// The page that asks who it is.
pub(super) async fn ask(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Html<String> {
    Html(pages::ways_in(&WaysIn {
        frame: Frame::outside("Sign in"),
        mails: app.context.mailer.is_some(),
        openid: app.context.openid.as_ref().map(|openid| openid.name()),
        openid_path: &wanted.carried_by("/sign-in/openid"),
        back: wanted.place(),
    }))
}

/// The form of the sign-in page; without a password it asks for a link.
#[derive(Deserialize)]
pub(super) struct Ask {
    email: String,
    #[serde(default)]
    password: String,
    #[serde(flatten)]
    wanted: Wanted,
}

/// Signs in by password, or mails a link. The answer is the same whether the address is known or not.
pub(super) async fn take(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Ask>,
) -> Result<Response> {
    if !app.limits().may_try(&caller).await? {
        return Err(Error::TooMany);
    }
    let email: Email = form.email.parse().map_err(|error| Error::Unusable(format!("{error}")))?;
    if !form.password.is_empty() {
        return by_password(&app, &email, form, &headers, jar).await;
    }
    if app.context.mailer.is_none() {
        return Err(Error::Unusable("no mail is set up here; ask whoever runs Ridealong for a link".to_owned()));
    }
    // Beside the request, so that the time of the answer does not tell who is known.
    tokio::spawn(async move {
        if let Err(error) = send_link(&app, &email, &form.wanted).await {
            tracing::error!(cause = %error, "a sign-in link could not be made");
        }
    });
    Ok(Html(pages::message(&Message {
        frame: Frame::outside("Look into your mail"),
        kicker: String::new(),
        heading: "Look into your mail",
        sentence: "If the address is known here, a link is on its way to it. It works once, for 15 minutes.",
        way: None,
        request_id: None,
    }))
    .into_response())
}

async fn by_password(app: &App, email: &Email, form: Ask, headers: &HeaderMap, jar: CookieJar) -> Result<Response> {
    if !app.limits().may_guess(email.as_str()).await? {
        return Err(Error::TooMany);
    }
    let fits = passwords::fits(app, email, form.password).await?;
    match app.find_rep(email).await?.filter(|_| fits) {
        Some(rep) => enter(app, &rep, headers, jar, &form.wanted).await,
        None => Err(Error::Unusable("that address and that password do not belong together".to_owned())),
    }
}

/// Starts a session of a rep who proved who they are, and leads to what they wanted, or to their digest.
pub(super) async fn enter(
    app: &App,
    rep: &Rep,
    headers: &HeaderMap,
    jar: CookieJar,
    wanted: &Wanted,
) -> Result<Response> {
    let cookie = session::start(app, &rep.email, headers).await?;
    let now = app.now();
    ensure_feed(app.store(), &rep.email, now).await?;
    ensure(app, rep, now).await?;
    Ok((jar.add(cookie), Redirect::to(wanted.place())).into_response())
}

async fn send_link(app: &App, email: &Email, wanted: &Wanted) -> Result<()> {
    let Some(mailer) = &app.context.mailer else { return Ok(()) };
    let Some(rep) = app.find_rep(email).await? else { return Ok(()) };
    if !app.limits().may_mail(email.as_str()).await? {
        return Ok(());
    }
    let now = app.now();
    let link = sign_in_link(app.store(), &app.context.public_url, email, now, LINK_TTL).await?;
    mailer.send_link(&rep, &wanted.carried_by(&link), now.checked_add(LINK_TTL).unwrap_or(now)).await;
    Ok(())
}

/// The page behind a link: one button. Looking at it uses nothing up, for mail scanners follow links.
pub(super) async fn show_link(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>> {
    let (_, rep) = find_link(&app, &secret).await?;
    Ok(Html(pages::sign_in(&SignIn {
        frame: Frame::outside("Sign in"),
        heading: &format!("Hello, {}", rep.name),
        sentence: "One click, and you are in. The link works once.",
        action: &wanted.carried_by(&format!("/sign-in/{secret}")),
        button: "Sign in",
    })))
}

/// Uses a link up and starts a session.
pub(super) async fn use_link(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Path(secret): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response> {
    if !app.limits().may_try(&caller).await? {
        return Err(Error::TooMany);
    }
    let (token, rep) = find_link(&app, &secret).await?;
    // Of two who press the button at once, one gets in.
    app.store().take_token(&token.key).await?.ok_or(Error::Gone(USED_UP))?;
    enter(&app, &rep, &headers, jar, &wanted).await
}

async fn find_link(app: &App, secret: &str) -> Result<(Token, Rep)> {
    let found = app.store().find_token(&key_of(secret)).await?;
    let token = found
        .filter(|token| token.purpose == TokenPurpose::SignIn && is_live(token, app.now()))
        .ok_or(Error::Gone(USED_UP))?;
    let rep = app.find_rep(&token.rep).await?.ok_or(Error::Gone(USED_UP))?;
    Ok((token, rep))
}

/// Ends this session.
pub(super) async fn sign_out(State(app): State<Arc<App>>, who: SignedIn, jar: CookieJar) -> Result<Response> {
    app.store().remove_token(&who.session).await?;
    let forget = [(HeaderName::from_static("clear-site-data"), "\"cache\"")];
    Ok((jar.add(session::cookie(&app, String::new())), forget, Redirect::to(SIGN_IN)).into_response())
}
