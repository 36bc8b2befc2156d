//! `ridealong deals`: deals in, and what their stages stand for.

mod file;

use super::output::{print, table};
use super::wiring::Wired;
use crate::crm::csv::DateOrder;
use crate::crm::stages;
use crate::desk::Desk;
use crate::jobs::leases::Leases;
use crate::jobs::sync_deals::{SYNC, SyncDeals, Until};
use crate::model::{Crm, Deal, DealState, StageWeight};
use crate::sources::Running;
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

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

impl Dates {
    fn order(self) -> DateOrder {
        match self {
            Dates::Dmy => DateOrder::Dmy,
            Dates::Mdy => DateOrder::Mdy,
        }
    }
}

pub(super) async fn run(wired: Wired, command: Command) -> anyhow::Result<ExitCode> {
    let desk = Desk::new(Arc::clone(&wired.store), Arc::clone(&wired.clock), Arc::new(Running::default()), None);
    match command {
        Command::Import { file, crm, dates, dry_run } => {
            let options = file::Options { crm: crm.crm(), dates: dates.map(Dates::order), dry_run };
            print(&file::import(&wired, &desk, &file, options).await?)?;
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
