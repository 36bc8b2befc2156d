use super::stage_schema;
use crate::model::{Deal, DealState, Signal, SignalKind, Stage, StageWeight};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// An open opportunity, in the normal form that every CRM is read into.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct DealShown {
    /// Its id here.
    id: String,
    /// Where it comes from.
    crm: &'static str,
    /// The CRM's own id.
    external_id: String,
    /// As the CRM names it.
    name: String,
    /// `open`, `won`, `lost`, or `gone` from the newest snapshot.
    state: &'static str,
    /// The stage's label as the CRM shows it.
    crm_stage: String,
    /// The stages it stands for, heaviest first; empty where its CRM stage is unmapped.
    stages: Vec<StageWeightShown>,
    /// The owner as the CRM writes it.
    owner: String,
    /// The buying company.
    account: Option<String>,
    /// Its industry, as the CRM writes it.
    industry: Option<String>,
    /// In minor units of the currency.
    amount_minor: Option<i64>,
    /// ISO 4217 code.
    currency: Option<String>,
    /// Competitors, as the CRM lists them.
    competitors: Vec<String>,
    /// The next step, as the rep wrote it.
    next_step: Option<String>,
    /// Notes, as the rep wrote them.
    notes: Option<String>,
    /// Expected close.
    #[schema(value_type = Option<String>, format = Date)]
    close_on: Option<Date>,
    /// Last activity that the CRM knows.
    #[schema(value_type = Option<String>, format = DateTime)]
    active_at: Option<Timestamp>,
    /// When it entered its stage.
    #[schema(value_type = Option<String>, format = DateTime)]
    stage_entered_at: Option<Timestamp>,
    /// When it was last imported.
    #[schema(value_type = String, format = DateTime)]
    imported_at: Timestamp,
    /// Its page in the CRM.
    url: Option<String>,
}

/// A stage with its weight.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct StageWeightShown {
    /// The stage.
    #[schema(schema_with = stage_schema)]
    stage: Stage,
    /// 1 for the primary, less for others.
    weight: f32,
}

impl From<&StageWeight> for StageWeightShown {
    fn from(weight: &StageWeight) -> Self {
        Self { stage: weight.stage, weight: weight.weight }
    }
}

/// The word of a deal's state.
pub(in crate::web) fn state_word(state: DealState) -> &'static str {
    match state {
        DealState::Open => "open",
        DealState::Won => "won",
        DealState::Lost => "lost",
        DealState::Gone => "gone",
    }
}

impl From<&Deal> for DealShown {
    fn from(deal: &Deal) -> Self {
        Self {
            id: deal.id.to_string(),
            crm: deal.crm.as_str(),
            external_id: deal.external_id.clone(),
            name: deal.name.clone(),
            state: state_word(deal.state),
            crm_stage: deal.stage_label.clone(),
            stages: deal.stages.iter().map(StageWeightShown::from).collect(),
            owner: deal.owner.clone(),
            account: deal.account.clone(),
            industry: deal.industry.clone(),
            amount_minor: deal.amount_minor,
            currency: deal.currency.clone(),
            competitors: deal.competitors.clone(),
            next_step: deal.next_step.clone(),
            notes: deal.notes.clone(),
            close_on: deal.close_on,
            active_at: deal.active_at,
            stage_entered_at: deal.stage_entered_at,
            imported_at: deal.imported_at,
            url: deal.url.clone(),
        }
    }
}

/// Something about a deal that needs the rep's eye.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct SignalShown {
    /// What it is.
    #[schema(value_type = String, example = "past_close_date")]
    kind: SignalKind,
    /// One sentence with the fact behind it.
    sentence: String,
}

impl From<&Signal> for SignalShown {
    fn from(signal: &Signal) -> Self {
        Self { kind: signal.kind, sentence: signal.sentence.clone() }
    }
}
