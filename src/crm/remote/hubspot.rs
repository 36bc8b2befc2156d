//! HubSpot: deals by search, sorted by their last change, with the names of owners, stages and companies.

use super::access::Access;
use super::json::{date, instant, list, note, number, text};
use super::{Progress, SyncError, SyncOptions, blank};
use crate::crm::csv::minor;
use crate::model::{Crm, Deal, DealState};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Deals a page.
const PAGE: usize = 200;
/// A search gives no more than this many results; the rest needs another search.
const RESULTS_MAX: usize = 10_000;
/// Inputs of one batch read.
const BATCH_MAX: usize = 100;
/// Stored under this prefix in `Progress::names`.
const PROBABILITY: &str = "probability:";

/// Name and industry of the company of each deal, by the deal's id.
type Companies = HashMap<String, (Option<String>, Option<String>)>;

const PROPERTIES: [&str; 14] = [
    "dealname",
    "dealstage",
    "pipeline",
    "amount",
    "deal_currency_code",
    "closedate",
    "createdate",
    "hubspot_owner_id",
    "hs_deal_stage_probability",
    "hs_next_step",
    "description",
    "notes_last_updated",
    "hs_v2_date_entered_current_stage",
    "hs_lastmodifieddate",
];

/// Where a sync stands: the last change from which the running search starts, and its page.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Cursor {
    from_ms: Option<i64>,
    after: Option<String>,
}

pub(super) async fn read(access: &Access, options: &SyncOptions<'_>, progress: &mut Progress) -> Result<(), SyncError> {
    if !progress.prepared {
        owners(access, progress).await?;
        stages(access, progress).await?;
        progress.prepared = true;
    }
    let mut cursor: Cursor =
        progress.cursor.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    loop {
        let page = access.post("/crm/v3/objects/deals/search", &search(options, &cursor)).await?;
        let results = list(&page, "results");
        let companies = companies(access, results, progress).await?;
        let last_ms = results
            .iter()
            .filter_map(|deal| instant(deal, "properties.hs_lastmodifieddate"))
            .map(|at| at.as_millisecond())
            .max();
        for result in results {
            let Some(deal) = deal(result, options, progress, &companies) else { continue };
            // A new search starts with the instant at which the last one ended, so its first deals come again.
            progress.take_in(deal);
        }
        let after = text(&page, "paging.next.after");
        let full =
            after.as_deref().and_then(|after| after.parse::<usize>().ok()).is_some_and(|after| after >= RESULTS_MAX);
        cursor = match after {
            None => return Ok(()),
            Some(_) if full && last_ms <= cursor.from_ms => {
                return Err(access.unreadable("more than 10,000 deals changed in the same instant"));
            }
            Some(_) if full => Cursor { from_ms: last_ms, after: None },
            Some(after) => Cursor { after: Some(after), ..cursor },
        };
        progress.cursor = serde_json::to_string(&cursor).ok();
        access.pause().await;
    }
}

fn search(options: &SyncOptions<'_>, cursor: &Cursor) -> Value {
    let since_ms = options.since.map(|at| at.as_millisecond()).max(cursor.from_ms);
    let mut filters = Vec::new();
    if options.since.is_none() {
        filters.push(json!({ "propertyName": "hs_is_closed", "operator": "EQ", "value": "false" }));
    }
    if let Some(ms) = since_ms {
        filters.push(json!({ "propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": ms.to_string() }));
    }
    let mut search = json!({
        "filterGroups": [{ "filters": filters }],
        "sorts": [{ "propertyName": "hs_lastmodifieddate", "direction": "ASCENDING" }],
        "properties": PROPERTIES,
        "limit": PAGE,
    });
    if let Some(after) = &cursor.after {
        search["after"] = json!(after);
    }
    search
}

async fn owners(access: &Access, progress: &mut Progress) -> Result<(), SyncError> {
    let mut after: Option<String> = None;
    loop {
        let mut url = access.url("/crm/v3/owners?limit=500")?;
        if let Some(after) = &after {
            url.query_pairs_mut().append_pair("after", after);
        }
        let (page, _) = access.get(url).await?;
        for owner in list(&page, "results") {
            if let (Some(id), Some(email)) = (text(owner, "id"), text(owner, "email")) {
                progress.names.insert(format!("owner:{id}"), email);
            }
        }
        after = text(&page, "paging.next.after");
        if after.is_none() {
            return Ok(());
        }
        access.pause().await;
    }
}

