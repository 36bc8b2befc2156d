//! Pipedrive: deals by cursor, with the names of stages, pipelines, users and organisations.

use super::access::Access;
use super::json::{at, date, instant, list, number, text};
use super::{Progress, SyncError, SyncOptions, blank};
use crate::crm::csv::minor;
use crate::model::{Crm, Deal, DealState};
use serde_json::Value;

/// Organisations of one request.
const ORGANISATIONS_MAX: usize = 100;

pub(super) async fn read(access: &Access, options: &SyncOptions<'_>, progress: &mut Progress) -> Result<(), SyncError> {
    if !progress.prepared {
        names(access, "/api/v2/pipelines?limit=500", "pipeline", "name", progress).await?;
        names(access, "/api/v2/stages?limit=500", "stage", "name", progress).await?;
        names(access, "/api/v1/users", "user", "email", progress).await?;
        progress.prepared = true;
    }
    loop {
        let mut url = access.url("/api/v2/deals?limit=500")?;
        let (key, value) = match options.since {
            None => ("status", "open".to_owned()),
            Some(at) => ("updated_since", at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        };
        url.query_pairs_mut().append_pair(key, &value);
        if let Some(cursor) = &progress.cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let (page, _) = access.get(url).await?;
        let data = list(&page, "data");
        organisations(access, data, progress).await?;
        let deals: Vec<Deal> = data.iter().filter_map(|record| deal(record, options, progress)).collect();
        deals.into_iter().for_each(|deal| progress.take_in(deal));
        progress.cursor = text(&page, "additional_data.next_cursor");
        if progress.cursor.is_none() {
            return Ok(());
        }
        access.pause().await;
    }
}

/// Reads a list of things with ids and names, page by page.
async fn names(access: &Access, path: &str, kind: &str, name: &str, progress: &mut Progress) -> Result<(), SyncError> {
    let mut cursor: Option<String> = None;
    loop {
        let mut url = access.url(path)?;
        if let Some(cursor) = &cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let (page, _) = access.get(url).await?;
        for one in list(&page, "data") {
            let Some(id) = text(one, "id") else { continue };
            for (fact, field) in [
                ("", name),
                (":rotten", "days_to_rotten"),
                (":rotten", "rotten_days"),
                (":probability", "deal_probability"),
            ] {
                if let Some(value) = text(one, field) {
                    progress.names.insert(format!("{kind}{fact}:{id}"), value);
                }
            }
        }
        cursor = text(&page, "additional_data.next_cursor");
        if cursor.is_none() {
            return Ok(());
        }
        access.pause().await;
    }
}

/// Names of the organisations of these deals that are not known yet.
async fn organisations(access: &Access, deals: &[Value], progress: &mut Progress) -> Result<(), SyncError> {
    let mut ids: Vec<String> = deals.iter().filter_map(|deal| text(deal, "org_id")).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| !progress.names.contains_key(&format!("organisation:{id}")));
    for ids in ids.chunks(ORGANISATIONS_MAX) {
        let path = format!("/api/v2/organizations?limit=500&ids={}", ids.join(","));
        names(access, &path, "organisation", "name", progress).await?;
        access.pause().await;
    }
    Ok(())
}

fn deal(record: &Value, options: &SyncOptions<'_>, progress: &Progress) -> Option<Deal> {
    let name = |kind: &str, id: &Option<String>| {
        id.as_ref().and_then(|id| progress.names.get(&format!("{kind}:{id}")).cloned())
    };
    if at(record, "is_deleted").and_then(Value::as_bool).unwrap_or(false) {
        return None;
    }
    let stage = text(record, "stage_id");
    let owner = text(record, "owner_id");
    let mut deal = blank(Crm::Pipedrive, &text(record, "id")?, options.now);
    deal.name = text(record, "title").unwrap_or(deal.name);
    deal.pipeline = name("pipeline", &text(record, "pipeline_id"));
    deal.stage_label = name("stage", &stage).or_else(|| stage.clone()).unwrap_or_default();
    deal.probability = number(record, "probability")
        .or_else(|| name("stage:probability", &stage)?.parse().ok())
        .map(|percent| percent as f32);
    deal.rotten_days = name("stage:rotten", &stage).and_then(|days| days.parse().ok());
    deal.currency = text(record, "currency");
    deal.amount_minor = number(record, "value").and_then(|amount| minor(amount, deal.currency.as_deref()));
    deal.close_on = date(record, "expected_close_date");
    deal.owner = name("user", &owner).or(owner).unwrap_or_default();
    deal.account = name("organisation", &text(record, "org_id"));
    deal.stage_entered_at = instant(record, "stage_change_time");
    deal.created_at = instant(record, "add_time");
    deal.updated_at = instant(record, "update_time");
    deal.active_at = instant(record, "last_activity_date").or(deal.updated_at);
    deal.state = match text(record, "status").as_deref() {
        Some("won") => DealState::Won,
        Some("lost") => DealState::Lost,
        _ => DealState::Open,
    };
    if deal.state != DealState::Open {
        deal.close_on = date(record, "won_time").or_else(|| date(record, "lost_time")).or(deal.close_on);
    }
    deal.stage_id = stage;
    deal.stages = options.map.resolve_deal(&deal).stages;
    Some(deal)
}
