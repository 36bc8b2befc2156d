//! Reader sync: the interface that Google Reader had and that feed readers still speak (FreshRSS, Miniflux and others
//! offer it), over the rep's digest, the library of the stages and what they saved. Reading marks and stars are kept;
//! subscriptions are the rep's stages and cannot be changed from a reader.
//!
//! A reader signs in with the rep's address and a token of the API as the password; its answers carry that token on. To
//! mark and to star, the token needs the scope `write`.

mod atom;
mod items;
mod marks;
mod shown;

use super::acts::{Wish, perform, take_back};
use super::address::Caller;
use super::api::guard::admit;
use super::api_tokens::{Asker, asker};
use super::context::App;
use super::error::{Error, Result};
use crate::model::{Act, ApiScope};
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use items::{Entry, Stream, entries, number_in};
use serde_json::{Value, json};
use shown::{item_shown, subscriptions, tags};
use std::collections::HashSet;
use std::sync::Arc;

/// Items of one answer.
const ITEMS_MAX: usize = 1_000;
/// Items of one answer where nothing else is asked.
const ITEMS: usize = 20;
/// Items that one request names.
const NAMED_MAX: usize = 1_000;
const READ: &str = "user/-/state/com.google/read";
const STARRED: &str = "user/-/state/com.google/starred";

/// The routes below `/greader`.
pub(super) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let with_token = Router::new()
        .route("/greader/reader/api/0/token", get(token))
        .route("/greader/reader/api/0/user-info", get(user_info))
        .route("/greader/reader/api/0/subscription/list", get(subscription_list))
        .route("/greader/reader/api/0/tag/list", get(tag_list))
        .route("/greader/reader/api/0/unread-count", get(unread_count))
        .route("/greader/reader/api/0/stream/contents", get(reading_list))
        .route("/greader/reader/api/0/stream/contents/{*stream}", get(contents))
        .route("/greader/reader/atom/{*stream}", get(as_atom))
        .route("/greader/reader/api/0/stream/items/ids", get(ids))
        .route("/greader/reader/api/0/stream/items/contents", get(named).post(named))
        .route("/greader/reader/api/0/edit-tag", post(edit_tag))
        .route("/greader/reader/api/0/mark-all-as-read", post(mark_all))
        .layer(from_fn_with_state(Arc::clone(app), admit));
    Router::new().route("/greader/accounts/ClientLogin", get(sign_in).post(sign_in)).merge(with_token)
}

/// The fields of a query or form, in their order; a name may come several times.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(text: &[u8]) -> Self {
        Self(
            url::form_urlencoded::parse(text)
                .take(NAMED_MAX * 2)
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

type Parameters = Query<Vec<(String, String)>>;

/// `ClientLogin`: the rep's address and a token; the token is what later requests carry.
async fn sign_in(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Query(query): Parameters,
    body: Bytes,
) -> Result<Response> {
    if !app.limits().may_try(&caller).await? {
        return Err(Error::TooMany);
    }
    let mut fields = Fields::read(&body);
    fields.0.extend(query);
    let secret = fields.get("Passwd").unwrap_or_default();
    let who = asker(&app, secret).await?;
    let named = fields.get("Email").unwrap_or_default().trim().to_lowercase();
    if named != who.rep.email.as_str() {
        return Err(Error::BadToken);
    }
    let text = format!("SID={secret}\nLSID=none\nAuth={secret}\n");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response())
}

/// Readers send this along when they write. Here the token does what it was for, so any will do.
async fn token(Extension(asker): Extension<Asker>) -> String {
    super::api_tokens::api_token_id(&asker.token).to_owned()
}

async fn user_info(Extension(asker): Extension<Asker>) -> Json<Value> {
    let id = super::api_tokens::api_token_id(&asker.token);
    Json(json!({
        "userId": id, "userProfileId": id, "userName": asker.rep.name, "userEmail": asker.rep.email,
    }))
}

