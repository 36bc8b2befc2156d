//! Deals pushed as JSON in the normal form: `PUT /api/v1/deals` for every CRM that has no connector.
//!
//! The body is a list of deals, or an object with the list under `deals`. A deal is told apart by `crm` (`generic`
//! unless said) and `external_id`. `stage` is the label as the CRM shows it, `stage_id` the id behind it; `state` is
//! `open`, `won`, `lost` or `gone`. `amount` is in major units, `amount_minor` in minor ones; `close_on` is a day,
//! `active_at`, `stage_entered_at`, `created_at` and `updated_at` are instants or days. `competitors` is a list or one
//! text. Names of the exports are taken too: `id` and `deal_id`, `close_date`, `last_activity_at`, `owner_email` and
//! `rep_email`, `competitor`. Other fields are passed over, and so are contacts in free text.
//!
//! All or nothing: every fault is told with its index and field, and one fault keeps everything out.

mod fields;

use super::Import;
use super::blank::blank;
use super::stages::StageMap;
use crate::model::{Crm, Deal, DealId, DealState};
use fields::Fields;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

/// The most deals of one push.
pub const PUSHED_MAX: usize = 50_000;
/// Faults told before the rest is left out; a body with more is wrong throughout.
const FAULTS_MAX: usize = 100;

/// What the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// All deals of each CRM in it: an open deal that is missing is gone.
    Snapshot,
    /// Only what changed: deals and fields that are not named stay as they are; `null` empties a field.
    Patch,
}

/// Why a pushed deal cannot be taken, as a sentence that names its index and field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Place in the list, from 0; none where it is about the body as a whole.
    pub index: Option<usize>,
    /// The field, as it was written; empty where it is about the deal as a whole.
    pub field: String,
    /// What is wrong, and what would be right.
    pub text: String,
    /// Whether the deal is good by itself, and something else stands against it: it came twice, or a patch names
    /// none of the stage of a deal that is not known yet.
    #[serde(skip)]
    pub is_conflict: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            None => f.write_str("deals: ")?,
            Some(index) if self.field.is_empty() => write!(f, "deals[{index}]: ")?,
            Some(index) => write!(f, "deals[{index}].{}: ", self.field)?,
        }
        f.write_str(&self.text)
    }
}

impl Fault {
    fn of_body(text: impl Into<String>) -> Vec<Self> {
        vec![Self { index: None, field: String::new(), text: text.into(), is_conflict: false }]
    }
}

/// Reads a pushed body to one import for each CRM in it. `known` are the deals as they are stored; a patch starts from
/// them.
///
/// # Errors
/// Every fault that was found, at most a hundred; nothing may be taken then.
pub fn read(
    body: &Value,
    push: Push,
    known: &[Deal],
    map: &StageMap,
    now: Timestamp,
) -> Result<Vec<Import>, Vec<Fault>> {
    let Some(list) = body.as_array().or_else(|| body.get("deals").and_then(Value::as_array)) else {
        return Err(Fault::of_body("send a list of deals, or an object with the list under \"deals\""));
    };
    if list.is_empty() {
        return Err(Fault::of_body("the list is empty; an empty snapshot would let every deal go, so it is refused"));
    }
    if list.len() > PUSHED_MAX {
        return Err(Fault::of_body(format!("{} deals at once; send at most {PUSHED_MAX}", list.len())));
    }
    let known: HashMap<&DealId, &Deal> = known.iter().map(|deal| (&deal.id, deal)).collect();
    let mut reader = Reader { push, known, map, now, faults: Vec::new(), seen: HashSet::new() };
    let mut by_crm: BTreeMap<Crm, Vec<Deal>> = BTreeMap::new();
    for (index, value) in list.iter().enumerate() {
        if let Some(deal) = reader.deal(index, value) {
            by_crm.entry(deal.crm).or_default().push(deal);
        }
        if reader.faults.len() >= FAULTS_MAX {
            break;
        }
    }
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    let import = |(crm, deals): (Crm, Vec<Deal>)| Import {
        crm,
        columns: Vec::new(),
        rows: deals.len(),
        deals,
        complaints: Vec::new(),
        notes: Vec::new(),
        full: push == Push::Snapshot,
    };
    Ok(by_crm.into_iter().map(import).collect())
}

