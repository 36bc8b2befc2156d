//! Salesforce: opportunities by SOQL, page by page as `nextRecordsUrl` says.

use super::access::Access;
use super::json::{at, date, instant, list, note, number, text};
use super::{Progress, SyncError, SyncOptions, blank};
use crate::crm::csv::minor;
use crate::model::{Crm, Deal, DealState};
use crate::net::Response;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The share of the day's calls from which the rest is left to others.
const CALLS_SHARE_MAX: f64 = 0.95;
/// Seconds to wait where that is reached; the allowance is over a rolling day.
const CALLS_WAIT_S: u64 = 3_600;

const FIELDS: &str = "Id, Name, StageName, Probability, Amount, CloseDate, NextStep, Description, CreatedDate, \
LastActivityDate, LastModifiedDate, LastStageChangeDate, IsClosed, IsWon, Owner.Email, Owner.Name, Account.Name, Account.Industry";

pub(super) async fn read(access: &Access, options: &SyncOptions<'_>, progress: &mut Progress) -> Result<(), SyncError> {
    loop {
        let url = match &progress.cursor {
            Some(next) => access.url(next)?,
            None => {
                let mut url = access.url("/services/data/v62.0/query")?;
                url.query_pairs_mut().append_pair("q", &query(options));
                url
            }
        };
        let (page, response) = access.get(url).await?;
        list(&page, "records")
            .iter()
            .filter_map(|record| deal(record, options))
            .for_each(|deal| progress.take_in(deal));
        progress.cursor = text(&page, "nextRecordsUrl");
        if progress.cursor.is_none() {
            return Ok(());
        }
        if calls_share(&response).is_some_and(|share| share >= CALLS_SHARE_MAX) {
            return Err(SyncError::SlowDown { crm: access.name(), retry_after_s: CALLS_WAIT_S });
        }
        access.pause().await;
    }
}

fn query(options: &SyncOptions<'_>) -> String {
    let which = match options.since {
        None => "IsClosed = false".to_owned(),
        Some(at) => format!("LastModifiedDate >= {}", TimeZone::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%SZ")),
    };
    format!("SELECT {FIELDS} FROM Opportunity WHERE {which} ORDER BY LastModifiedDate, Id")
}

/// `Sforce-Limit-Info: api-usage=18/5000` as a share.
fn calls_share(response: &Response) -> Option<f64> {
    let (_, usage) = response.header("sforce-limit-info")?.split_once("api-usage=")?;
    let (used, allowed) = usage.split(|c: char| !c.is_ascii_digit() && c != '/').next()?.split_once('/')?;
    let (used, allowed): (f64, f64) = (used.parse().ok()?, allowed.parse().ok()?);
    (allowed > 0.0).then_some(used / allowed)
}

fn deal(record: &Value, options: &SyncOptions<'_>) -> Option<Deal> {
    let mut deal = blank(Crm::Salesforce, &text(record, "Id")?, options.now);
    let yes = |path: &str| at(record, path).and_then(Value::as_bool).unwrap_or(false);
    deal.name = text(record, "Name").unwrap_or(deal.name);
    deal.stage_label = text(record, "StageName").unwrap_or_default();
    deal.probability = number(record, "Probability").map(|percent| percent as f32);
    deal.currency = text(record, "CurrencyIsoCode");
    deal.amount_minor = number(record, "Amount").and_then(|amount| minor(amount, deal.currency.as_deref()));
    deal.close_on = date(record, "CloseDate");
    deal.next_step = note(record, "NextStep");
    deal.notes = note(record, "Description");
    deal.created_at = instant(record, "CreatedDate");
    deal.active_at = instant(record, "LastActivityDate");
    deal.updated_at = instant(record, "LastModifiedDate");
    deal.stage_entered_at = instant(record, "LastStageChangeDate");
    deal.owner = text(record, "Owner.Email").or_else(|| text(record, "Owner.Name")).unwrap_or_default();
    deal.account = text(record, "Account.Name");
    deal.industry = text(record, "Account.Industry");
    deal.state = match (yes("IsClosed"), yes("IsWon")) {
        (_, true) => DealState::Won,
        (true, false) => DealState::Lost,
        (false, false) => DealState::Open,
    };
    deal.stages = options.map.resolve_deal(&deal).stages;
    Some(deal)
}
