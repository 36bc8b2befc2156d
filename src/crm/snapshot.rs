use super::Import;
use crate::model::{Crm, Deal, DealId, DealState};
use jiff::Timestamp;
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

/// Lays an import over the deals known before, as many at a time as the caller likes.
///
/// A file is a full snapshot of its CRM: an open deal of the same CRM that it does not hold is *gone*, not lost. A deal
/// whose stage label changed keeps the label before it. What the file has no column for stays as it was known.
/// Importing the same file twice changes only `imported_at`.
#[derive(Debug)]
pub struct Snapshot {
    crm: Crm,
    full: bool,
    /// The fields that the input has a column for; none where it has no columns and says of every field what it knows.
    columns: Option<HashSet<&'static str>>,
    seen: HashSet<DealId>,
    imported_at: Option<Timestamp>,
    /// What changed so far.
    pub summary: Summary,
}

impl Snapshot {
    /// The snapshot that an import is; its deals are not looked at.
    pub fn of(import: &Import) -> Self {
        let columns: HashSet<_> = import.columns.iter().filter_map(|(_, field)| *field).collect();
        Self {
            crm: import.crm,
            full: import.full,
            columns: (!import.columns.is_empty()).then_some(columns),
            seen: HashSet::new(),
            imported_at: None,
            summary: Summary::default(),
        }
    }

    /// Lays deals over what was known of them, and returns what is to be saved. A deal that came already is left out.
    pub fn lay(&mut self, known: Vec<Deal>, deals: Vec<Deal>) -> Vec<Deal> {
        let mut known: HashMap<DealId, Deal> = known.into_iter().map(|deal| (deal.id.clone(), deal)).collect();
        let mut save = Vec::with_capacity(deals.len());
        for deal in deals {
            if !self.seen.insert(deal.id.clone()) {
                continue;
            }
            self.imported_at = self.imported_at.max(Some(deal.imported_at));
            save.push(match known.remove(&deal.id) {
                Some(before) => self.merged(before, deal),
                None => {
                    self.summary.new += 1;
                    deal
                }
            });
        }
        save
    }

    /// Whether a known deal of this state is gone, once every deal was laid.
    pub fn misses(&self, id: &DealId, crm: Crm, state: DealState) -> bool {
        self.full && crm == self.crm && state == DealState::Open && !self.seen.contains(id)
    }

    /// Lets deals go that it misses, and returns them as they are to be saved.
    pub fn let_go(&mut self, mut missed: Vec<Deal>) -> Vec<Deal> {
        missed.sort_by(|a, b| a.id.cmp(&b.id));
        for deal in &mut missed {
            deal.state = DealState::Gone;
            deal.updated_at = self.imported_at.or(deal.updated_at);
            self.summary.gone += 1;
        }
        missed
    }

    fn speaks_of(&self, field: &str) -> bool {
        let has = |columns: &HashSet<&str>| columns.contains(field) && !SELDOM_EXPORTED.contains(&field);
        self.columns.as_ref().is_none_or(has)
    }

    fn merged(&mut self, before: Deal, mut deal: Deal) -> Deal {
        let moved = before.stage_label != deal.stage_label;
        deal.previous_stage_label =
            if moved { Some(before.stage_label.clone()) } else { before.previous_stage_label.clone() };
        if moved {
            // The day on which the move was seen, where the CRM does not say when it happened.
            deal.stage_entered_at = deal.stage_entered_at.or(Some(deal.imported_at));
        } else {
            deal.stage_entered_at = deal.stage_entered_at.or(before.stage_entered_at);
        }
        keep(&mut deal, &before, &|field| self.speaks_of(field));
        let summary = &mut self.summary;
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
