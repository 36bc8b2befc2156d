//! The admin's sources: found behind an address, edited as the file has them, paused, removed, checked now.
//!
//! What needs the network is taken down for the crawler; every change goes through the file and its checks.

use super::super::access::is_id;
use super::super::context::App;
use super::super::error::{Error, Result};
use super::super::forms::{line, lines};
use super::{Admin, log};
use crate::model::{AskedCrawl, CrawlAsk, FoundFeeds, Source, SourceId};
use crate::render::pages::{self, ChangeSources, SourceEdit, SourcesPage};
use crate::sources::{self, EditError, opml};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ipnet::IpNet;
use serde::Deserialize;
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// Characters of an address.
const ADDRESS_CHARS_MAX: usize = 2_000;
/// Characters of an entry of the file.
const ENTRY_CHARS_MAX: usize = 10_000;
/// Where the pages below begin.
const HOME: &str = "/admin/sources";
/// What an entry that is written by hand begins with.
const EMPTY_ENTRY: &str =
    "- id: \n  name: \n  kind: feed\n  url: https://\n  mentor_role: practitioner\n  trust: 0.6\n";

/// The sources with what can be done with each, and what was found behind addresses.
pub(in crate::web) async fn list(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    let states = app.store().list_states().await?;
    let acts = app.store().list_acts(&admin.0.rep.email).await?;
    let asks = app.store().list_crawl_asks().await?;
    let running = app.context.desk.running();
    Ok(Html(pages::sources(&SourcesPage {
        frame: admin.0.frame("Sources", "/admin"),
        sources: &running.set().sources,
        states: &states,
        refused: running.refused().map(|error| error.to_string()),
        acts: &acts,
        calendar: &admin.0.calendar,
        admin: true,
        change: Some(ChangeSources { asks: &asks, of_file: running.text().is_ok() }),
    })))
}

/// The form of an address.
#[derive(Deserialize)]
pub(in crate::web) struct Address {
    address: String,
    #[serde(default)]
    allow_net: String,
}

/// Has the crawler look for feeds behind an address.
pub(in crate::web) async fn find(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Address>,
) -> Result<Redirect> {
    let address = line(&form.address, "address", ADDRESS_CHARS_MAX)?;
    if address.is_empty() {
        return Err(Error::Unusable("paste the address of a blog, a feed, a channel or a profile".to_owned()));
    }
    let ranges = form.allow_net.split(',').map(str::trim).filter(|range| !range.is_empty());
    let allow_net = ranges
        .map(|range| {
            range
                .parse::<IpNet>()
                .map_err(|_| Error::Unusable(format!("{range:?} is not an address range; write it like 10.2.0.0/16")))
        })
        .collect::<Result<_>>()?;
    app.context.desk.ask_crawl(AskedCrawl::Find { address, allow_net }, Some(admin.0.rep.email)).await?;
    Ok(Redirect::to(HOME))
}

/// The form that takes one of the found feeds.
#[derive(Deserialize)]
pub(in crate::web) struct Choice {
    address: String,
    #[serde(default)]
    feed: String,
}

/// Adds a feed that was found, and has it read.
pub(in crate::web) async fn add(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Choice>,
) -> Result<Redirect> {
    let ask = find_ask(&app, &form.address).await?;
    let (AskedCrawl::Find { allow_net, .. }, Some(FoundFeeds::Feeds(feeds))) = (&ask.what, &ask.found) else {
        return Err(Error::NotFound("find"));
    };
    let feed = feeds.iter().find(|feed| feed.url == form.feed).ok_or(Error::NotFound("feed"))?;
    let set = app.context.desk.running().set();
    if let Some(known) = set.sources.iter().find(|source| source.url == feed.url) {
        return Err(Error::Unusable(format!("{} is there already, as {}", feed.url, known.name)));
    }
    let source = opml::of_found(feed, &set, allow_net.clone());
    app.context
        .desk
        .running()
        .edit(|text, _| Ok(sources::append(text, std::slice::from_ref(&source))))
        .map_err(of_edit)?;
    app.store().remove_crawl_ask(&ask).await?;
    log(&app, &admin.0.rep, admin.0.now, format!("added the source {}", source.id)).await?;
    app.context.desk.ask_crawl(AskedCrawl::Check(source.id.clone()), Some(admin.0.rep.email)).await?;
    Ok(to(&source.id))
}

/// Forgets what was found behind an address.
pub(in crate::web) async fn forget(
    State(app): State<Arc<App>>,
    _admin: Admin,
    Form(form): Form<Choice>,
) -> Result<Redirect> {
    let ask = find_ask(&app, &form.address).await?;
    app.store().remove_crawl_ask(&ask).await?;
    Ok(Redirect::to(HOME))
}

async fn find_ask(app: &App, address: &str) -> Result<CrawlAsk> {
    let asks = app.store().list_crawl_asks().await?;
    let is_it = |ask: &CrawlAsk| matches!(&ask.what, AskedCrawl::Find { address: of, .. } if of == address);
    asks.into_iter().find(is_it).ok_or(Error::NotFound("find"))
}

