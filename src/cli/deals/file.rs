//! A file of deals: what is in it, and into the store with it.

use super::super::output::table;
use super::super::wiring::Wired;
use super::{list, unclaimed, weights};
use crate::crm::csv::{Companions, CsvOptions, DateOrder, Export};
use crate::crm::stages::{StageMap, StageTally};
use crate::crm::{Import, Snapshot};
use crate::desk::Desk;
use crate::model::{Crm, Deal};
use anyhow::{Context, anyhow};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Complaints shown before the rest is counted.
const COMPLAINTS_SHOWN: usize = 20;
/// Rows shown by a dry run.
const ROWS_SHOWN: usize = 5;

/// What the person said about the file.
pub(super) struct Options {
    pub(super) crm: Option<Crm>,
    pub(super) dates: Option<DateOrder>,
    pub(super) dry_run: bool,
}

/// What is kept in mind of the deals of a file as they go by: a large one never stands in memory as a whole.
#[derive(Default)]
struct Glance {
    deals: usize,
    first: Vec<Deal>,
    stages: StageTally,
    owners: BTreeSet<String>,
}

impl Glance {
    fn see(&mut self, deal: &Deal) {
        self.deals += 1;
        self.stages.see(deal);
        if !self.owners.contains(&deal.owner) {
            self.owners.insert(deal.owner.clone());
        }
        if self.first.len() < ROWS_SHOWN {
            self.first.push(deal.clone());
        }
    }
}

/// Imports a file, or shows what would be read; returns what to say. The file is read from end to end before anything
/// is saved.
pub(super) async fn import(wired: &Wired, desk: &Desk, file: &Path, options: Options) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("the file {} cannot be read", file.display()))?;
    let beside = |name: &str| std::fs::read(file.with_file_name(name)).ok();
    let [accounts, products] = Companions::FILES.map(beside);
    let companions = Companions::read(accounts.as_deref(), products.as_deref());
    let map = desk.stage_map().await?;
    let Options { crm, dates, dry_run } = options;
    let options = CsvOptions { crm, dates, now: wired.clock.now(), map: &map, companions: &companions };
    let named = |error| anyhow!("{}: {error}", file.display());
    let export = Export::open(&bytes, options).map_err(named)?;
    let (mut reading, mut glance) = (export.deals(), Glance::default());
    for deal in reading.by_ref() {
        glance.see(&deal.map_err(named)?);
    }
    let mut import = reading.finish().map_err(named)?;
    if dry_run {
        return preview(wired, &import, glance, &map).await;
    }
    let said = complaints(&import);
    import.complaints = Vec::new();
    let mut laying = desk.begin_import().await?;
    laying.lay_all(Snapshot::of(&import), export.deals().filter_map(Result::ok)).await?;
    let imported = laying.finish().await?;
    let nobody_s = unclaimed(imported.unclaimed.iter().map(String::as_str));
    Ok(format!("Read {} rows of {}: {}.\n{said}{nobody_s}", import.rows, file.display(), imported.summary))
}

/// What a dry run shows: columns found, first rows, stages mapped, owners that nobody claims.
async fn preview(wired: &Wired, import: &Import, glance: Glance, map: &StageMap) -> anyhow::Result<String> {
    let mut text = format!("Layout: {}. {} rows, {} deals.\n", import.crm.as_str(), import.rows, glance.deals);
    for note in &import.notes {
        let _ = writeln!(text, "{note}");
    }
    let columns: Vec<_> = import
        .columns
        .iter()
        .map(|(header, field)| vec![header.clone(), field.map_or("(not read)", |field| field).to_owned()])
        .collect();
    let _ = write!(text, "\n{}\n{}", table(&["COLUMN", "READ AS"], &columns), list(&glance.first));
    let stages: Vec<_> = glance
        .stages
        .lines(map)
        .into_iter()
        .map(|line| vec![line.label, line.deals.to_string(), weights(&line.resolved.stages), line.resolved.why])
        .collect();
    let _ = write!(text, "\n{}\n{}", table(&["CRM STAGE", "DEALS", "STAGES", "WHY"], &stages), complaints(import));
    let reps = wired.store.list_reps().await?;
    let nobody_s = glance.owners.iter().filter(|owner| !reps.iter().any(|rep| rep.owns(owner)));
    text.push_str(&unclaimed(nobody_s.map(String::as_str)));
    text.push_str("Nothing was changed.\n");
    Ok(text)
}

fn complaints(import: &Import) -> String {
    let mut text = String::new();
    for complaint in import.complaints.iter().take(COMPLAINTS_SHOWN) {
        let _ = writeln!(text, "{complaint}");
    }
    if let Some(more) = import.complaints.len().checked_sub(COMPLAINTS_SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(text, "... and {more} more complaints.");
    }
    text
}
