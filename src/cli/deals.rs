//! `ridealong deals`: deals in, and what their stages stand for.

use super::output::{print, table};
use super::wiring::Wired;
use crate::crm::Import;
use crate::crm::csv::{self, Companions, CsvOptions, DateOrder};
use crate::crm::stages::{self, StageMap};
use crate::desk::Desk;
use crate::jobs::leases::Leases;
use crate::jobs::sync_deals::{SYNC, SyncDeals, Until};
use crate::model::{Crm, Deal, DealState, StageWeight};
use crate::sources::Running;
use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Complaints shown before the rest is counted.
const COMPLAINTS_SHOWN: usize = 20;
/// Rows shown by a dry run.
const ROWS_SHOWN: usize = 5;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Import a CSV export as the newest snapshot of its CRM
    Import {
        /// The CSV file
        file: PathBuf,
        /// Whose layout it is; found by the headers unless said
        #[arg(long, value_enum, default_value = "auto")]
        crm: Layout,
        /// The order of day and month; found by the dates unless said
        #[arg(long, value_enum)]
        dates: Option<Dates>,
        /// Show what would be read, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Read deals from the CRMs whose tokens are set
    Sync {
        /// Read every open deal, not only what changed since the last time
        #[arg(long)]
        full: bool,
    },
    /// List the deals
    List,
    /// Show what each CRM stage stands for, and why
    Stages,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Layout {
    Auto,
    Hubspot,
    Salesforce,
    Pipedrive,
    Generic,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Dates {
    Dmy,
    Mdy,
}

impl Layout {
    fn crm(self) -> Option<Crm> {
        match self {
            Layout::Auto => None,
            Layout::Hubspot => Some(Crm::Hubspot),
            Layout::Salesforce => Some(Crm::Salesforce),
            Layout::Pipedrive => Some(Crm::Pipedrive),
            Layout::Generic => Some(Crm::Generic),
        }
    }
}

pub(super) async fn run(wired: Wired, command: Command) -> anyhow::Result<ExitCode> {
    let desk = Desk::new(Arc::clone(&wired.store), Arc::clone(&wired.clock), Arc::new(Running::default()), None);
    match command {
        Command::Import { file, crm, dates, dry_run } => {
            let import = read(&wired, &desk, &file, crm, dates).await?;
            if dry_run {
                print(&preview(&wired, &import, &desk.stage_map().await?).await?)?;
            } else {
                let said = complaints(&import);
                let rows = import.rows;
                let imported = desk.import_deals(import).await?;
                let mut text = format!("Read {rows} rows of {}: {}.\n{said}", file.display(), imported.summary);
                text.push_str(&unclaimed(imported.unclaimed.iter().map(String::as_str)));
                print(&text)?;
            }
        }
        Command::Sync { full } => return sync(&wired, desk, full).await,
        Command::List => print(&list(&wired.store.list_deals(None).await?))?,
        Command::Stages => {
            let map = desk.stage_map().await?;
            let deals: Vec<_> =
                wired.store.list_deals(None).await?.into_iter().filter(|d| d.state == DealState::Open).collect();
            let rows: Vec<_> = stages::list(&map, &deals)
                .into_iter()
                .map(|line| {
                    let proposal = line.proposal.map_or_else(String::new, |(label, stages)| {
                        format!("; like {label:?}, which is {}", weights(&stages))
                    });
                    vec![
                        line.crm.as_str().to_owned(),
                        line.pipeline.unwrap_or_default(),
                        line.label,
                        line.deals.to_string(),
                        weights(&line.resolved.stages),
                        format!("{}{proposal}", line.resolved.why),
                    ]
                })
                .collect();
            print(&table(&["CRM", "PIPELINE", "CRM STAGE", "DEALS", "STAGES", "WHY"], &rows))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn sync(wired: &Wired, desk: Desk, full: bool) -> anyhow::Result<ExitCode> {
    let sync = SyncDeals::new(&wired.settings, Arc::new(desk), Arc::clone(&wired.clock));
    if sync.is_off() {
        anyhow::bail!(
            "no CRM is set up; put its token into RIDEALONG_HUBSPOT_TOKEN, RIDEALONG_SALESFORCE_TOKEN or RIDEALONG_PIPEDRIVE_TOKEN, or into a file of mode 600 named by --hubspot-token-file and so on"
        );
    }
    if full {
        sync.forget().await?;
    }
    let mut code = ExitCode::SUCCESS;
    let leases = Leases::new(Arc::clone(&wired.store), Arc::clone(&wired.clock));
    let Some(all) = leases.alone(SYNC, sync.run(Until::Done)).await? else {
        anyhow::bail!("another ridealong is reading the deals right now; try again in a few minutes");
    };
    for synced in all {
        match &synced.outcome {
            Ok(done) => {
                print(&format!("{}: {done}\n{}", synced.name, unclaimed(done.unclaimed.iter().map(String::as_str))))?;
            }
            Err(error) => {
                eprintln!("{}: {error}", synced.name);
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

async fn read(wired: &Wired, desk: &Desk, file: &Path, crm: Layout, dates: Option<Dates>) -> anyhow::Result<Import> {
    let bytes = std::fs::read(file).with_context(|| format!("the file {} cannot be read", file.display()))?;
    let beside = |name: &str| std::fs::read(file.with_file_name(name)).ok();
    let [accounts, products] = Companions::FILES.map(beside);
    let options = CsvOptions {
        crm: crm.crm(),
        dates: dates.map(|dates| match dates {
            Dates::Dmy => DateOrder::Dmy,
            Dates::Mdy => DateOrder::Mdy,
        }),
        now: wired.clock.now(),
        map: &desk.stage_map().await?,
        companions: &Companions::read(accounts.as_deref(), products.as_deref()),
    };
    csv::read(&bytes, &options).map_err(|error| anyhow!("{}: {error}", file.display()))
}

/// What a dry run shows: columns found, first rows, stages mapped, owners that nobody claims.
async fn preview(wired: &Wired, import: &Import, map: &StageMap) -> anyhow::Result<String> {
    let mut text = format!("Layout: {}. {} rows, {} deals.\n", import.crm.as_str(), import.rows, import.deals.len());
    for note in &import.notes {
        let _ = writeln!(text, "{note}");
    }
    let columns: Vec<_> = import
        .columns
        .iter()
        .map(|(header, field)| vec![header.clone(), field.map_or("(not read)", |field| field).to_owned()])
        .collect();
    let _ = write!(
        text,
        "\n{}\n{}",
        table(&["COLUMN", "READ AS"], &columns),
        list(&import.deals[..import.deals.len().min(ROWS_SHOWN)])
    );
    let stages: Vec<_> = stages::list(map, &import.deals)
        .into_iter()
        .map(|line| vec![line.label, line.deals.to_string(), weights(&line.resolved.stages), line.resolved.why])
        .collect();
    let _ = write!(text, "\n{}\n{}", table(&["CRM STAGE", "DEALS", "STAGES", "WHY"], &stages), complaints(import));
    let reps = wired.store.list_reps().await?;
    let owners: BTreeSet<_> = import.deals.iter().map(|deal| deal.owner.as_str()).collect();
    text.push_str(&unclaimed(owners.into_iter().filter(|owner| !reps.iter().any(|rep| rep.owns(owner)))));
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

fn unclaimed<'a>(owners: impl Iterator<Item = &'a str>) -> String {
    let owners: Vec<_> = owners.filter(|owner| !owner.trim().is_empty()).collect();
    match owners.as_slice() {
        [] => String::new(),
        owners => format!(
            "{} owners are claimed by no rep: {}. Claim one with `ridealong reps add EMAIL --owner {:?}`.\n",
            owners.len(),
            owners.join(", "),
            owners[0]
        ),
    }
}

fn list(deals: &[Deal]) -> String {
    let rows: Vec<_> = deals
        .iter()
        .map(|deal| {
            vec![
                deal.name.clone(),
                deal.account.clone().unwrap_or_default(),
                deal.stage_label.clone(),
                weights(&deal.stages),
                amount(deal),
                deal.close_on.map_or_else(String::new, |date| date.to_string()),
                deal.rep.as_ref().map_or_else(|| format!("({}: unclaimed)", deal.owner), ToString::to_string),
                match deal.state {
                    DealState::Open => "open",
                    DealState::Won => "won",
                    DealState::Lost => "lost",
                    DealState::Gone => "gone",
                }
                .to_owned(),
            ]
        })
        .collect();
    table(&["DEAL", "ACCOUNT", "CRM STAGE", "STAGES", "AMOUNT", "CLOSE", "REP", "STATE"], &rows)
}

fn amount(deal: &Deal) -> String {
    let currency = deal.currency.as_deref().unwrap_or_default();
    deal.amount_minor.map_or_else(String::new, |minor| format!("{} {currency}", minor / 100).trim_end().to_owned())
}

/// `closing, negotiation 0.6`, or `unmapped`.
fn weights(stages: &[StageWeight]) -> String {
    if stages.is_empty() {
        return "unmapped".to_owned();
    }
    let parts: Vec<_> = stages
        .iter()
        .map(|stage| match stage.weight >= 1.0 {
            true => stage.stage.to_string(),
            false => format!("{} {}", stage.stage, stage.weight),
        })
        .collect();
    parts.join(", ")
}
