//! What only an admin sees and changes: reps, deals, the stage mapping.

pub(super) mod corrections;
pub(super) mod deals;
pub(super) mod mail;
pub(super) mod reps;
pub(super) mod sources;
pub(super) mod stages;

pub(super) use deals::rebuild_all;

use super::context::App;
use super::error::{Error, Result};
use super::session::SignedIn;
use crate::model::{AdminAct, Rep, Role};
use crate::render::pages::{self, AdminPage, Table};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Html;
use jiff::Timestamp;
use std::sync::Arc;

/// The admin who is signed in.
pub(super) struct Admin(pub(super) SignedIn);

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> std::result::Result<Self, Error> {
        let who = SignedIn::from_request_parts(parts, app).await?;
        if who.rep.role == Role::Admin { Ok(Self(who)) } else { Err(Error::Forbidden) }
    }
}

impl Admin {
    fn show(&self, page: &AdminPage<'_>) -> Html<String> {
        Html(pages::admin(self.0.frame(page.heading, "/admin"), page))
    }
}

/// Lines of the log on its page.
const LOG_LINES_MAX: usize = 200;

/// Notes in the log that everybody who is an admin can read what this admin changed for others.
pub(in crate::web) async fn log(app: &App, admin: &Rep, now: Timestamp, what: String) -> Result<()> {
    // What it was names people and deals, which belong in no log of the machine; `/admin/log` shows it to admins.
    tracing::info!(admin = admin.email.log_id(), "an admin changed something");
    Ok(app.store().log_admin_act(now, &admin.email, what).await?)
}

/// What admins did, newest first.
pub(in crate::web) async fn log_page(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    let acts = app.store().list_admin_acts(LOG_LINES_MAX).await?;
    let calendar = &admin.0.calendar;
    let row = |act: AdminAct| vec![calendar.moment(act.at), act.by.to_string(), act.what];
    Ok(admin.show(&AdminPage {
        heading: "Log",
        lead: if acts.is_empty() { "Nothing yet." } else { "What admins changed, newest first." },
        tables: vec![Table {
            name: "Acts",
            heads: &["When", "Who", "What"],
            rows: acts.into_iter().map(row).collect(),
        }],
        ..AdminPage::default()
    }))
}

/// The start of the admin's pages.
pub(super) async fn home(admin: Admin) -> Result<Html<String>> {
    Ok(admin.show(&AdminPage {
        heading: "Admin",
        places: &[
            ("/admin/deals", "Deals", "import a CSV export of your CRM, with a look at it first"),
            ("/admin/reps", "Reps", "who is served, what the CRM calls them, sign-in links"),
            ("/admin/stages", "Stage mapping", "what each stage of your CRM stands for, and why"),
            ("/admin/mail", "Mail", "a test mail, and what your domain says about its mail in DNS"),
            ("/admin/sources", "Sources", "where is read: add, change, pause, check now"),
            ("/admin/corrections", "Stage corrections", "what people said against the tagger, by source"),
            ("/team", "Teams", "coverage of each team, and whether its commitments are open to its managers"),
            ("/admin/log", "Log", "what admins changed, and when"),
        ],
        ..AdminPage::default()
    }))
}
