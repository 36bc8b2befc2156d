use super::context::{App, Context};
use super::{
    acts, admin, answers, api, commitments, deals, digests, error, export, feeds, files, finds, greader, headers,
    health, hooks, mcp, measure, next_mail, notes, openid, passwords, playbook, posts, search, settings, sign_in,
    sources, team, websub,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{from_fn, from_fn_with_state, map_request};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// Bytes of a form.
const FORM_BYTES_MAX: usize = 256 * 1024;
/// Time for one request; no page waits for the network, so this is generous.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Routes of one room; the state comes last.
type Rooms = Router<Arc<App>>;

/// Every route of the pages and feeds.
pub fn router(context: Context) -> Router {
    let app = Arc::new(App::new(context));
    let rooms = [reading(), acts(), kept(), admins(), settings(), signing_in(), feeds(), machines()];
    rooms
        .into_iter()
        .fold(Router::new(), Router::merge)
        .merge(api::router(&app))
        .merge(mcp::router(&app))
        .merge(greader::router(&app))
        .fallback(|| async { axum::http::StatusCode::NOT_FOUND })
        // The last layer is the outermost one.
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(error::dress))
        .layer(CompressionLayer::new())
        .layer(map_request(headers::prefer_gzip))
        .layer(from_fn_with_state(Arc::clone(&app), headers::secure))
        .layer(from_fn_with_state(Arc::clone(&app), measure::count))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(app)
}

/// What a rep reads.
fn reading() -> Rooms {
    Router::new()
        .route("/", get(digests::this_week))
        .route("/digest/{week}", get(digests::of_week))
        .route("/deals", get(deals::list))
        .route("/deals/{id}", get(deals::one))
        .route("/posts/{id}", get(posts::one))
        .route("/search", get(search::show))
        .route("/stages", get(posts::stages))
        .route("/stages/{stage}", get(posts::library))
        .route("/saved", get(posts::saved))
        .route("/finds", get(finds::ask).post(finds::take))
        .route("/sources", get(sources::list))
}

/// What a rep says of what they read, signed in or by a link in a mail.
fn acts() -> Rooms {
    Router::new()
        .route("/deals/{id}/snooze", post(acts::snooze_deal))
        .route("/posts/{id}/useful", post(acts::useful))
        .route("/posts/{id}/not-for-me", post(acts::not_for_me))
        .route("/posts/{id}/save", post(acts::save))
        .route("/posts/{id}/stage", post(acts::restage))
        .route("/act/{link}", get(answers::show).post(answers::act))
        .route("/u/{link}", get(answers::show).post(answers::act))
        .route("/stages/{stage}/snooze", post(acts::snooze_stage))
        .route("/sources/{id}/mute", post(acts::mute_source))
        .route("/mentors/mute", post(acts::mute_mentor))
        .route("/acts/undo", post(acts::undo))
}

/// What comes of reading: promises, notes, playbook pages, and what a team shares.
fn kept() -> Rooms {
    Router::new()
        .route("/posts/{id}/commit", post(commitments::make))
        .route("/posts/{id}/notes", post(notes::add))
        .route("/posts/{id}/notes/{note}/remove", post(notes::remove))
        .route("/posts/{id}/playbook", post(playbook::save))
        .route("/commitments", get(commitments::list))
        .route("/commitments.csv", get(commitments::csv))
        .route("/commitments/{id}", post(commitments::answer))
        .route("/team", get(team::show))
        .route("/team/play/remove", post(team::unpin))
        .route("/team/commitments", post(team::share))
        .route("/posts/{id}/play", post(team::pin))
}

