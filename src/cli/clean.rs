//! `ridealong clean`: one HTML fragment to the HTML that a page would show.

use super::output;
use crate::crawl::clean::clean;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// One HTML fragment to the HTML that a page would show.
#[derive(Args, Clone, Debug)]
pub struct CleanArgs {
    /// The fragment; standard input where it is absent or `-`.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// The address that relative links are resolved against; without it they are dropped.
    #[arg(long, value_name = "BASE")]
    pub url: Option<Url>,
}

/// Cleans the fragment and prints it.
///
/// # Errors
/// The file cannot be read.
pub fn run(args: CleanArgs) -> anyhow::Result<ExitCode> {
    let bytes = output::read_input(&args.file)?;
    let html = crate::crawl::decode::decode(&bytes, None, crate::crawl::decode::Syntax::Html);
    output::print(&clean(&html.text, args.url.as_ref()))?;
    Ok(ExitCode::SUCCESS)
}
