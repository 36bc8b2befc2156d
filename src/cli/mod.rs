//! One file per subcommand; the only place that wires the rooms together.
//!
//! Data goes to standard output, errors and logs to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.

mod clean;
mod config;
mod crawl;
mod deals;
mod demo;
mod digest;
mod doctor;
mod extract;
mod healthy;
mod housekeeping;
mod link_mail;
mod manual;
mod mcp;
mod output;
mod parse;
mod rank;
mod reps;
mod secrets;
mod send;
mod serve;
mod service;
mod sources;
mod store;
mod tag;
mod train;
mod wiring;

use crate::config::{self as settings, Layer};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Version and commit, as `--version` and the metrics say them.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("RIDEALONG_COMMIT"), ")");

/// The ride-along for salespeople: reads what good sellers publish, and puts the pieces that fit your open deals in
/// front of you.
#[derive(Parser, Debug)]
#[command(name = "ridealong", version = VERSION, max_term_width = 110)]
struct Cli {
    /// A config file (YAML) with the same keys as the flags
    #[arg(long, global = true, value_name = "FILE", env = "RIDEALONG_CONFIG")]
    config: Option<PathBuf>,

    /// More log lines: -v for what is done, -vv for every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    #[command(flatten)]
    layer: Layer,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Crawl, tag, match, and serve pages, feeds and mail, all in one process
    Serve,
    /// The same on sample sites, reps and deals, from the binary itself over loopback
    Demo,
    /// Fetch what is due once, and exit
    Crawl(crawl::Crawl),
    /// One rep's digest of this week
    Digest(digest::Digest),
    /// Send the weekly mails that are due
    Send(send::Send),
    /// The reps who are served
    #[command(subcommand)]
    Reps(reps::Command),
    /// Deals in, and what their stages stand for
    #[command(subcommand)]
    Deals(deals::Command),
    /// The sources that are crawled
    #[command(subcommand)]
    Sources(sources::Command),
    /// One feed document to JSON, as the crawler would store it
    Parse(parse::ParseArgs),
    /// One page to JSON: title, mentor, date, content, text, comments
    Extract(extract::ExtractArgs),
    /// One HTML fragment to the HTML that a page would show
    Clean(clean::CleanArgs),
    /// The stages that posts serve: JSON lines in, JSON lines out
    Tag(tag::Args),
    /// The ten best posts of every deal, offline: JSON lines in, JSON lines out
    Rank(rank::Args),
    /// The stage model from the labelled corpus
    Train(train::Args),
    /// Backups, checks and moves of what is kept
    #[command(subcommand)]
    Store(store::Command),
    /// Answer an assistant on this machine over standard input and output (Model Context Protocol)
    Mcp(mcp::Mcp),
    /// Look at everything the service needs, and say what to do
    Doctor,
    /// Ask the service of this machine whether it is ready; exit code 0 where it is
    Healthy,
    /// The effective settings, secrets redacted
    Config(config::Args),
    /// The script by which a shell completes our commands
    Completions(manual::Completions),
    /// The manual pages
    Man(manual::Man),
}

/// Runs the command line of this process.
///
/// # Errors
/// Whatever the subcommand says, as a chain that reads as one sentence.
pub fn run() -> anyhow::Result<ExitCode> {
    let mut command = Cli::command().mut_args(settings::dress);
    // What a setting refuses is a wrong use of the command line.
    let cli =
        Cli::from_arg_matches(&command.get_matches_mut()).unwrap_or_else(|error| error.format(&mut command).exit());
    let settings = || wiring::settings(cli.config.as_deref(), &cli.layer);
    let verbose = cli.verbose;
    match cli.command {
        Command::Serve => serve::run(settings()?, verbose),
        Command::Demo => demo::run(settings()?, verbose),
        Command::Crawl(args) => wiring::with_store(&settings()?, verbose, |wired| crawl::run(wired, args)),
        Command::Digest(args) => wiring::with_store(&settings()?, verbose, |wired| digest::run(wired, args)),
        Command::Send(args) => wiring::with_store(&settings()?, verbose, |wired| send::run(wired, args)),
        Command::Reps(command) => wiring::with_store(&settings()?, verbose, |desk| reps::run(desk, command)),
        Command::Deals(command) => wiring::with_store(&settings()?, verbose, |wired| deals::run(wired, command)),
        Command::Sources(command) => sources::run(settings()?, verbose, command),
        Command::Parse(args) => parse::run(args),
        Command::Extract(args) => extract::run(args),
        Command::Clean(args) => clean::run(args),
        Command::Tag(args) => tag::run(args),
        Command::Rank(args) => rank::run(args),
        Command::Train(args) => train::run(args, settings, verbose),
        Command::Store(command) => store::run(&settings()?, verbose, command),
        Command::Mcp(args) => mcp::run(&settings()?, verbose, args),
        Command::Doctor => doctor::run(&settings()?, verbose),
        Command::Healthy => healthy::run(&settings()?),
        Command::Config(args) => config::run(args, settings),
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
    }
}
