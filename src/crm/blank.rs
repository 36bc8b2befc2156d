use crate::model::{Crm, Deal, DealId, DealState};
use jiff::Timestamp;

/// A deal of which only the id is known yet.
pub(super) fn blank(crm: Crm, external_id: &str, now: Timestamp) -> Deal {
    Deal {
        id: DealId::of(crm, external_id),
        crm,
        external_id: external_id.to_owned(),
        name: external_id.to_owned(),
        pipeline: None,
        stage_label: String::new(),
        stage_id: None,
        probability: None,
        state: DealState::Open,
        stages: Vec::new(),
        amount_minor: None,
        currency: None,
        owner: String::new(),
        rep: None,
        account: None,
        industry: None,
        competitors: Vec::new(),
        next_step: None,
        notes: None,
        close_on: None,
        active_at: None,
        stage_entered_at: None,
        created_at: None,
        updated_at: None,
        rotten_days: None,
        url: None,
        imported_at: now,
        previous_stage_label: None,
    }
}