async fn subscription_list(State(app): State<Arc<App>>, Extension(_): Extension<Asker>) -> Json<Value> {
    Json(json!({ "subscriptions": subscriptions(&app.links) }))
}

async fn tag_list(Extension(_): Extension<Asker>) -> Json<Value> {
    Json(json!({ "tags": tags() }))
}

async fn unread_count(State(app): State<Arc<App>>, Extension(asker): Extension<Asker>) -> Result<Json<Value>> {
    let read = marks::read_by(&app, &asker).await?;
    let mut counts = Vec::new();
    for stream in Stream::subscribed() {
        let entries = entries(&app, &asker.rep, &stream).await?;
        let unread: Vec<&Entry> = entries.iter().filter(|entry| !read.contains(&entry.number)).collect();
        let newest = unread.iter().map(|entry| entry.item.published_at.as_microsecond()).max().unwrap_or_default();
        counts.push(json!({ "id": stream.id(), "count": unread.len(), "newestItemTimestampUsec": newest.to_string() }));
    }
    Ok(Json(json!({ "max": ITEMS_MAX, "unreadcounts": counts })))
}

/// Which part of a stream is asked for.
struct Part {
    entries: Vec<Entry>,
    read: HashSet<u64>,
    next: Option<usize>,
}

async fn part(app: &App, asker: &Asker, stream: &Stream, asked: &Fields) -> Result<Part> {
    let read = marks::read_by(app, asker).await?;
    let mut all = entries(app, &asker.rep, stream).await?;
    let second = |name: &str| asked.get(name).and_then(|value| value.parse::<i64>().ok());
    let (after, before) = (second("ot"), second("nt"));
    let without = |tag: &str| asked.all("xt").any(|excluded| excluded == tag || excluded.ends_with(&tag[7..]));
    let only_read = *stream == Stream::Read;
    all.retain(|entry| {
        let at = entry.item.published_at.as_second();
        after.is_none_or(|after| at >= after)
            && before.is_none_or(|before| at < before)
            && !(without(READ) && read.contains(&entry.number))
            && !(without(STARRED) && entry.starred)
            && (!only_read || read.contains(&entry.number))
    });
    if asked.get("r") == Some("o") {
        all.reverse();
    }
    let count = asked.get("n").and_then(|n| n.parse().ok()).unwrap_or(ITEMS).clamp(1, ITEMS_MAX);
    let from = asked.get("c").and_then(|c| c.parse::<usize>().ok()).unwrap_or_default();
    let next = from.saturating_add(count);
    let next = (next < all.len()).then_some(next);
    Ok(Part { entries: all.into_iter().skip(from).take(count).collect(), read, next })
}

async fn reading_list(state: State<Arc<App>>, asker: Extension<Asker>, query: Parameters) -> Result<Json<Value>> {
    contents(state, asker, Path(Stream::All.id()), query).await
}

async fn contents(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    Path(stream): Path<String>,
    Query(query): Parameters,
) -> Result<Json<Value>> {
    let stream = Stream::of(&stream).ok_or(Error::NotFound("stream"))?;
    let part = part(&app, &asker, &stream, &Fields(query)).await?;
    let items: Vec<Value> =
        part.entries.iter().map(|entry| item_shown(entry, part.read.contains(&entry.number), &app.links)).collect();
    let answer = json!({
        "direction": "ltr",
        "id": stream.id(),
        "title": stream.title(),
        "updated": part.entries.iter().map(|entry| entry.item.published_at.as_second()).max().unwrap_or_default(),
        "items": items,
    });
    Ok(Json(continued(answer, part.next)))
}

/// An answer with the way to the rest of it, where there is a rest.
fn continued(mut answer: Value, next: Option<usize>) -> Value {
    if let Some(next) = next {
        answer["continuation"] = json!(next.to_string());
    }
    answer
}

/// The same as Atom.
async fn as_atom(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    Path(stream): Path<String>,
    Query(query): Parameters,
) -> Result<Response> {
    let stream = Stream::of(&stream).ok_or(Error::NotFound("stream"))?;
    let part = part(&app, &asker, &stream, &Fields(query)).await?;
    let text = atom::document(stream, &part.entries, &part.read, &app.links);
    Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], text).into_response())
}

