use super::access::{open, visible};
use super::context::App;
use super::error::{Error, Result};
use super::feeds::with_feeds_of;
use super::session::SignedIn;
use crate::model::{Commitment, CommitmentState, Digest, IsoWeek, Rep, Scope};
use crate::render::pages::{DigestPage, Reading, digest};
use crate::render::words::{Calendar, week_span};
use crate::store::{Holdings, Record};
use axum::extract::{Path, State};
use axum::response::Html;
use jiff::civil::Weekday;
use jiff::{Span, Timestamp};
use std::sync::Arc;

/// Days before its day on which a commitment shows up in the digest.
const DUE_AHEAD_DAYS: i64 = 2;
/// Earlier weeks that the page links to.
const EARLIER_MAX: i64 = 6;

const WHAT: &str = "digest";

/// The digest of the week that the rep is in.
pub(super) async fn this_week(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let week = IsoWeek::of(who.now, &who.rep.time_zone());
    let found = current(&app, &who.rep, who.now).await?;
    page(&app, &who, found, week).await
}

/// A digest that was built in an earlier week, or this week's by its name.
pub(super) async fn of_week(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(week): Path<String>,
) -> Result<Html<String>> {
    let week: IsoWeek = week.parse().map_err(|_| Error::NotFound(WHAT))?;
    let this_week = IsoWeek::of(who.now, &who.rep.time_zone());
    let found = of_week_or_now(&app, &who.rep, who.now, week).await?;
    page(&app, &who, found, this_week).await
}

/// The digest of a week as it was stored; that of this week also where there is none yet.
pub(super) async fn of_week_or_now(app: &App, rep: &Rep, now: Timestamp, week: IsoWeek) -> Result<Digest> {
    if week == IsoWeek::of(now, &rep.time_zone()) {
        return current(app, rep, now).await;
    }
    let stored = app.store().find_digest(&rep.email, week).await?;
    Ok(visible(stored.ok_or(Error::NotFound(WHAT))?, rep))
}

/// This week's digest as stored; built in memory where there is none yet. Saves nothing.
pub(super) async fn current(app: &App, rep: &Rep, now: Timestamp) -> Result<Digest> {
    let week = IsoWeek::of(now, &rep.time_zone());
    let digest = match app.store().find_digest(&rep.email, week).await? {
        Some(stored) => stored,
        None => app.context.builder.build(rep, week).await?,
    };
    Ok(visible(digest, rep))
}

/// Builds this week's digest anew and saves it, after an act that changes what is picked.
pub(super) async fn rebuild(app: &App, rep: &Rep, now: Timestamp) -> Result<()> {
    let week = IsoWeek::of(now, &rep.time_zone());
    let digest = app.context.builder.build(rep, week).await?;
    app.store().save(Record::Digest(Box::new(digest))).await?;
    Ok(())
}

/// Builds and saves this week's digest where there is none yet.
pub(super) async fn ensure(app: &App, rep: &Rep, now: Timestamp) -> Result<()> {
    let week = IsoWeek::of(now, &rep.time_zone());
    match app.store().find_digest(&rep.email, week).await? {
        Some(_) => Ok(()),
        None => rebuild(app, rep, now).await,
    }
}

/// The first week of the feeds and links: a few before this one.
pub(super) fn weeks_before(week: IsoWeek, weeks: i64) -> IsoWeek {
    let monday = week.day(Weekday::Monday).saturating_sub(Span::new().days(7 * weeks));
    let noon = monday.to_datetime(jiff::civil::time(12, 0, 0, 0));
    let at = jiff::tz::TimeZone::UTC.to_timestamp(noon).unwrap_or(Timestamp::MIN);
    IsoWeek::of(at, &jiff::tz::TimeZone::UTC)
}

async fn page(app: &App, who: &SignedIn, shown: Digest, this_week: IsoWeek) -> Result<Html<String>> {
    let Holdings { acts, deals, commitments, tokens } = app.store().list_holdings(&who.rep.email).await?;
    let deals = open(deals);
    let is_this_week = shown.week == this_week;
    let commitments = if is_this_week { due(commitments, &who.calendar) } else { shown.commitments.clone() };
    let earlier = app.earlier(&who.rep.email, this_week, weeks_before(this_week, EARLIER_MAX + 1)).await?;
    let reading = Reading { calendar: &who.calendar, acts: &acts, deals: &deals };
    let title = week_span(shown.week.day(Weekday::Monday));
    Ok(Html(digest(
        with_feeds_of(app, who, who.frame(title, if is_this_week { "/" } else { "" }), &Scope::All, &tokens).await?,
        &DigestPage { digest: &shown, commitments: &commitments, earlier: &earlier, is_this_week, reading: &reading },
    )))
}

/// Open commitments that are due or soon will be, as they stand now.
fn due(mut due: Vec<Commitment>, calendar: &Calendar) -> Vec<Commitment> {
    let last = calendar.today().saturating_add(Span::new().days(DUE_AHEAD_DAYS));
    due.retain(|commitment| commitment.state == CommitmentState::Open && commitment.due_on <= last);
    due.sort_by_key(|commitment| commitment.due_on);
    due
}