async fn stages(access: &Access, progress: &mut Progress) -> Result<(), SyncError> {
    let (page, _) = access.get(access.url("/crm/v3/pipelines/deals")?).await?;
    for pipeline in list(&page, "results") {
        let Some(id) = text(pipeline, "id") else { continue };
        progress.names.insert(format!("pipeline:{id}"), text(pipeline, "label").unwrap_or_else(|| id.clone()));
        for stage in list(pipeline, "stages") {
            let Some(stage_id) = text(stage, "id") else { continue };
            if let Some(label) = text(stage, "label") {
                progress.names.insert(format!("stage:{stage_id}"), label);
            }
            if let Some(share) = text(stage, "metadata.probability") {
                progress.names.insert(format!("{PROBABILITY}{stage_id}"), share);
            }
        }
    }
    Ok(())
}

/// Name and industry of each deal's company. A token that may not read companies costs only these.
async fn companies(access: &Access, deals: &[Value], progress: &mut Progress) -> Result<Companies, SyncError> {
    const DENIED: &str = "companies:denied";
    let mut found = Companies::new();
    if progress.names.contains_key(DENIED) {
        return Ok(found);
    }
    for deals in deals.chunks(BATCH_MAX) {
        let inputs: Vec<Value> =
            deals.iter().filter_map(|deal| text(deal, "id")).map(|id| json!({ "id": id })).collect();
        let links = access.post("/crm/v4/associations/deals/companies/batch/read", &json!({ "inputs": inputs })).await;
        let links = match links {
            Err(SyncError::Scope { cause, .. }) => {
                progress.names.insert(DENIED.to_owned(), String::new());
                progress
                    .complaints
                    .push(format!("companies were not read, so accounts and industries are missing: {cause}"));
                return Ok(found);
            }
            other => other?,
        };
        let pairs: Vec<(String, String)> = list(&links, "results")
            .iter()
            .filter_map(|link| Some((text(link, "from.id")?, text(list(link, "to").first()?, "toObjectId")?)))
            .collect();
        let mut ids: Vec<&String> = pairs.iter().map(|(_, company)| company).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            continue;
        }
        let inputs: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        let body = json!({ "properties": ["name", "industry"], "inputs": inputs });
        let read = access.post("/crm/v3/objects/companies/batch/read", &body).await?;
        for company in list(&read, "results") {
            let facts = (
                text(company, "properties.name"),
                text(company, "properties.industry").map(|name| name.replace('_', " ").to_lowercase()),
            );
            let id = text(company, "id");
            for (deal, _) in pairs.iter().filter(|(_, company)| Some(company) == id.as_ref()) {
                found.insert(deal.clone(), facts.clone());
            }
        }
    }
    Ok(found)
}

fn deal(result: &Value, options: &SyncOptions<'_>, progress: &Progress, companies: &Companies) -> Option<Deal> {
    let id = text(result, "id")?;
    let property = |name: &str| format!("properties.{name}");
    let name_of = |kind: &str, id: &Option<String>| {
        id.as_ref().and_then(|id| progress.names.get(&format!("{kind}{id}")).cloned())
    };
    let stage_id = text(result, &property("dealstage"));
    let pipeline = text(result, &property("pipeline"));
    let owner = text(result, &property("hubspot_owner_id"));
    let share = number(result, &property("hs_deal_stage_probability"));
    let share = share.or_else(|| name_of(PROBABILITY, &stage_id)?.parse().ok());
    let mut deal = blank(Crm::Hubspot, &id, options.now);
    deal.name = text(result, &property("dealname")).unwrap_or(id.clone());
    deal.stage_label = name_of("stage:", &stage_id).or_else(|| stage_id.clone()).unwrap_or_default();
    deal.pipeline = name_of("pipeline:", &pipeline).or(pipeline);
    deal.probability = share.map(|share| (share * 100.0) as f32);
    deal.currency = text(result, &property("deal_currency_code"));
    deal.amount_minor = number(result, &property("amount")).and_then(|amount| minor(amount, deal.currency.as_deref()));
    deal.close_on = date(result, &property("closedate"));
    deal.created_at = instant(result, &property("createdate"));
    deal.owner = name_of("owner:", &owner).or(owner).unwrap_or_default();
    deal.next_step = note(result, &property("hs_next_step"));
    deal.notes = note(result, &property("description"));
    deal.active_at = instant(result, &property("notes_last_updated"));
    deal.stage_entered_at = instant(result, &property("hs_v2_date_entered_current_stage"));
    deal.updated_at = instant(result, &property("hs_lastmodifieddate"));
    (deal.account, deal.industry) = companies.get(&id).cloned().unwrap_or_default();
    deal.state = options.map.state_of(&deal.stage_label, stage_id.as_deref()).unwrap_or(DealState::Open);
    deal.stage_id = stage_id;
    deal.stages = options.map.resolve_deal(&deal).stages;
    Some(deal)
}