async fn ids(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    Query(query): Parameters,
) -> Result<Json<Value>> {
    let asked = Fields(query);
    let stream = Stream::of(asked.get("s").unwrap_or_default()).ok_or(Error::NotFound("stream"))?;
    let part = part(&app, &asker, &stream, &asked).await?;
    let refs: Vec<Value> = part
        .entries
        .iter()
        .map(|entry| {
            let at = entry.item.published_at.as_microsecond().to_string();
            json!({ "id": entry.number.to_string(), "directStreamIds": [entry.stream.id()], "timestampUsec": at })
        })
        .collect();
    let answer = json!({ "itemRefs": refs });
    Ok(Json(continued(answer, part.next)))
}

/// The items that a query or form names by `i`.
async fn named(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    Query(query): Parameters,
    body: Bytes,
) -> Result<Json<Value>> {
    let mut asked = Fields::read(&body);
    asked.0.extend(query);
    let wanted: HashSet<u64> = asked.all("i").filter_map(number_in).collect();
    let read = marks::read_by(&app, &asker).await?;
    let all = entries(&app, &asker.rep, &Stream::All).await?;
    let items: Vec<Value> = all
        .iter()
        .filter(|entry| wanted.contains(&entry.number))
        .map(|entry| item_shown(entry, read.contains(&entry.number), &app.links))
        .collect();
    Ok(Json(json!({ "id": Stream::All.id(), "items": items })))
}

fn may_write(asker: &Asker) -> Result<()> {
    if asker.scope < ApiScope::Write { Err(Error::Scope(ApiScope::Write.as_str())) } else { Ok(()) }
}

/// Marks items as read or starred, or takes that back. Other tags are passed over, as readers send many.
async fn edit_tag(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    body: Bytes,
) -> Result<&'static str> {
    may_write(&asker)?;
    let asked = Fields::read(&body);
    let numbers: Vec<u64> = asked.all("i").filter_map(number_in).collect();
    let is = |wanted: &str, tag: &str| tag == wanted || (tag.starts_with("user/") && tag.ends_with(&wanted[7..]));
    for (name, adds) in [("a", true), ("r", false)] {
        for tag in asked.all(name) {
            if is(READ, tag) {
                marks::mark(&app, &asker, &numbers, adds).await?;
            } else if is(STARRED, tag) {
                star(&app, &asker, &numbers, adds).await?;
            }
        }
    }
    Ok("OK")
}

/// A star is what the pages call saved: one code path.
async fn star(app: &App, asker: &Asker, numbers: &[u64], adds: bool) -> Result<()> {
    let all = entries(app, &asker.rep, &Stream::All).await?;
    for entry in all.iter().filter(|entry| numbers.contains(&entry.number)) {
        let post = entry.item.post_id.clone();
        if adds {
            perform(app, &asker.rep, asker.now, Wish::Save { post: post.to_string() }).await?;
        } else {
            take_back(app, &asker.rep, asker.now, &Act::Save { post }.key()).await?;
        }
    }
    Ok(())
}

async fn mark_all(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    body: Bytes,
) -> Result<&'static str> {
    may_write(&asker)?;
    let asked = Fields::read(&body);
    let stream = Stream::of(asked.get("s").unwrap_or_default()).ok_or(Error::NotFound("stream"))?;
    // Only what the reader had seen by then, in microseconds.
    let until = asked.get("ts").and_then(|ts| ts.parse::<i64>().ok());
    let all = entries(&app, &asker.rep, &stream).await?;
    let seen = all.iter().filter(|entry| until.is_none_or(|until| entry.item.published_at.as_microsecond() <= until));
    let numbers: Vec<u64> = seen.map(|entry| entry.number).collect();
    marks::mark(&app, &asker, &numbers, true).await?;
    Ok("OK")
}
