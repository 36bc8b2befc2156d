//! `ridealong mcp`: the MCP server over standard input and output, for an assistant on this machine.

use super::service::{Service, open_library};
use super::wiring::{Wired, load_sources, runtime, start_logs, with_store};
use crate::config::Settings;
use crate::model::{Email, SourceSet};
use crate::net::{Client, Request};
use crate::sources::Running;
use crate::web::{MCP_MESSAGE_BYTES_MAX, McpServer, mcp_refusal};
use anyhow::{Context, bail, ensure};
use clap::Args;
use ipnet::IpNet;
use std::io::{BufRead, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args, Debug)]
pub(super) struct Mcp {
    /// Answer as this rep, from the store itself; `serve` must not be running
    #[arg(long, value_name = "EMAIL", required_unless_present = "token")]
    rep: Option<String>,
    /// Talk to the running server at --public-url with this token; one is made at /settings
    #[arg(long, env = "RIDEALONG_TOKEN", hide_env_values = true, conflicts_with = "rep")]
    token: Option<String>,
}

pub(super) fn run(settings: &Settings, verbose: u8, args: Mcp) -> anyhow::Result<ExitCode> {
    match (args.token, args.rep) {
        (Some(token), _) => {
            start_logs(settings.log_format, verbose, "warn");
            runtime()?.block_on(relay(settings, &token))?;
        }
        (None, Some(rep)) => {
            let email: Email = rep.parse()?;
            with_store(settings, verbose, |wired| from_store(wired, email)).context(
                "the MCP server cannot answer from the store; where `ridealong serve` is running, make a token at \
                 /settings and give it with --token",
            )?;
        }
        (None, None) => bail!("name a rep with --rep, or give a token with --token"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers from the store, as the one who holds it.
async fn from_store(wired: Wired, email: Email) -> anyhow::Result<()> {
    let rep = wired.store.find_rep(&email).await?;
    let rep = rep.with_context(|| format!("there is no rep {email}; `ridealong reps list` shows who there is"))?;
    let set = load_sources(&wired.settings.sources).unwrap_or_else(|_| SourceSet::default());
    let library = open_library(&wired).await?;
    let service = Service::assemble(&wired, Running::new(set), Some(Arc::clone(&library))).await?;
    service.desk.follow().await?;
    let server = McpServer::new(service.web_context(library), rep);
    while let Some(line) = next_line().await? {
        let answer = match line {
            Line::Message(line) => server.answer(&line).await,
            Line::TooLong => Some(too_long()),
        };
        answer.map_or(Ok(()), |answer| say(&answer))?;
    }
    Ok(())
}

/// Hands each line to the running server, and its answer back.
async fn relay(settings: &Settings, token: &str) -> anyhow::Result<()> {
    let url = settings.public_url.join("/mcp")?;
    let client = Client::new(&settings.net);
    // The address is the operator's own choice, and mostly this machine.
    let anywhere: Vec<IpNet> = vec!["0.0.0.0/0".parse()?, "::/0".parse()?];
    while let Some(line) = next_line().await? {
        let Line::Message(line) = line else {
            say(&too_long())?;
            continue;
        };
        let mut request = Request::post(url.clone(), "application/json", line.into_bytes());
        request.accept = "application/json, text/event-stream";
        request.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        request.allow_net = anywhere.clone();
        let answer = client.fetch(request).await.with_context(|| {
            format!(
                "the server at {} does not answer; start `ridealong serve`, or name it with --public-url",
                settings.public_url
            )
        })?;
        ensure!(answer.status != 401, "the server refuses the token: it is unknown, revoked or too old");
        ensure!(answer.status < 500, "the server at {} answered {}", settings.public_url, answer.status);
        if !answer.body.is_empty() {
            say(String::from_utf8_lossy(&answer.body).trim())?;
        }
    }
    Ok(())
}

/// A line of standard input.
enum Line {
    Message(String),
    /// More bytes than a message may have; they were read and dropped.
    TooLong,
}

fn too_long() -> String {
    mcp_refusal(&format!("a message has at most {MCP_MESSAGE_BYTES_MAX} bytes"))
}

/// The next line of standard input that is not empty; none at its end.
async fn next_line() -> anyhow::Result<Option<Line>> {
    let read = tokio::task::spawn_blocking(|| {
        let mut stdin = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let most = MCP_MESSAGE_BYTES_MAX as u64;
            let count = stdin.by_ref().take(most).read_until(b'\n', &mut line)?;
            if count == 0 {
                return Ok(None);
            }
            if count == MCP_MESSAGE_BYTES_MAX && !line.ends_with(b"\n") {
                stdin.skip_until(b'\n')?;
                return Ok(Some(Line::TooLong));
            }
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            if !line.is_empty() {
                return Ok(Some(Line::Message(line)));
            }
        }
    });
    read.await?
}

fn say(answer: &str) -> anyhow::Result<()> {
    // One message is one line.
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", answer.replace('\n', " "))?;
    Ok(out.flush()?)
}
