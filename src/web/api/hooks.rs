use super::asking::{Reader, Writer};
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body};
use super::shown::Problem;
use crate::model::{Tells, Webhook};
use crate::web::context::App;
use crate::web::error::Result;
use crate::web::hooks::{add, remove, secret_of};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// An address that is told what happens.
#[derive(Serialize, ToSchema)]
pub(super) struct HookShown {
    /// Its id.
    id: String,
    /// The name that you gave it.
    name: String,
    /// The host that is told; the rest of the address may be a secret.
    host: String,
    /// `digest_ready`, `source_broken`, `slack` or `teams`.
    tells: &'static str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When something was last taken there.
    #[schema(value_type = Option<String>, format = DateTime)]
    taken_at: Option<Timestamp>,
    /// Why nothing is sent there any more.
    stopped_because: Option<String>,
}

impl From<&Webhook> for HookShown {
    fn from(hook: &Webhook) -> Self {
        let url = hook.url.parse::<url::Url>().ok();
        Self {
            id: hook.id.clone(),
            name: hook.name.clone(),
            host: url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
            tells: hook.tells.as_str(),
            made_at: hook.made_at,
            taken_at: hook.taken_at,
            stopped_because: hook.stopped_because.clone(),
        }
    }
}

/// Your webhooks
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "listWebhooks", params(PageAsked),
    responses((status = 200, body = Page<HookShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<HookShown>>> {
    let hooks = app.store().list_webhooks(Some(&asker.rep.email)).await?;
    page_of(&hooks, &page, |hook| hook.id.clone(), HookShown::from).map(Json)
}

/// What is told, and in which form.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TellsAsked {
    /// A program: your digest of the week is there.
    DigestReady,
    /// A program, for admins: a source cannot be read any more.
    SourceBroken,
    /// A channel of Slack: the weekly digest.
    Slack,
    /// A channel of Teams: the weekly digest.
    Teams,
}

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HookAsked {
    /// A name, for example the channel or program.
    #[schema(min_length = 1, max_length = 60, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    name: String,
    /// The address; it must be a public one.
    #[schema(format = "uri", max_length = 2000, pattern = "^https?://[a-z0-9]")]
    url: String,
    /// What is told.
    tells: TellsAsked,
}

/// A webhook that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct HookMade {
    /// The webhook.
    webhook: HookShown,
    /// By which you check that a delivery is ours, as the Standard Webhooks specification says.
    secret: String,
}

/// Make a webhook
///
/// Deliveries are signed as the Standard Webhooks specification says, tried again for a day, and each thing is told
/// once: `webhook-id` is the same for every try.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "makeWebhook", request_body = HookAsked,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 201, body = HookMade), Problem))]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Body(asked): Body<HookAsked>,
) -> Result<(StatusCode, Json<HookMade>)> {
    let tells = match asked.tells {
        TellsAsked::DigestReady => Tells::DigestReady,
        TellsAsked::SourceBroken => Tells::SourceBroken,
        TellsAsked::Slack => Tells::Slack,
        TellsAsked::Teams => Tells::Teams,
    };
    let hook = add(&app, &asker.rep, asker.now, &asked.name, &asked.url, tells).await?;
    let secret = secret_of(&app, &hook).await?;
    Ok((StatusCode::CREATED, Json(HookMade { webhook: HookShown::from(&hook), secret })))
}

/// Remove a webhook
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "removeWebhook",
    params(("id" = String, Path, description = "The webhook's id", pattern = "^[A-Za-z0-9-]{1,64}$")),
    responses((status = 204, description = "It is removed."), Problem))]
pub(super) async fn take_away(
    State(app): State<Arc<App>>,
    Writer(asker): Writer,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    remove(&app, &asker.rep, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
