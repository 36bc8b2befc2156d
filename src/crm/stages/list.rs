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

/// Every CRM stage of these deals in the order of CRM, pipeline and label, with what it stands for and why.
pub fn list(map: &StageMap, deals: &[Deal]) -> Vec<StageLine> {
    let mut groups: BTreeMap<(Crm, Option<&str>, &str), Vec<&Deal>> = BTreeMap::new();
    for deal in deals {
        groups.entry((deal.crm, deal.pipeline.as_deref(), deal.stage_label.as_str())).or_default().push(deal);
    }
    let line = |((crm, pipeline, label), deals): ((Crm, Option<&str>, &str), Vec<&Deal>)| {
        let resolved = map.resolve_deal(deals[0]);
        let proposal = if resolved.stages.is_empty() { map.propose(label) } else { None };
        StageLine {
            crm,
            pipeline: pipeline.map(str::to_owned),
            label: label.to_owned(),
            id: deals[0].stage_id.clone(),
            deals: deals.len(),
            resolved,
            proposal,
        }
    };
    groups.into_iter().map(line).collect()
}