/// Has a source checked now.
pub(in crate::web) async fn check(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Redirect> {
    let source = known(&app, &id)?;
    app.context.desk.ask_crawl(AskedCrawl::Check(source.id.clone()), Some(admin.0.rep.email)).await?;
    Ok(to(&source.id))
}

/// Leaves a source alone, or takes it up again.
pub(in crate::web) async fn pause(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Redirect> {
    let source = known(&app, &id)?;
    let paused = (!source.paused).then_some("true");
    let change = |text: &str, file: &str| Ok(sources::set_key(text, file, &source.id, "paused", paused)?);
    app.context.desk.running().edit(change).map_err(of_edit)?;
    let done = if source.paused { "resumed" } else { "paused" };
    log(&app, &admin.0.rep, admin.0.now, format!("{done} the source {}", source.id)).await?;
    Ok(to(&source.id))
}

/// The form that removes a source.
#[derive(Deserialize)]
pub(in crate::web) struct Sure {
    #[serde(default)]
    sure: String,
}

/// Takes a source out of the file. Its posts stay.
pub(in crate::web) async fn remove(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<String>,
    Form(form): Form<Sure>,
) -> Result<Redirect> {
    let source = known(&app, &id)?;
    if form.sure != "yes" {
        return Err(Error::Unusable("tick the box to remove a source".to_owned()));
    }
    let change = |text: &str, file: &str| Ok(sources::remove_entry(text, file, &source.id)?);
    app.context.desk.running().edit(change).map_err(of_edit)?;
    log(&app, &admin.0.rep, admin.0.now, format!("removed the source {}", source.id)).await?;
    Ok(Redirect::to(HOME))
}

/// The entry of a source as the file has it.
pub(in crate::web) async fn edit(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Html<String>> {
    let source = known(&app, &id)?;
    let (text, file) = app.context.desk.running().text().map_err(of_edit)?;
    let entry = sources::find_entry(&text, &source.id).ok_or_else(|| {
        Error::Unusable(format!("{} stands in {file} in a way that can only be changed there by hand", source.id))
    })?;
    let was = fingerprint(&entry);
    Ok(form(
        &admin,
        &SourceEdit { heading: &source.name, action: &path(&source.id), entry: &entry, was, trouble: None },
    ))
}

/// A form for an entry that is written by hand.
pub(in crate::web) async fn begin(admin: Admin) -> Html<String> {
    form(&admin, &new_entry(EMPTY_ENTRY, None))
}

fn new_entry(entry: &str, trouble: Option<String>) -> SourceEdit<'_> {
    SourceEdit { heading: "A new source", action: "/admin/new-source", entry, was: String::new(), trouble }
}

fn form(admin: &Admin, edit: &SourceEdit<'_>) -> Html<String> {
    Html(pages::source_edit(admin.0.frame(edit.heading, "/admin"), edit))
}

/// The form of an entry.
#[derive(Deserialize)]
pub(in crate::web) struct Entry {
    entry: String,
    #[serde(default)]
    was: String,
}

/// Saves an entry, where the file can be read with it; else the form comes back with what is wrong and where.
pub(in crate::web) async fn save(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<String>,
    Form(sent): Form<Entry>,
) -> Result<Response> {
    let source = known(&app, &id)?;
    let entry = lines(&sent.entry, "entry", ENTRY_CHARS_MAX)?;
    let mut first_line = 1;
    let saved = app.context.desk.running().edit(|text, file| {
        let stands = sources::find_entry(text, &source.id);
        first_line = sources::line_of_entry(text, &source.id).unwrap_or(1);
        match stands {
            Some(stands) if fingerprint(&stands) != sent.was => Err(EditError::Changed),
            _ => Ok(sources::replace_entry(text, file, &source.id, &entry)?),
        }
    });
    if let Err(error) = saved {
        let trouble = Some(told(error, first_line, &entry)?);
        let edit =
            SourceEdit { heading: &source.name, action: &path(&source.id), entry: &entry, was: sent.was, trouble };
        return Ok(form(&admin, &edit).into_response());
    }
    log(&app, &admin.0.rep, admin.0.now, format!("changed the source {}", source.id)).await?;
    Ok(to(&source.id).into_response())
}

/// Adds an entry that was written by hand, under the same checks.
pub(in crate::web) async fn write(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(sent): Form<Entry>,
) -> Result<Response> {
    let entry = lines(&sent.entry, "entry", ENTRY_CHARS_MAX)?;
    let mut first_line = 1;
    let saved = app.context.desk.running().edit(|text, _| {
        let (new, line) = sources::append_text(text, &entry);
        first_line = line;
        Ok(new)
    });
    match saved {
        Ok(_) => {
            log(&app, &admin.0.rep, admin.0.now, "wrote a new source".to_owned()).await?;
            Ok(Redirect::to(HOME).into_response())
        }
        Err(error) => Ok(form(&admin, &new_entry(&entry, Some(told(error, first_line, &entry)?))).into_response()),
    }
}

/// What is wrong with an entry, with the line that the person sees.
fn told(error: EditError, first_line: usize, entry: &str) -> Result<String> {
    match error {
        EditError::Refused(fault) => {
            let line =
                (fault.line + 1).checked_sub(first_line).filter(|line| (1..=entry.lines().count()).contains(line));
            Ok(match line {
                Some(line) => format!("Line {line}: {}", fault.message),
                None => format!("{}, line {}: {}", fault.file, fault.line, fault.message),
            })
        }
        EditError::Changed => Ok(EditError::Changed.to_string()),
        other => Err(of_edit(other)),
    }
}

fn of_edit(error: EditError) -> Error {
    Error::Unusable(error.to_string())
}

fn known(app: &App, id: &str) -> Result<Source> {
    let set = app.context.desk.running().set();
    let found = set.sources.iter().find(|source| is_id(id) && source.id.as_str() == id);
    found.cloned().ok_or(Error::NotFound("source"))
}

fn path(id: &SourceId) -> String {
    format!("{HOME}/{id}")
}

fn to(id: &SourceId) -> Redirect {
    Redirect::to(&format!("{HOME}#{id}"))
}

/// Tells whether an entry is still the one that was shown; no secret and no protection.
fn fingerprint(entry: &str) -> String {
    format!("{:016x}", XxHash3_64::oneshot(entry.as_bytes()))
}
