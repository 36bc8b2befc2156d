//! The sample sites as real servers on loopback, one address each.

use super::content::{self, Serve, Site};
use super::feeds::Published;
use anyhow::Context;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts every sample site. Returns each with its base address.
pub(super) async fn start(
    now: Timestamp,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<Vec<(Site, String)>> {
    let mut started = Vec::new();
    for (position, site) in content::sites()?.into_iter().enumerate() {
        let listener = listen(position).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let published = Arc::new(Published { site: site.clone(), base: base.clone(), now });
        let stop = stop.clone();
        tasks.spawn(async move {
            let served = axum::serve(listener, router(published)).with_graceful_shutdown(stop.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::warn!("a sample site stopped: {error}");
            }
        });
        started.push((site, base));
    }
    Ok(started)
}

/// An address of its own for every site where the system has all of 127.0.0.0/8, so that each counts as a host of its
/// own; else a port of its own.
async fn listen(position: usize) -> anyhow::Result<TcpListener> {
    let own = SocketAddr::from((Ipv4Addr::new(127, 0, 1, (position + 1) as u8), 0));
    match TcpListener::bind(own).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a sample site finds no free port"),
    }
}

fn router(published: Arc<Published>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/feed", get(feed))
        .route("/posts/{slug}", get(post))
        .route("/posts/{slug}/feed", get(comment_feed))
        .route("/robots.txt", get(|| async { "User-agent: *\nAllow: /\n" }))
        .with_state(published)
}

type Shared = State<Arc<Published>>;

async fn home(State(published): Shared) -> Html<String> {
    Html(published.list_page(published.site.serve != Serve::Page))
}

async fn feed(State(published): Shared, headers: HeaderMap) -> Response {
    let (kind, body) = match published.site.serve {
        Serve::Rss | Serve::Podcast => ("application/rss+xml; charset=utf-8", published.rss(false)),
        Serve::Wordpress => ("application/rss+xml; charset=utf-8", published.rss(true)),
        Serve::Atom => ("application/atom+xml; charset=utf-8", published.atom()),
        Serve::Jsonfeed => ("application/feed+json", published.json_feed()),
        Serve::Page => return StatusCode::NOT_FOUND.into_response(),
    };
    conditional(kind, body, &headers)
}

async fn post(State(published): Shared, Path(slug): Path<String>) -> Response {
    match published.find(&slug) {
        Some((position, post)) => Html(published.post_page(position, post)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn comment_feed(State(published): Shared, Path(slug): Path<String>, headers: HeaderMap) -> Response {
    match published.find(&slug) {
        Some((_, post)) if published.site.serve == Serve::Wordpress => {
            conditional("application/rss+xml; charset=utf-8", published.comment_feed(post), &headers)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// 304 where the asker has this very body already.
fn conditional(kind: &'static str, body: String, headers: &HeaderMap) -> Response {
    let hash: String = Sha256::digest(body.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{hash}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // Hexadecimal digits in quotes always fit a header.
    let tag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\""));
    if known == Some(etag.as_str()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::ETAG, tag)], body).into_response()
}
