use super::access::{find_deal, sources, visible};
use super::context::App;
use super::digests::{current, weeks_before};
use super::error::{Error, Result};
use super::posts::{library_posts, saved_posts};
use super::session::swap_later;
use super::tokens::{hex, is_live};
use crate::model::{Deal, DealId, Digest, IsoWeek, Rep, Scope, Stage, Token, TokenPurpose};
use crate::render::edition::{self, Edition, Format};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::SystemTime;

/// Weeks of digests in a feed, so that a reader that was off for a while misses nothing.
const WEEKS: i64 = 4;
/// The last use of a feed is noted at most so often.
const NOTE_USE_AFTER: SignedDuration = SignedDuration::from_hours(1);
const WHAT: &str = "feed";

/// `/feeds/{token}/digest.rss` and `/feeds/{token}/saved.rss`.
pub(super) async fn digest_or_saved(
    State(app): State<Arc<App>>,
    Path((address, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (name, format) = split(&file)?;
    let (rep, scope) = open(&app, &address).await?;
    let edition = match (name, scope) {
        ("digest", Scope::All) => edition::of_digests(&digests(&app, &rep).await?, None, &app.links, false),
        ("saved", Scope::All | Scope::Saved) => {
            let acts = app.store().list_acts(&rep.email).await?;
            let posts = saved_posts(&app, &rep, &acts).await?;
            let mut edition = edition::of_posts(&posts, None, &sources(&app, &rep), &app.links);
            let saved_at = acts.acts.last().map_or(Timestamp::UNIX_EPOCH, |(at, _)| *at);
            edition.changed_at = edition.changed_at.max(saved_at);
            edition
        }
        _ => return Err(Error::NotFound(WHAT)),
    };
    Ok(answer(&app, edition, format, &format!("/feeds/{address}/{file}"), &headers))
}

/// `/feeds/{token}/deals/{id}.rss`.
pub(super) async fn deal(
    State(app): State<Arc<App>>,
    Path((address, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (id, format) = split(&file)?;
    let (rep, scope) = open(&app, &address).await?;
    if scope != Scope::All && scope != Scope::Deal(DealId::new(id)) {
        return Err(Error::NotFound(WHAT));
    }
    let deal: Deal = find_deal(&app, &rep, id).await?;
    let edition = edition::of_digests(&digests(&app, &rep).await?, Some(&deal), &app.links, false);
    Ok(answer(&app, edition, format, &format!("/feeds/{address}/deals/{file}"), &headers))
}

/// `/feeds/{token}/stages/{stage}.rss`.
pub(super) async fn stage(
    State(app): State<Arc<App>>,
    Path((address, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (name, format) = split(&file)?;
    let stage: Stage = name.parse().map_err(|_| Error::NotFound(WHAT))?;
    let (rep, scope) = open(&app, &address).await?;
    if scope != Scope::All && scope != Scope::Stage(stage) {
        return Err(Error::NotFound(WHAT));
    }
    let posts = library_posts(&app, &rep, stage).await?;
    let edition = edition::of_posts(&posts, Some(stage), &sources(&app, &rep), &app.links);
    Ok(answer(&app, edition, format, &format!("/feeds/{address}/stages/{file}"), &headers))
}

/// The name and the format of `name.extension`.
fn split(file: &str) -> Result<(&str, Format)> {
    let (name, extension) = file.rsplit_once('.').ok_or(Error::NotFound(WHAT))?;
    Ok((name, Format::of_extension(extension).ok_or(Error::NotFound(WHAT))?))
}

/// Whose feed the address opens, and what it shows. Whatever is wrong with it, the answer is the same.
async fn open(app: &Arc<App>, address: &str) -> Result<(Rep, Scope)> {
    let id = app.feed_key().await?.id_of(address).ok_or(Error::NotFound(WHAT))?;
    let now = app.now();
    let found = app.store().find_token(id).await?.filter(|token| is_live(token, now));
    let token = found.ok_or(Error::NotFound(WHAT))?;
    let TokenPurpose::Feed(scope) = token.purpose.clone() else { return Err(Error::NotFound(WHAT)) };
    let rep = app.find_rep(&token.rep).await?.ok_or(Error::NotFound(WHAT))?;
    note_use(app, token, now);
    Ok((rep, scope))
}

fn note_use(app: &Arc<App>, token: Token, now: Timestamp) {
    if token.used_at.is_none_or(|at| now.duration_since(at) >= NOTE_USE_AFTER) {
        let used = Token { used_at: Some(now), ..token.clone() };
        swap_later(app, token, used);
    }
}

/// The digests of the last weeks, oldest first; this week's is built in memory where there is none yet.
async fn digests(app: &App, rep: &Rep) -> Result<Vec<Digest>> {
    let now = app.now();
    let week = IsoWeek::of(now, &rep.time_zone());
    let stored = app.store().list_digests(&rep.email, Some(weeks_before(week, WEEKS))).await?;
    let mut digests: Vec<Digest> = stored.into_iter().map(|digest| visible(digest, rep)).collect();
    if !digests.iter().any(|digest| digest.week == week) {
        digests.push(current(app, rep, now).await?);
    }
    Ok(digests)
}

/// The edition in its format, or 304 where the reader has it already (RFC 9110, section 13.1).
fn answer(app: &App, mut edition: Edition, format: Format, path: &str, headers: &HeaderMap) -> Response {
    edition.self_url = Some(app.links.to(path));
    let changed_at = edition.changed_at;
    let body = edition::render(&edition, format);
    // Weak, because the body may travel compressed in several ways.
    let etag = format!("W/\"{}\"", hex(&Sha256::digest(body.as_bytes())[..12]));
    let last_modified = http_date(changed_at);
    let about = [
        (header::ETAG, etag.clone()),
        (header::LAST_MODIFIED, last_modified),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
        (header::CONTENT_TYPE, format.mime().to_owned()),
    ];
    if is_known(headers, &etag, changed_at) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, body).into_response()
}

/// Whether the reader's validators still hold; `If-None-Match` wins over `If-Modified-Since`.
fn is_known(headers: &HeaderMap, etag: &str, changed_at: Timestamp) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(known) = text(header::IF_NONE_MATCH) {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        return known.trim() == "*" || known.split(',').any(|tag| opaque(tag) == opaque(etag));
    }
    let since = text(header::IF_MODIFIED_SINCE).and_then(|since| httpdate::parse_http_date(since).ok());
    since
        .and_then(|since| Timestamp::try_from(since).ok())
        .is_some_and(|since| since.as_second() >= changed_at.as_second())
}

fn http_date(at: Timestamp) -> String {
    // A date before 1970 cannot be written in HTTP.
    httpdate::fmt_http_date(SystemTime::from(at.max(Timestamp::UNIX_EPOCH)))
}
