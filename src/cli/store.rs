//! `ridealong store`: backups, checks and moves of what is kept.

use super::output::print;
use super::wiring;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Settings, StoreUrl};
use crate::store::recovery::Places;
use crate::store::{Store, backup, copy, recovery};
use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Write everything but secrets to one compressed file, and read it back
    Backup {
        /// The file to write, for example ridealong.ndjson.zst
        file: PathBuf,
    },
    /// Put a backup in the place of the store; the earlier store is kept beside it
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Read everything and say what does not agree
    Check,
    /// Copy the store into a fresh folder and put that in its place, to give room back
    Compact,
    /// Copy everything, secrets too, into another store that is empty
    Copy {
        /// The other store: sled:FOLDER or postgres://...
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

pub(super) fn run(settings: &Settings, verbose: u8, command: Command) -> anyhow::Result<ExitCode> {
    wiring::start_logs(settings.log_format, verbose, "warn");
    wiring::runtime()?.block_on(run_async(settings, command))
}

async fn run_async(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    match command {
        Command::Backup { file } => {
            let store = open_existing(settings).await?;
            let made = backup::save(&*store, &file, now).await?;
            print(&format!("{}: {}.", file.display(), said(&made)))?;
        }
        Command::Restore { file } => {
            let (restored, aside) = recovery::restore(&file, &places(settings)?, now).await?;
            print(&format!("Restored {}.", said(&restored)))?;
            if let Some(aside) = aside {
                print(&format!("The earlier store is kept in {}; remove it when all is well.", aside.display()))?;
            }
        }
        Command::Check => {
            let report = open_existing(settings).await?.check().await?;
            for fault in &report.faults {
                print(fault)?;
            }
            print(&format!("{} posts, {} comments, {} records.", report.posts, report.comments, report.records))?;
            if !report.faults.is_empty() {
                bail!(
                    "{} faults in the store; `ridealong store restore FILE` puts a backup in its place",
                    report.faults.len()
                );
            }
            print("Everything agrees.")?;
        }
        Command::Compact => {
            let folder = places(settings)?.store;
            ensure!(folder.exists(), "there is no store in {}", folder.display());
            let done = recovery::compact(&folder, now).await?;
            print(&format!(
                "{}: {} MB before, {} MB now.",
                folder.display(),
                done.bytes_before.div_ceil(1_000_000),
                done.bytes_after.div_ceil(1_000_000)
            ))?;
        }
        Command::Copy { to } => {
            let target: StoreUrl = to.parse().context("--to")?;
            let to = target.to_string();
            ensure!(target != settings.store, "--to: {to} is the store itself");
            let from = open_existing(settings).await?;
            let target = wiring::open_store(&Settings { store: target, ..settings.clone() }).await?;
            let goes_on = copy::is_begun(&*from, &*target).await?;
            ensure!(goes_on || copy::is_empty(&*target).await?, "{to} is not empty; name one that is");
            let counts = copy::copy(&*from, &*target).await?;
            print(&format!(
                "Copied {} posts, {} comments and {} records to {to}.",
                counts.posts, counts.comments, counts.records
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the store as it is: these commands look at it, so nothing is mended behind their back.
async fn open_existing(settings: &Settings) -> anyhow::Result<std::sync::Arc<dyn Store>> {
    if let StoreUrl::Sled(folder) = &settings.store {
        ensure!(folder.exists(), "there is no store in {}", folder.display());
    }
    wiring::open_store(settings).await
}

fn places(settings: &Settings) -> anyhow::Result<Places> {
    match &settings.store {
        StoreUrl::Sled(folder) => Ok(Places::within(&settings.data, folder)),
        other => bail!("{other} is not a folder of this machine; this works on sled:FOLDER"),
    }
}

fn said(backup: &backup::Backup) -> String {
    format!(
        "{} posts, {} comments and {} records of {}, {} KB, whole",
        backup.counts.posts,
        backup.counts.comments,
        backup.counts.records,
        backup.made_at,
        backup.bytes.div_ceil(1_000)
    )
}
