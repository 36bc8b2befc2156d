//! `ridealong reps`: the reps who are served.

use super::output::{print, table};
use super::wiring::Wired;
use crate::desk::Desk;
use crate::model::{ApiScope, Email, Rep, Role};
use crate::web;
use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Add a rep, or change one who is there
    Add {
        /// The rep's address
        email: String,
        /// The name shown to people
        #[arg(long)]
        name: Option<String>,
        /// A name under which the CRM knows the rep; may be given again
        #[arg(long = "owner", value_name = "ALIAS")]
        owners: Vec<String>,
        /// What the rep may do
        #[arg(long, value_parser = ["rep", "manager", "admin"])]
        role: Option<String>,
        /// The rep's team
        #[arg(long)]
        team: Option<String>,
        /// The rep's time zone, like Europe/Berlin
        #[arg(long)]
        zone: Option<String>,
    },
    /// List the reps
    List,
    /// Remove a rep and everything that is theirs
    Remove {
        /// The rep's address
        email: String,
    },
    /// Everything that is kept of a rep, as JSON
    Export {
        /// The rep's address
        email: String,
    },
    /// Make a one-time sign-in link
    Link {
        /// The rep's address
        email: String,
    },
    /// Make a token for another program; it is printed this once
    Token {
        /// The rep's address
        email: String,
        /// The program that uses it
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it allows
        #[arg(long, value_parser = ["read", "write", "admin"], default_value = "read")]
        scope: String,
        /// Days after which it opens nothing; without it, never
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3650))]
        days: Option<i64>,
    },
    /// List the tokens of a rep, without their secrets
    Tokens {
        /// The rep's address
        email: String,
    },
    /// Revoke a token of a rep
    Revoke {
        /// The rep's address
        email: String,
        /// The token's id, as `tokens` shows it
        id: String,
    },
}

