use super::Import;
use crate::model::{Deal, DealId, DealState};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// What an import changes, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Deals seen for the first time.
    pub new: usize,
    /// Deals known before and changed.
    pub changed: usize,
    /// Deals known before and the same.
    pub unchanged: usize,
    /// Changed deals whose stage moved.
    pub moved: usize,
    /// Deals of this CRM that the full snapshot no longer holds.
    pub gone: usize,
    /// Deals back after having been gone.
    pub back: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, changed, unchanged, moved, gone, back } = self;
        write!(f, "{new} new, {changed} changed ({moved} moved stage), {unchanged} unchanged, {gone} gone")?;
        if *back > 0 {
            write!(f, ", {back} back")?;
        }
        Ok(())
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.moved += other.moved;
        self.gone += other.gone;
        self.back += other.back;
    }
}

/// Fields that hardly ever change and that exports fill only now and then: an empty cell keeps what was known.
const SELDOM_EXPORTED: [&str; 3] = ["days until rotten", "industry", "link"];

/// Lays an import over the deals known before and returns what is to be saved, with the numbers.
///
/// A file is a full snapshot of its CRM: an open deal of the same CRM that it does not hold is *gone*, not lost. A deal
/// whose stage label changed keeps the label before it. What the file has no column for stays as it was known.
/// Importing the same file twice changes only `imported_at`.
pub fn snapshot(old: Vec<Deal>, import: Import) -> (Vec<Deal>, Summary) {
    let Import { crm, deals, full, columns, .. } = import;
    // Input without columns says of every field what it knows.
    let has_column = |field: &str| columns.iter().any(|(_, read)| read.is_some_and(|read| read == field));
    let speaks_of = |field: &str| columns.is_empty() || has_column(field) && !SELDOM_EXPORTED.contains(&field);
    let imported_at = deals.iter().map(|deal| deal.imported_at).max();
    let mut known: HashMap<DealId, Deal> = old.into_iter().map(|deal| (deal.id.clone(), deal)).collect();
    let mut summary = Summary::default();
    let mut save = Vec::with_capacity(deals.len());
    let mut seen = HashSet::with_capacity(deals.len());
    for deal in deals {
        if !seen.insert(deal.id.clone()) {
            continue;
        }
        save.push(match known.remove(&deal.id) {
            Some(before) => merged(before, deal, &speaks_of, &mut summary),
            None => {
                summary.new += 1;
                deal
            }
        });
    }
    if full {
        let mut left: Vec<Deal> =
            known.into_values().filter(|deal| deal.crm == crm && deal.state == DealState::Open).collect();
        left.sort_by(|a, b| a.id.cmp(&b.id));
        for mut deal in left {
            deal.state = DealState::Gone;
            deal.updated_at = imported_at.or(deal.updated_at);
            summary.gone += 1;
            save.push(deal);
        }
    }
    (save, summary)
}

fn merged(before: Deal, mut deal: Deal, speaks_of: &dyn Fn(&str) -> bool, summary: &mut Summary) -> Deal {
    let moved = before.stage_label != deal.stage_label;
    deal.previous_stage_label =
        if moved { Some(before.stage_label.clone()) } else { before.previous_stage_label.clone() };
    if moved {
        // The day on which the move was seen, where the CRM does not say when it happened.
        deal.stage_entered_at = deal.stage_entered_at.or(Some(deal.imported_at));
    } else {
        deal.stage_entered_at = deal.stage_entered_at.or(before.stage_entered_at);
    }
    keep(&mut deal, &before, speaks_of);
    if before.state == DealState::Gone && deal.state != DealState::Gone {
        summary.back += 1;
    }
    let same = {
        let mut same = before.clone();
        same.imported_at = deal.imported_at;
        same.rep = deal.rep.clone();
        same == deal
    };
    match (same, moved) {
        (true, _) => summary.unchanged += 1,
        (false, moved) => {
            summary.changed += 1;
            summary.moved += usize::from(moved);
        }
    }
    deal
}

/// What the input has no column for stays as it was known.
fn keep(deal: &mut Deal, before: &Deal, speaks_of: &dyn Fn(&str) -> bool) {
    fn or<T: Clone>(value: &mut Option<T>, before: &Option<T>, silent: bool) {
        if silent && value.is_none() {
            value.clone_from(before);
        }
    }
    let silent = |field: &str| !speaks_of(field);
    or(&mut deal.pipeline, &before.pipeline, silent("pipeline"));
    or(&mut deal.probability, &before.probability, silent("probability"));
    or(&mut deal.amount_minor, &before.amount_minor, silent("amount"));
    or(&mut deal.currency, &before.currency, silent("currency") && silent("amount"));
    or(&mut deal.account, &before.account, silent("account"));
    or(&mut deal.next_step, &before.next_step, silent("next step"));
    or(&mut deal.notes, &before.notes, silent("notes"));
    or(&mut deal.close_on, &before.close_on, silent("close date"));
    or(&mut deal.active_at, &before.active_at, silent("last activity"));
    or(&mut deal.created_at, &before.created_at, silent("created"));
    or(&mut deal.updated_at, &before.updated_at, silent("updated"));
    or(&mut deal.rotten_days, &before.rotten_days, silent("days until rotten"));
    or(&mut deal.industry, &before.industry, silent("industry"));
    or(&mut deal.url, &before.url, silent("link"));
    if deal.competitors.is_empty() && silent("competitors") {
        deal.competitors.clone_from(&before.competitors);
    }
    if deal.owner.is_empty() && silent("owner") && silent("owner's address") {
        deal.owner.clone_from(&before.owner);
    }
}
