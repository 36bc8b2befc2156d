//! What only an admin sees and changes: reps, deals, the stage mapping.

pub(super) mod deals;
pub(super) mod reps;
pub(super) mod stages;

use super::context::App;
use super::error::{Error, Result};
use super::session::SignedIn;
use crate::model::Role;
use crate::render::pages::{self, AdminPage};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Html;
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

/// The start of the admin's pages.
pub(super) async fn home(admin: Admin) -> Result<Html<String>> {
    Ok(admin.show(&AdminPage {
        heading: "Admin",
        places: &[
            ("/admin/deals", "Deals", "import a CSV export of your CRM, with a look at it first"),
            ("/admin/reps", "Reps", "who is served, what the CRM calls them, sign-in links"),
            ("/admin/stages", "Stage mapping", "what each stage of your CRM stands for, and why"),
            ("/sources", "Sources", "where is read, and how each one is"),
        ],
        ..AdminPage::default()
    }))
}
