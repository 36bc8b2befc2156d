use super::asking::{Admin, Reader};
use super::cursor::{Page, PageAsked, page_of};
use super::params::{Asked, Body};
use super::shown::Problem;
use super::shown::deal::{DealShown, state_word};
use super::shown::digest::{PickShown, picks};
use crate::crm::push::{Fault, Push};
use crate::model::Crm;
use crate::web::access::find_deal;
use crate::web::admin::{log, rebuild_all};
use crate::web::context::App;
use crate::web::digests::current;
use crate::web::error::{Error, Result};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema as _, ToSchema};

/// Faults that a refusal names; the others follow when these are mended.
const FAULTS_NAMED: usize = 5;

/// The state of a deal.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum StateAsked {
    /// Being worked on.
    Open,
    /// Signed.
    Won,
    /// Lost.
    Lost,
    /// Missing from the newest snapshot.
    Gone,
}

impl StateAsked {
    fn word(self) -> &'static str {
        match self {
            StateAsked::Open => "open",
            StateAsked::Won => "won",
            StateAsked::Lost => "lost",
            StateAsked::Gone => "gone",
        }
    }
}

/// Which deals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only deals in this state.
    #[param(inline)]
    state: Option<StateAsked>,
}

/// Your deals
#[utoipa::path(get, path = "/api/v1/deals", tag = "Deals", operation_id = "listDeals", params(Wanted, PageAsked),
    responses((status = 200, body = Page<DealShown>), Problem))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Asked(wanted): Asked<Wanted>,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<DealShown>>> {
    let mut deals = app.store().list_deals(Some(&asker.rep.email)).await?;
    deals.retain(|deal| wanted.state.is_none_or(|state| state.word() == state_word(deal.state)));
    page_of(&deals, &page, |deal| deal.id.to_string(), DealShown::from).map(Json)
}

/// One of your deals
#[utoipa::path(get, path = "/api/v1/deals/{id}", tag = "Deals", operation_id = "getDeal",
    params(("id" = String, Path, description = "The deal's id", pattern = "^[A-Za-z0-9-]{1,64}$")),
    responses((status = 200, body = DealShown), Problem))]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
) -> Result<Json<DealShown>> {
    Ok(Json(DealShown::from(&find_deal(&app, &asker.rep, &id).await?)))
}

/// This week's picks for one of your deals
#[utoipa::path(get, path = "/api/v1/deals/{id}/picks", tag = "Picks", operation_id = "listDealPicks",
    params(("id" = String, Path, description = "The deal's id", pattern = "^[A-Za-z0-9-]{1,64}$"), PageAsked),
    responses((status = 200, body = Page<PickShown>), Problem))]
pub(super) async fn picks_of(
    State(app): State<Arc<App>>,
    Reader(asker): Reader,
    Path(id): Path<String>,
    Asked(page): Asked<PageAsked>,
) -> Result<Json<Page<PickShown>>> {
    let deal = find_deal(&app, &asker.rep, &id).await?;
    let mut digest = current(&app, &asker.rep, asker.now).await?;
    digest.deals.retain(|entry| entry.deal.id == deal.id);
    page_of(picks(&digest, &app.links), &page, PickShown::key, |pick| pick).map(Json)
}

/// Deals in the normal form. Further fields are passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = DealsPushed)]
pub(super) struct Pushed {
    /// The deals.
    #[schema(min_items = 1, max_items = 50000, value_type = Vec<DealPushed>)]
    deals: Value,
}

/// Deals that changed, in the normal form. Further fields are passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = DealsPatched)]
pub(super) struct Patched {
    /// The deals; one that is known keeps its stage where none is named.
    #[schema(schema_with = patched_schema)]
    deals: Value,
}

fn patched_schema() -> Array {
    let mut deal = DealPushed::schema();
    if let RefOr::T(Schema::Object(deal)) = &mut deal {
        deal.required.retain(|field| field != "stage");
    }
    ArrayBuilder::new().items(deal).min_items(Some(1)).max_items(Some(50_000)).build()
}

