use super::access::{find_deal, sources, visible};
use super::conditional::{Validator, etag_of, http_date, is_known};
use super::context::App;
use super::digests::{current, weeks_before};
use super::error::{Error, Result};
use super::feed_tokens::place_of;
use super::posts::{library_posts, saved_posts};
use super::search::{found, query_library, reader};
use super::session::{SignedIn, swap_later};
use super::tokens::is_live;
use crate::model::{DealId, Digest, IsoWeek, Post, Rep, Scope, Stage, Token, TokenPurpose};
use crate::render::edition::{self, Edition, Format, Shelf};
use crate::render::pages::{FeedLink, Frame};
use crate::search::Query;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Weeks of digests in a feed, so that a reader that was off for a while misses nothing.
const WEEKS: i64 = 4;
/// Pages of a search that its feed carries.
const SEARCH_PAGES: usize = 2;
/// The last use of a feed is noted at most so often.
const NOTE_USE_AFTER: SignedDuration = SignedDuration::from_hours(1);
const WHAT: &str = "feed";

/// `/feeds/{token}/digest.rss`, and `saved`, `plays` and `search` in its place.
pub(super) async fn whole(
    State(app): State<Arc<App>>,
    Path((address, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (name, format) = split(&file)?;
    let (rep, scope) = open(&app, &address).await?;
    let edition = match (name, &scope) {
        ("digest", Scope::All) => digest_edition(&app, &rep, false).await?,
        ("digest", Scope::Named) => digest_edition(&app, &rep, true).await?,
        ("saved", scope) if scope.includes(&Scope::Saved) => saved_edition(&app, &rep).await?,
        ("plays", scope) if scope.includes(&Scope::Plays) => {
            edition::of_plays(&digests(&app, &rep).await?, &sources(&app, &rep), &app.links)
        }
        ("search", Scope::Search { words, stage }) => search_edition(&app, &rep, words, *stage).await?,
        _ => return Err(Error::NotFound(WHAT)),
    };
    Ok(answer(&app, edition, format, &format!("/feeds/{address}/{file}"), &headers).0)
}

/// `/feeds/{token}/deals/{id}.rss`.
pub(super) async fn deal(
    State(app): State<Arc<App>>,
    Path((address, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (id, format) = split(&file)?;
    let (rep, scope) = open(&app, &address).await?;
    if !scope.includes(&Scope::Deal(DealId::new(id))) {
        return Err(Error::NotFound(WHAT));
    }
    let deal = find_deal(&app, &rep, id).await?;
    let named = scope == Scope::Named;
    let edition = edition::of_digests(&digests(&app, &rep).await?, Some(&deal), &app.links, named);
    Ok(answer(&app, edition, format, &format!("/feeds/{address}/deals/{file}"), &headers).0)
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
    if !scope.includes(&Scope::Stage(stage)) {
        return Err(Error::NotFound(WHAT));
    }
    let path = format!("/feeds/{address}/stages/{file}");
    let made_of = made_of(&app, &rep);
    if let Some(told) = made_of.as_deref().and_then(|made_of| app.told.last(&path, made_of))
        && is_known(&headers, &told.etag, Some(told.changed_at))
    {
        return Ok((StatusCode::NOT_MODIFIED, about(format, &told.etag, told.changed_at)).into_response());
    }
    let edition = stage_edition(&app, &rep, stage).await?;
    let (response, etag, changed_at) = answer(&app, edition, format, &path, &headers);
    if let Some(made_of) = made_of {
        app.told.note(&path, Validator { made_of, etag, changed_at });
    }
    Ok(response)
}

/// Everything that the library of a stage is made of: what is known, what the rep may see, the names of the sources,
/// and the day, as what is old weighs less.
fn made_of(app: &App, rep: &Rep) -> Option<String> {
    let version = app.context.builder.version()?;
    let set = Arc::as_ptr(&app.context.builder.sources());
    let day = app.now().as_second() / 86_400;
    Some(format!("{version} {set:p} {day} {} {}", rep.role.as_str(), rep.team.as_deref().unwrap_or_default()))
}

/// The picks of the last weeks.
pub(super) async fn digest_edition(app: &App, rep: &Rep, names_deals: bool) -> Result<Edition> {
    Ok(edition::of_digests(&digests(app, rep).await?, None, &app.links, names_deals))
}

/// The best posts of a stage.
pub(super) async fn stage_edition(app: &App, rep: &Rep, stage: Stage) -> Result<Edition> {
    let posts = library_posts(app, rep, stage).await?;
    Ok(edition::of_posts(&posts, Shelf::Stage(stage), &sources(app, rep), &app.links))
}

/// What the rep saved.
pub(super) async fn saved_edition(app: &App, rep: &Rep) -> Result<Edition> {
    let acts = app.store().list_acts(&rep.email).await?;
    let posts = saved_posts(app, rep, &acts).await?;
    let mut edition = edition::of_posts(&posts, Shelf::Saved, &sources(app, rep), &app.links);
    let saved_at = acts.acts.last().map_or(Timestamp::UNIX_EPOCH, |(at, _)| *at);
    edition.changed_at = edition.changed_at.max(saved_at);
    Ok(edition)
}

async fn search_edition(app: &App, rep: &Rep, words: &str, stage: Option<Stage>) -> Result<Edition> {
    let mut posts: Vec<Post> = Vec::new();
    for page in 1..=SEARCH_PAGES {
        let hits = query_library(app, Query { stage, page, ..Query::new(reader(rep), words) }).await?;
        // What has only some of the words is shown to a person, and would be noise in a reader.
        let is_last = page >= hits.pages;
        if !hits.relaxed {
            posts.extend(found(app, rep, hits).await?.into_iter().map(|found| found.post));
        }
        if is_last {
            break;
        }
    }
    Ok(edition::of_posts(&posts, Shelf::Search(words), &sources(app, rep), &app.links))
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

/// The edition in its format, or 304 where the reader has it already (RFC 9110, section 13.1); and its validators.
fn answer(
    app: &App,
    mut edition: Edition,
    format: Format,
    path: &str,
    headers: &HeaderMap,
) -> (Response, String, Timestamp) {
    edition.self_url = Some(app.links.to(path));
    let changed_at = edition.changed_at;
    let body = edition::render(&edition, format);
    let etag = etag_of(body.as_bytes());
    let about = about(format, &etag, changed_at);
    let response = if is_known(headers, &etag, Some(changed_at)) {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, body).into_response()
    };
    (response, etag, changed_at)
}

fn about(format: Format, etag: &str, changed_at: Timestamp) -> [(header::HeaderName, String); 4] {
    [
        (header::ETAG, etag.to_owned()),
        (header::LAST_MODIFIED, http_date(changed_at)),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
        (header::CONTENT_TYPE, format.mime().to_owned()),
    ]
}

/// The frame with the rep's own feeds of this scope in it, where the rep has one that shows it.
pub(super) async fn with_feeds(app: &App, who: &SignedIn, frame: Frame, scope: &Scope) -> Result<Frame> {
    let tokens = app.store().list_tokens(&who.rep.email).await?;
    with_feeds_of(app, who, frame, scope, &tokens).await
}

/// The same where the rep's tokens are at hand.
pub(super) async fn with_feeds_of(
    app: &App,
    who: &SignedIn,
    frame: Frame,
    scope: &Scope,
    tokens: &[Token],
) -> Result<Frame> {
    let shows = |token: &&Token| match &token.purpose {
        TokenPurpose::Feed(shown) => is_live(token, who.now) && *shown != Scope::Named && shown.includes(scope),
        _ => false,
    };
    let Some(token) = tokens.iter().find(shows) else { return Ok(frame) };
    let place = format!("/feeds/{}/{}", app.feed_key().await?.address(&token.key), place_of(scope));
    let link = |format: Format| FeedLink {
        title: format!("{} ({})", frame.title, format.title()),
        path: format!("{place}.{}", format.extension()),
        mime: format.mime().split(';').next().unwrap_or_default(),
    };
    let feeds = Format::ALL.into_iter().map(link).collect();
    Ok(Frame { feeds, ..frame })
}