pub(super) async fn run(wired: Wired, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Add { email, name, owners, role, team, zone } => {
            let email: Email = email.parse()?;
            let known = wired.store.find_rep(&email).await?;
            let said = if known.is_some() { "Changed" } else { "Added" };
            let mut rep = known.unwrap_or_else(|| Rep::new(email.clone(), default_name(&email)));
            if let Some(name) = name {
                let name = name.trim();
                ensure!(!name.is_empty() && !name.contains(char::is_control), "--name: {name:?} is not a name");
                rep.name = name.to_owned();
            }
            for owner in owners {
                if !rep.owners.contains(&owner) {
                    rep.owners.push(owner);
                }
            }
            if let Some(role) = role {
                rep.role = match role.as_str() {
                    "admin" => Role::Admin,
                    "manager" => Role::Manager,
                    _ => Role::Rep,
                };
            }
            rep.team = team.or(rep.team);
            if let Some(zone) = zone {
                ensure!(
                    TimeZone::get(&zone).is_ok(),
                    "--zone: {zone:?} is not a time zone; write it like Europe/Berlin"
                );
                rep.zone = zone;
            }
            let desk = Desk::new(Arc::clone(&wired.store), Arc::clone(&wired.clock), Arc::default(), None);
            let claimed = desk.save_rep(&rep).await?;
            web::ensure_feed(wired.store.as_ref(), &rep.email, wired.clock.now()).await?;
            print(&format!("{said} {} <{}>, {}; {claimed} deals claimed.", rep.name, rep.email, rep.role.as_str()))?;
        }
        Command::List => {
            let rows: Vec<_> = wired
                .store
                .list_reps()
                .await?
                .into_iter()
                .map(|rep| {
                    vec![
                        rep.email.to_string(),
                        rep.email.log_id(),
                        rep.name,
                        rep.role.as_str().to_owned(),
                        rep.team.unwrap_or_default(),
                        rep.zone,
                        rep.owners.join(", "),
                    ]
                })
                .collect();
            print(&table(&["EMAIL", "IN LOGS", "NAME", "ROLE", "TEAM", "ZONE", "OWNER ALIASES"], &rows))?;
        }
        Command::Remove { email } => {
            let email: Email = email.parse()?;
            if !wired.store.remove_rep(&email).await? {
                bail!("there is no rep {email}; `ridealong reps list` shows who there is");
            }
            print(&format!("Removed {email} and everything that was theirs."))?;
        }
        Command::Link { email } => {
            let email = known(&wired, &email).await?.email;
            print(&sign_in_link(&wired, &email, web::LINK_TTL).await?)?;
        }
        Command::Export { email } => {
            let email = known(&wired, &email).await?.email;
            print(&serde_json::to_string_pretty(&web::export_rep(wired.store.as_ref(), &email).await?)?)?;
        }
        Command::Token { email, name, scope, days } => make_token(&wired, &email, &name, &scope, days).await?,
        Command::Tokens { email } => list_tokens(&wired, &email).await?,
        Command::Revoke { email, id } => {
            let email = known(&wired, &email).await?.email;
            if !web::revoke_api_token(wired.store.as_ref(), &email, &id).await? {
                bail!("{email} has no token {id}; `ridealong reps tokens {email}` lists them");
            }
            print("Revoked; it opens nothing any more.")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rep with this address.
async fn known(wired: &Wired, email: &str) -> anyhow::Result<Rep> {
    let email: Email = email.parse()?;
    let found = wired.store.find_rep(&email).await?;
    found.with_context(|| format!("there is no rep {email}; add one with `ridealong reps add {email}`"))
}

async fn make_token(wired: &Wired, email: &str, name: &str, scope: &str, days: Option<i64>) -> anyhow::Result<()> {
    let rep = known(wired, email).await?;
    let scope = ApiScope::of(scope).unwrap_or(ApiScope::Read);
    ensure!(
        scope != ApiScope::Admin || rep.role == Role::Admin,
        "{} is no admin, so a token of theirs cannot be one either; choose --scope read or write",
        rep.email
    );
    ensure!(!name.trim().is_empty() && !name.contains(char::is_control), "--name: {name:?} is not a name");
    let now = wired.clock.now();
    let expires_at = days.and_then(|days| now.checked_add(SignedDuration::from_hours(24 * days)).ok());
    let store = wired.store.as_ref();
    print(&web::make_api_token(store, &rep.email, name.trim(), scope, now, expires_at).await?)
}

async fn list_tokens(wired: &Wired, email: &str) -> anyhow::Result<()> {
    let rep = known(wired, email).await?;
    let day =
        |at: Option<Timestamp>, never: &str| at.map_or_else(|| never.to_owned(), |at| at.strftime("%F").to_string());
    let tokens = web::list_api_tokens(wired.store.as_ref(), &rep.email).await?;
    let rows: Vec<_> = tokens
        .iter()
        .map(|(token, scope)| {
            vec![
                web::api_token_id(token).to_owned(),
                token.name.clone(),
                scope.as_str().to_owned(),
                day(Some(token.made_at), ""),
                day(token.expires_at, "never"),
                day(token.used_at, "never"),
            ]
        })
        .collect();
    print(&table(&["ID", "NAME", "SCOPE", "MADE", "ENDS", "LAST USED"], &rows))
}

/// Makes a one-time link and stores the hash of its secret.
pub(super) async fn sign_in_link(wired: &Wired, email: &Email, lifetime: SignedDuration) -> anyhow::Result<String> {
    let Wired { settings, store, clock, .. } = wired;
    Ok(web::sign_in_link(store.as_ref(), &settings.public_url, email, clock.now(), lifetime).await?)
}

/// `maya.lindqvist@example.com` is called Maya Lindqvist until somebody says otherwise.
fn default_name(email: &Email) -> String {
    let local = email.as_str().split('@').next().unwrap_or_default();
    let words = local.split(['.', '_', '-', '+']).filter(|word| !word.is_empty());
    let capitalised = words.map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
    });
    capitalised.collect::<Vec<_>>().join(" ")
}
