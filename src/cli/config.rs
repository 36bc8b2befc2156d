//! `ridealong config`: the effective settings, or all there are.

use super::output::print;
use crate::config::{self, Settings};
use std::fmt::Write as _;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print what can be set instead, as a Markdown table
    #[arg(long)]
    reference: bool,
}

pub(super) fn run(args: Args, settings: impl FnOnce() -> anyhow::Result<Settings>) -> anyhow::Result<ExitCode> {
    if args.reference {
        print(reference().trim_end())?;
    } else {
        let settings = settings()?;
        let lines: String = settings.shown().iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        print(lines.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that can be set, as `docs/settings.md` has it.
fn reference() -> String {
    let mut text = String::from(
        "# Settings\n\n\
         Every setting has a flag (`--` and the key), a variable, and a key of the YAML file that `--config FILE` or\n\
         `RIDEALONG_CONFIG` names. Flags win over variables, variables over the file. An unknown key or a value that does\n\
         not fit is refused with file, line and key. `ridealong config` prints what holds; `ridealong config --reference`\n\
         prints this page. Times are written like `500ms`, `20s`, `30m`, `1h` or `7d`, sizes like `10MiB`, `64KiB` or\n\
         `4096`; lists have commas, or are lists in the file.\n\n\
         | key | value | default | what it is | variable |\n|---|---|---|---|---|\n",
    );
    for setting in config::declared() {
        let default = setting.default.as_ref().map_or_else(String::new, |default| format!("`{default}`"));
        let value = setting.value.replace('|', " or ");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{}` | {value} | {default} | {} | `{}` |", setting.key, setting.help, setting.env);
    }
    text
}
