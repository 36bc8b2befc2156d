//! "I will try this on deal X", and what came of it.

use super::access::{find_deal, find_post, is_id};
use super::context::App;
use super::error::{Error, Result};
use super::forms::{Back, line};
use super::session::SignedIn;
use crate::model::{Commitment, CommitmentState, Rep};
use crate::render::pages;
use crate::render::view::title_of;
use crate::render::words::Calendar;
use crate::store::{Record, random_id};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of a note or a result.
const LINE_CHARS_MAX: usize = 300;
/// Days ahead that a commitment may be due.
const DUE_DAYS_MAX: i64 = 366;
/// Days by which "not yet" moves the day.
const NOT_YET_DAYS: i64 = 7;

/// The form of a commitment.
#[derive(Deserialize)]
pub(super) struct Make {
    deal: String,
    #[serde(default)]
    note: String,
    due: Date,
    #[serde(flatten)]
    back: Back,
}

/// "I will try this."
pub(super) async fn make(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Make>,
) -> Result<Redirect> {
    let promise = Promise { post: id, deal: form.deal, note: form.note, due: form.due };
    promise_to_try(&app, &who.rep, &who.calendar, who.now, promise).await?;
    Ok(form.back.redirect())
}

/// What a rep promises, as it was asked for: nothing of it is checked yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Promise {
    /// The post's id.
    pub(super) post: String,
    /// The deal's id.
    pub(super) deal: String,
    /// One line of the rep's own.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(super) note: String,
    /// The day it comes back: from today to one year ahead.
    #[schema(value_type = String, format = Date)]
    pub(super) due: Date,
}

/// Checks a promise and keeps it.
pub(super) async fn promise_to_try(
    app: &App,
    rep: &Rep,
    calendar: &Calendar,
    now: Timestamp,
    promise: Promise,
) -> Result<Commitment> {
    let post = find_post(app, rep, &promise.post).await?;
    let deal = find_deal(app, rep, &promise.deal).await?;
    let today = calendar.today();
    if promise.due < today || promise.due > today.saturating_add(Span::new().days(DUE_DAYS_MAX)) {
        return Err(Error::Unusable("choose a day from today to one year ahead".to_owned()));
    }
    let commitment = Commitment {
        id: random_id(),
        rep: rep.email.clone(),
        title: title_of(&post),
        post: post.id,
        deal: deal.id,
        deal_name: deal.name,
        note: line(&promise.note, "note", LINE_CHARS_MAX)?,
        made_at: now,
        due_on: promise.due,
        state: CommitmentState::Open,
        result: None,
        misses: 0,
    };
    app.store().save(Record::Commitment(commitment.clone())).await?;
    Ok(commitment)
}

/// The page of all commitments.
pub(super) async fn list(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let commitments = app.store().list_commitments(&who.rep.email).await?;
    let shared = app.store().find_team(who.rep.team.as_deref()).await?.shares_commitments;
    Ok(Html(pages::commitments(who.frame("Commitments", "/commitments"), &commitments, shared, &who.calendar)))
}

/// The form that answers how it went.
#[derive(Deserialize)]
pub(super) struct Answer {
    state: Outcome,
    #[serde(default)]
    result: String,
    #[serde(flatten)]
    back: Back,
}

/// How a commitment went.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// Did it.
    Done,
    /// Not yet: it comes back in a week.
    NotYet,
    /// It will not be done.
    Dropped,
    /// Promised after all.
    Open,
}

/// "Did it", "not yet", "drop it", and the way back.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Answer>,
) -> Result<Redirect> {
    settle(&app, &who.rep, who.calendar.today(), &id, form.state, &form.result).await?;
    Ok(form.back.redirect())
}

/// The rep's own commitment with this id.
pub(super) async fn find(app: &App, rep: &Rep, id: &str) -> Result<Commitment> {
    const WHAT: &str = "commitment";
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let all = app.store().list_commitments(&rep.email).await?;
    all.into_iter().find(|commitment| commitment.id == id).ok_or(Error::NotFound(WHAT))
}

/// Notes how a commitment of the rep's own went; returns it as it is then. Of two answers at once the first stands.
pub(super) async fn settle(
    app: &App,
    rep: &Rep,
    today: Date,
    id: &str,
    outcome: Outcome,
    result: &str,
) -> Result<Commitment> {
    let held = find(app, rep, id).await?;
    let result = line(result, "result", LINE_CHARS_MAX)?;
    let answered = answered(held.clone(), outcome, result, today);
    let (held, new) = (Record::Commitment(held), Record::Commitment(answered.clone()));
    if app.store().swap_record(&held.key(), Some(&held), Some(new)).await? {
        return Ok(answered);
    }
    find(app, rep, id).await
}

fn answered(held: Commitment, outcome: Outcome, result: String, today: Date) -> Commitment {
    let result = if result.is_empty() { held.result.clone() } else { Some(result) };
    let held = Commitment { result, ..held };
    match outcome {
        Outcome::Done => Commitment { state: CommitmentState::Done, ..held },
        Outcome::Dropped => Commitment { state: CommitmentState::Dropped, ..held },
        Outcome::Open => Commitment { state: CommitmentState::Open, ..held },
        Outcome::NotYet => Commitment {
            misses: held.misses.saturating_add(1),
            due_on: today.saturating_add(Span::new().days(NOT_YET_DAYS)),
            ..held
        },
    }
}

/// All commitments of the rep as CSV, for a one-to-one.
pub(super) async fn csv(State(app): State<Arc<App>>, who: SignedIn) -> Result<Response> {
    let commitments = app.store().list_commitments(&who.rep.email).await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Unusable(format!("the file could not be written: {error}"));
    writer.write_record(["made", "due", "deal", "post", "note", "state", "result"]).map_err(failed)?;
    for commitment in &commitments {
        let made = who.calendar.date_of(commitment.made_at).to_string();
        let state = match commitment.state {
            CommitmentState::Open => "open",
            CommitmentState::Done => "done",
            CommitmentState::Dropped => "dropped",
        };
        let due = commitment.due_on.to_string();
        let texts = [&commitment.deal_name, &commitment.title, &commitment.note].map(|text| cell(text));
        let [deal, post, note] = &texts;
        let result = cell(commitment.result.as_deref().unwrap_or_default());
        writer.write_record([&made, &due, deal, post, note, state, &result]).map_err(failed)?;
    }
    let body = writer.into_inner().map_err(|_| Error::Unusable("the file could not be written".to_owned()))?;
    let about = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"commitments.csv\""),
    ];
    Ok((about, body).into_response())
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