/// What admins see and do.
fn admins() -> Rooms {
    Router::new()
        .route("/admin", get(admin::home))
        .route("/admin/log", get(admin::log_page))
        .route("/admin/deals", get(admin::deals::choose))
        .route(
            "/admin/deals/preview",
            post(admin::deals::preview).layer(DefaultBodyLimit::max(admin::deals::UPLOAD_BYTES_MAX)),
        )
        .route(
            "/admin/deals/import",
            post(admin::deals::import).layer(DefaultBodyLimit::max(admin::deals::CONFIRM_BYTES_MAX)),
        )
        .route("/admin/deals/claim", post(admin::deals::claim))
        .route("/admin/reps", get(admin::reps::list).post(admin::reps::save))
        .route("/admin/reps/link", post(admin::reps::link))
        .route("/admin/reps/remove", post(admin::reps::remove))
        .route("/admin/mail", get(admin::mail::show).post(admin::mail::ask))
        .route("/admin/stages", get(admin::stages::show).post(admin::stages::save))
        .route("/admin/sources", get(admin::sources::list))
        .route("/admin/sources/find", post(admin::sources::find))
        .route("/admin/sources/add", post(admin::sources::add))
        .route("/admin/sources/forget", post(admin::sources::forget))
        .route("/admin/sources/{id}", get(admin::sources::edit).post(admin::sources::save))
        .route("/admin/sources/{id}/check", post(admin::sources::check))
        .route("/admin/sources/{id}/pause", post(admin::sources::pause))
        .route("/admin/sources/{id}/remove", post(admin::sources::remove))
        .route("/admin/new-source", get(admin::sources::begin).post(admin::sources::write))
        .route("/admin/corrections", get(admin::corrections::show))
        .route("/admin/corrections.jsonl", get(admin::corrections::lines))
        .route("/admin/stages/row", post(admin::stages::save_row))
}

/// What a rep sets for themselves.
fn settings() -> Rooms {
    Router::new()
        .route("/settings", get(settings::show))
        .route("/settings/mail", post(settings::save_mail))
        .route("/settings/mail/ask", post(settings::ask_mail))
        .route("/settings/mail/next", get(next_mail::show))
        .route("/settings/mail/next.html", get(next_mail::html))
        .route("/settings/feeds", post(settings::make_feed))
        .route("/settings/feeds/{id}/replace", post(settings::replace_feed))
        .route("/settings/feeds/{id}/remove", post(settings::remove_feed))
        .route("/settings/password", post(passwords::change))
        .route("/settings/sessions/{id}/end", post(settings::end_session))
        .route("/settings/export.json", get(export::download))
        .route("/settings/webhooks", post(hooks::make))
        .route("/settings/webhooks/{id}/remove", post(hooks::take_away))
        .route("/settings/tokens", post(settings::make_token))
        .route("/settings/tokens/{id}/revoke", post(settings::revoke_token))
        .route("/settings/sessions/end-others", post(settings::end_other_sessions))
}

/// The ways in and out.
fn signing_in() -> Rooms {
    Router::new()
        .route("/sign-in", get(sign_in::ask).post(sign_in::take))
        .route("/sign-in/openid", get(openid::begin))
        .route(openid::BACK, get(openid::finish))
        .route("/sign-in/{token}", get(sign_in::show_link).post(sign_in::use_link))
        .route("/sign-out", post(sign_in::sign_out))
}

/// What feed readers, hubs and programs ask for; their own rooms are merged in `router`.
fn feeds() -> Rooms {
    Router::new()
        .route("/feeds/{token}/{file}", get(feeds::whole))
        .route("/feeds/{token}/deals/{file}", get(feeds::deal))
        .route("/feeds/{token}/stages/{file}", get(feeds::stage))
        .route(
            "/websub/{callback}",
            get(websub::verify).post(websub::push).layer(DefaultBodyLimit::max(websub::PUSH_BYTES_MAX)),
        )
        .route("/api", get(api::page))
        .route("/api/openapi.json", get(api::show))
}

/// What browsers and whoever runs the service ask for.
fn machines() -> Rooms {
    Router::new()
        .route("/assets/{*path}", get(files::asset))
        .route("/manifest.webmanifest", get(files::manifest))
        .route("/worker.js", get(files::worker))
        .route("/robots.txt", get(files::robots))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(measure::show))
}

/// Names the route, never the address itself: addresses hold the secrets of feeds and sign-in links.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, request_id = id)
}