/// A deal in the normal form. In a patch, a field that is left out stays as it is, and null empties it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes what `crm::push` reads, which also takes the names that exports use")]
struct DealPushed {
    /// The CRM's own id.
    #[schema(schema_with = external_id_schema)]
    external_id: String,
    /// Where it comes from: `hubspot`, `salesforce`, `pipedrive`, ... or `generic`.
    #[schema(required = false, schema_with = crm_schema)]
    crm: String,
    /// Its name.
    #[schema(required = false, schema_with = text_schema)]
    name: Option<String>,
    /// The stage's label as the CRM shows it.
    #[schema(
        example = "Contract sent",
        min_length = 1,
        max_length = 500,
        pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]"
    )]
    stage: String,
    /// The stage's internal id.
    #[schema(required = false, schema_with = text_schema)]
    stage_id: Option<String>,
    /// The owner: an address or a name that a rep claims.
    #[schema(required = false, schema_with = text_schema)]
    owner: Option<String>,
    /// The buying company.
    #[schema(required = false, schema_with = text_schema)]
    account: Option<String>,
    /// Its industry.
    #[schema(required = false, schema_with = text_schema)]
    industry: Option<String>,
    /// In major units of the currency.
    #[schema(required = false, schema_with = amount_schema)]
    amount: Option<f64>,
    /// ISO 4217 code.
    #[schema(example = "EUR", pattern = "^([A-Za-z]{3}|[\\s\\u0000-\\u001f\\u007f-\\u009f]*)$")]
    currency: Option<String>,
    /// Expected close.
    #[schema(value_type = Option<String>, format = Date)]
    close_on: Option<String>,
    /// Last activity.
    #[schema(value_type = Option<String>, format = DateTime)]
    active_at: Option<String>,
    /// The next step.
    next_step: Option<String>,
    /// Notes.
    notes: Option<String>,
    /// Told by the stage where it is left out.
    #[schema(required = false, schema_with = state_schema)]
    state: String,
}

fn crm_schema() -> Object {
    one_of(&Crm::ALL.map(Crm::as_str))
}

/// A text, a number, or null.
fn text_schema() -> Object {
    let types = SchemaType::Array(vec![Type::String, Type::Number, Type::Null]);
    ObjectBuilder::new().schema_type(types).max_length(Some(500)).build()
}

/// A number, as such or as text.
fn amount_schema() -> Object {
    let types = SchemaType::Array(vec![Type::Number, Type::String, Type::Null]);
    let amount = ObjectBuilder::new().schema_type(types).minimum(Some(0)).maximum(Some(1_000_000_000_000_i64));
    let written = "^([0-9]{1,12}(\\.[0-9]{1,6})?|[\\s\\u0000-\\u001f\\u007f-\\u009f]*)$";
    amount.pattern(Some(written)).description(Some("In major units of the currency.")).build()
}

/// A text in which something is seen, or a number.
fn external_id_schema() -> Object {
    let types = SchemaType::Array(vec![Type::String, Type::Number]);
    let seen = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]";
    let text = ObjectBuilder::new().schema_type(types).min_length(Some(1)).max_length(Some(500));
    text.pattern(Some(seen)).description(Some("The CRM's own id.")).build()
}

fn state_schema() -> Object {
    one_of(&["open", "won", "lost", "gone"])
}

/// One of these words, or nothing.
fn one_of(words: &[&str]) -> Object {
    let values = words.iter().chain([&""]).map(|word| Value::from(*word)).chain([Value::Null]);
    let types = SchemaType::Array(vec![Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(values)).build()
}

/// What a push did.
#[derive(Serialize, ToSchema)]
pub(super) struct PushDone {
    /// In words.
    summary: String,
    /// Owners whose deals no rep claims.
    unclaimed: Vec<String>,
}

/// Push every deal of a CRM
///
/// A full snapshot in the normal form: an open deal of the same CRM that is missing is gone. All or nothing. For
/// admins, with a token of the scope `admin`.
#[utoipa::path(put, path = "/api/v1/deals", tag = "Deals", operation_id = "putDeals", request_body = Pushed,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 200, body = PushDone), Problem))]
pub(super) async fn put(State(app): State<Arc<App>>, admin: Admin, body: Body<Pushed>) -> Result<Json<PushDone>> {
    push(&app, admin, &body.0.deals, Push::Snapshot).await
}

/// Push deals that changed
///
/// Deals and fields that are not named stay as they are. All or nothing. For admins, with a token of the scope
/// `admin`.
#[utoipa::path(patch, path = "/api/v1/deals", tag = "Deals", operation_id = "patchDeals", request_body = Patched,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own, by which the write is done once", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses((status = 200, body = PushDone), Problem))]
pub(super) async fn patch(State(app): State<Arc<App>>, admin: Admin, body: Body<Patched>) -> Result<Json<PushDone>> {
    push(&app, admin, &body.0.deals, Push::Patch).await
}

async fn push(app: &Arc<App>, Admin(asker): Admin, deals: &Value, how: Push) -> Result<Json<PushDone>> {
    let done = app.context.desk.push_deals(deals, how).await?;
    let done = done.map_err(|faults| match faults.iter().all(|fault| fault.is_conflict) {
        // Each is good by itself; what holds is for the sender to say.
        true => Error::Conflict(told(&faults).into()),
        false => Error::Unusable(told(&faults)),
    })?;
    log(app, &asker.rep, asker.now, format!("pushed deals: {}", done.summary)).await?;
    rebuild_all(app, asker.now);
    Ok(Json(PushDone { summary: done.summary.to_string(), unclaimed: done.unclaimed }))
}

fn told(faults: &[Fault]) -> String {
    let named: Vec<String> = faults.iter().take(FAULTS_NAMED).map(ToString::to_string).collect();
    let rest = faults.len().saturating_sub(FAULTS_NAMED);
    let rest = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    format!("nothing was taken: {}{rest}", named.join("; "))
}
