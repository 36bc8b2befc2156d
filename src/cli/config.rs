//! `ridealong config`: the effective settings.

use super::output::print;
use crate::config::Settings;
use std::process::ExitCode;

pub(super) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let lines: String = settings.shown().into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    print(&lines)?;
    Ok(ExitCode::SUCCESS)
}
