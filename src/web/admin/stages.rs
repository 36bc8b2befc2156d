use super::super::context::App;
use super::super::error::{Error, Result};
use super::super::forms::lines;
use super::deals::{rebuild_all, weights};
use super::{Admin, log};
use crate::crm::stages::{self, StageMap};
use crate::desk::STAGE_MAP_SETTING;
use crate::model::DealState;
use crate::render::pages::{AdminForm, AdminPage, Table};
use axum::Form;
use axum::extract::State;
use axum::response::Html;
use serde::Deserialize;
use std::sync::Arc;

/// Characters of the team's own mapping.
const OWN_CHARS_MAX: usize = 100_000;

/// What each CRM stage stands for, and why.
pub(in crate::web) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    page(&app, &admin, Vec::new()).await
}

async fn page(app: &App, admin: &Admin, said: Vec<String>) -> Result<Html<String>> {
    let own = app.store().find_setting(STAGE_MAP_SETTING).await?.unwrap_or_default();
    let map = app.context.desk.stage_map().await?;
    let mut deals = app.store().list_deals(None).await?;
    deals.retain(|deal| deal.state == DealState::Open);
    let rows = stages::list(&map, &deals)
        .into_iter()
        .map(|line| {
            let stands_for = weights(&line.resolved.stages);
            let crm = line.crm.as_str().to_owned();
            vec![crm, line.label, line.deals.to_string(), stands_for, line.resolved.why]
        })
        .collect();
    Ok(admin.show(&AdminPage {
        heading: "Stage mapping",
        said,
        tables: vec![Table {
            name: "CRM stages of open deals",
            heads: &["CRM", "CRM stage", "Deals", "Stands for", "Why"],
            rows,
        }],
        form: AdminForm::Stages(&own),
        ..AdminPage::default()
    }))
}

/// The form of the team's own mapping.
#[derive(Deserialize)]
pub(in crate::web) struct Own {
    own: String,
}

/// Saves the team's own mapping, where it can be read, and maps every deal anew.
pub(in crate::web) async fn save(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Own>,
) -> Result<Html<String>> {
    let own = lines(&form.own, "mapping", OWN_CHARS_MAX)?;
    StageMap::shipped().with_own(&own).map_err(|error| Error::Unusable(error.to_string()))?;
    app.store().save_setting(STAGE_MAP_SETTING, own).await?;
    let changed = app.context.desk.remap_deals().await?;
    log(&app, &admin.0.rep, admin.0.now, format!("saved the stage mapping; {changed} deals stand for other stages"))
        .await?;
    rebuild_all(&app, admin.0.now);
    page(&app, &admin, vec![format!("Saved; {changed} deals stand for other stages now.")]).await
}
