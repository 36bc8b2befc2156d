use super::{Resolved, StageMap};
use crate::model::{Crm, Deal, StageWeight};
use std::collections::BTreeMap;

/// One CRM stage of some deals, and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct StageLine {
    /// The CRM.
    pub crm: Crm,
    /// The pipeline, where there are several.
    pub pipeline: Option<String>,
    /// The label.
    pub label: String,
    /// The internal id, where known.
    pub id: Option<String>,
    /// How many of the deals are in it.
    pub deals: usize,
    /// What it stands for, and why.
    pub resolved: Resolved,
    /// For an unmapped one: the known name it is most like, and what that stands for.
    pub proposal: Option<(String, Vec<StageWeight>)>,
}

/// The CRM stages of deals that are seen one after the other.
#[derive(Debug, Default)]
pub struct StageTally {
    /// By CRM, pipeline and label: the first deal, and how many there are.
    groups: BTreeMap<(Crm, Option<String>, String), (Deal, usize)>,
}

impl StageTally {
    /// Counts a deal.
    pub fn see(&mut self, deal: &Deal) {
        let key = (deal.crm, deal.pipeline.clone(), deal.stage_label.clone());
        self.groups.entry(key).or_insert_with(|| (deal.clone(), 0)).1 += 1;
    }

    /// Every CRM stage in the order of CRM, pipeline and label, with what it stands for and why.
    pub fn lines(self, map: &StageMap) -> Vec<StageLine> {
        let line = |((crm, pipeline, label), (deal, deals)): ((Crm, Option<String>, String), (Deal, usize))| {
            let resolved = map.resolve_deal(&deal);
            let proposal = if resolved.stages.is_empty() { map.propose(&label) } else { None };
            StageLine { crm, pipeline, label, id: deal.stage_id, deals, resolved, proposal }
        };
        self.groups.into_iter().map(line).collect()
    }
}

/// Every CRM stage of these deals, as [`StageTally`] lists them.
pub fn list(map: &StageMap, deals: &[Deal]) -> Vec<StageLine> {
    let mut tally = StageTally::default();
    deals.iter().for_each(|deal| tally.see(deal));
    tally.lines(map)
}
