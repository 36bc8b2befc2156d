//! Webhooks of a rep: made, listed and removed, from the settings and by the API.

use super::context::App;
use super::error::{Error, Result};
use super::forms::line;
use super::session::SignedIn;
use super::tokens::secret;
use crate::model::{Rep, Role, Tells, Webhook};
use crate::net::guard::{self, Refusal};
use crate::render::hook;
use crate::render::signed::{LINK_KEY_SETTING, LinkKey};
use crate::store::{Record, random_id};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use url::Url;

/// Webhooks that a rep may have.
const HOOKS_MAX: usize = 20;
/// Characters of a webhook's name.
const NAME_CHARS_MAX: usize = 60;
/// Characters of a webhook's address.
const URL_CHARS_MAX: usize = 2_000;

/// Checks a new webhook and keeps it.
pub(super) async fn add(app: &App, rep: &Rep, now: Timestamp, name: &str, url: &str, tells: Tells) -> Result<Webhook> {
    let name = line(name, "name", NAME_CHARS_MAX)?;
    if name.is_empty() {
        return Err(Error::Unusable("give the webhook a name, for example the channel or program".to_owned()));
    }
    if tells == Tells::SourceBroken && rep.role != Role::Admin {
        return Err(Error::Forbidden);
    }
    let url = line(url, "address", URL_CHARS_MAX)?;
    let plain = Some(&url).filter(|url| url.bytes().all(|byte| byte.is_ascii_graphic()));
    let url: Url = plain
        .and_then(|url| url.parse().ok())
        .ok_or_else(|| Error::Unusable("write the address like https://example.com/hook".to_owned()))?;
    // What is reached is judged again when it is dialled; this only tells a person early.
    guard::judge(&url, &app.context.hook_allow_net).map_err(|refusal| Error::Refused(told(&refusal)))?;
    if app.store().list_webhooks(Some(&rep.email)).await?.len() >= HOOKS_MAX {
        return Err(Error::Unusable(format!("you have {HOOKS_MAX} webhooks already; remove one first")));
    }
    let hook = Webhook {
        id: random_id(),
        rep: rep.email.clone(),
        name,
        url: url.to_string(),
        tells,
        made_at: now,
        taken_at: None,
        stopped_because: None,
    };
    app.store().save(Record::Webhook(hook.clone())).await?;
    Ok(hook)
}

/// A refusal with what can be done about it here.
fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InternalName { host } | Refusal::InternalAddress { host, .. } => {
            format!("{host} is not on the open internet; whoever runs Ridealong can allow its range by hook-allow-net")
        }
        other => other.to_string(),
    }
}

/// The rep's webhook with this id.
pub(super) async fn find(app: &App, rep: &Rep, id: &str) -> Result<Webhook> {
    let hooks = app.store().list_webhooks(Some(&rep.email)).await?;
    hooks.into_iter().find(|hook| hook.id == id).ok_or(Error::NotFound("webhook"))
}

/// Removes a webhook of the rep's own; what it was told goes with it at the next run.
pub(super) async fn remove(app: &App, rep: &Rep, id: &str) -> Result<()> {
    let hook = find(app, rep, id).await?;
    Ok(app.store().save_records(Vec::new(), vec![Record::Webhook(hook).key()]).await?)
}

/// The secret by which a program checks that a delivery is ours.
pub(super) async fn secret_of(app: &App, hook: &Webhook) -> Result<String> {
    let key = app.store().find_or_make_setting(LINK_KEY_SETTING, secret).await?;
    Ok(hook::secret(&LinkKey::new(&key), &hook.id))
}

/// The form of a new webhook.
#[derive(Deserialize)]
pub(super) struct NewHook {
    name: String,
    url: String,
    tells: String,
}

/// Makes a webhook.
pub(super) async fn make(State(app): State<Arc<App>>, who: SignedIn, Form(form): Form<NewHook>) -> Result<Redirect> {
    let tells = Tells::of(&form.tells).ok_or_else(|| Error::Unusable("choose what is told".to_owned()))?;
    add(&app, &who.rep, who.now, &form.name, &form.url, tells).await?;
    Ok(Redirect::to("/settings?saved=hook#hooks"))
}

/// Removes a webhook.
pub(super) async fn take_away(State(app): State<Arc<App>>, who: SignedIn, Path(id): Path<String>) -> Result<Redirect> {
    remove(&app, &who.rep, &id).await?;
    Ok(Redirect::to("/settings?saved=unhooked#hooks"))
}
