//! The next weekly mail, shown before it goes out. Its answers are signed links like in the mail itself.

use super::context::App;
use super::digests::current;
use super::error::Result;
use super::session::SignedIn;
use crate::mail::schedule;
use crate::render::mail::{MailLinks, MailParts, parts};
use crate::render::pages::{self, NextMailPage};
use crate::render::signed::{LINK_KEY_SETTING, LinkKey};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// The mail is a page of its own: its styles stand in its tags, and it loads nothing and runs nothing.
const MAIL_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Subject, first line and text of the next mail.
pub(super) async fn show(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let mail = next(&app, &who).await?;
    let at = schedule::next(&who.rep, who.now).map(|(_, at)| at);
    let page =
        NextMailPage { mail: mail.as_ref(), rep: &who.rep, at, from: &app.context.mail_from, calendar: &who.calendar };
    Ok(Html(pages::next_mail(who.frame("Your next mail", ""), &page)))
}

/// The mail as most mail programs show it.
pub(super) async fn html(State(app): State<Arc<App>>, who: SignedIn) -> Result<Response> {
    let html = match next(&app, &who).await? {
        Some(mail) => mail.html,
        None => return Err(super::error::Error::NotFound("mail this week")),
    };
    let mut response = Html(html).into_response();
    response.extensions_mut().insert(super::headers::OwnPolicy(MAIL_POLICY));
    Ok(response)
}

/// The mail as it would go out at this instant; none where the week has nothing to say.
async fn next(app: &App, who: &SignedIn) -> Result<Option<MailParts>> {
    let digest = current(app, &who.rep, who.now).await?;
    let secret = app.store().find_or_make_setting(LINK_KEY_SETTING, super::tokens::secret).await?;
    let links = MailLinks::new(&app.context.public_url, &LinkKey::new(&secret), &who.rep.email, who.now);
    Ok(parts(&digest, &links, who.rep.mail.subject_names_deals))
}