struct Reader<'a> {
    push: Push,
    known: HashMap<&'a DealId, &'a Deal>,
    map: &'a StageMap,
    now: Timestamp,
    faults: Vec<Fault>,
    seen: HashSet<DealId>,
}

impl Reader<'_> {
    fn deal(&mut self, index: usize, value: &Value) -> Option<Deal> {
        let Some(object) = value.as_object() else {
            self.faults.push(Fault {
                index: Some(index),
                field: String::new(),
                text: "a deal is an object".to_owned(),
                is_conflict: false,
            });
            return None;
        };
        let mut fields = Fields::of(index, object, &mut self.faults);
        let crm = fields.crm("crm").unwrap_or(Crm::Generic);
        let external_id = fields.required_id(&["external_id", "deal_id", "id"])?;
        let id = DealId::of(crm, &external_id);
        if !self.seen.insert(id.clone()) {
            fields.conflict("external_id", format!("{external_id:?} of {} stands in the list twice", crm.as_str()));
            return None;
        }
        let before = self.known.get(&id).copied().filter(|_| self.push == Push::Patch);
        let mut deal = before.cloned().unwrap_or_else(|| blank(crm, &external_id, self.now));
        deal.imported_at = self.now;
        take(&mut deal, &mut fields);
        if deal.stage_label.is_empty() && deal.stage_id.is_none() {
            let text = "a deal has a stage: its label under \"stage\", or its id under \"stage_id\"".to_owned();
            let named = fields.has("stage") || fields.has("stage_label");
            match self.push == Push::Patch && before.is_none() && !named {
                true => fields.conflict("stage", text),
                false => fields.fault("stage", text),
            }
        }
        let told = fields.state("state");
        let moved =
            before.is_none_or(|before| before.stage_label != deal.stage_label || before.stage_id != deal.stage_id);
        if let Some(state) = told {
            deal.state = state;
        } else if moved {
            let by_stage = self.map.state_of(&deal.stage_label, deal.stage_id.as_deref());
            deal.state = by_stage.unwrap_or(DealState::Open);
        }
        if before.is_some() && moved && !fields.has("stage_entered_at") {
            // The day on which the move was seen; the old stage's date says nothing about the new one.
            deal.stage_entered_at = None;
        }
        deal.stages = self.map.resolve_deal(&deal).stages;
        Some(deal)
    }
}

/// Lays the named fields over a deal.
fn take(deal: &mut Deal, fields: &mut Fields<'_>) {
    fields.text(&["name"], |text| deal.name = text.unwrap_or_else(|| deal.external_id.clone()));
    fields.text(&["pipeline"], |text| deal.pipeline = text);
    fields.label(&["stage", "stage_label"], |text| deal.stage_label = text.unwrap_or_default());
    fields.text(&["stage_id"], |text| deal.stage_id = text);
    fields.number(&["probability"], 0.0..=100.0, |number| deal.probability = number.map(|percent| percent as f32));
    fields.currency(|code| deal.currency = code);
    let currency = deal.currency.clone();
    fields.amount(currency.as_deref(), |minor| deal.amount_minor = minor);
    fields.text(&["owner", "owner_email", "rep_email"], |text| deal.owner = text.unwrap_or_default());
    fields.text(&["account"], |text| deal.account = text);
    fields.text(&["industry"], |text| deal.industry = text);
    fields.names(&["competitors", "competitor"], |names| deal.competitors = names);
    fields.note(&["next_step"], |text| deal.next_step = text);
    fields.note(&["notes"], |text| deal.notes = text);
    fields.day(&["close_on", "close_date"], |day| deal.close_on = day);
    fields.instant(&["active_at", "last_activity_at"], |at| deal.active_at = at);
    fields.instant(&["stage_entered_at"], |at| deal.stage_entered_at = at);
    fields.instant(&["created_at"], |at| deal.created_at = at);
    fields.instant(&["updated_at"], |at| deal.updated_at = at);
    fields.number(&["rotten_days"], 0.0..=3_650.0, |days| deal.rotten_days = days.map(|days| days as u32));
    fields.address(&["url"], |url| deal.url = url);
}
