use super::super::context::App;
use super::super::error::{Error, Result};
use super::super::forms::{line, lines};
use super::deals::{rebuild_all, weights};
use super::{Admin, log};
use crate::crm::stages::{self, How, OwnRow, StageLine, with_row};
use crate::desk::STAGE_MAP_SETTING;
use crate::model::{Crm, DealState, Stage, StageWeight};
use crate::render::pages::{AdminForm, AdminPage, StageRow};
use axum::Form;
use axum::extract::State;
use axum::response::Html;
use serde::Deserialize;
use std::sync::Arc;

/// Characters of the team's own mapping.
const OWN_CHARS_MAX: usize = 100_000;
/// Characters of a stage's or pipeline's name.
const NAME_CHARS_MAX: usize = 500;
/// What a second stage counts beside the first.
const SECOND_WEIGHT: f32 = 0.5;

/// What each CRM stage stands for, and why.
pub(in crate::web) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    page(&app, &admin, Vec::new()).await
}

async fn page(app: &App, admin: &Admin, said: Vec<String>) -> Result<Html<String>> {
    let own = app.store().find_setting(STAGE_MAP_SETTING).await?.unwrap_or_default();
    let map = app.context.desk.stage_map().await?;
    let mut deals = app.store().list_deals(None).await?;
    deals.retain(|deal| deal.state == DealState::Open);
    let mut rows: Vec<StageRow> = stages::list(&map, &deals).into_iter().map(row).collect();
    // What nothing is known about needs a person first.
    rows.sort_by_key(|row| !row.unmapped);
    let unmapped = rows.iter().filter(|row| row.unmapped).count();
    let troubles = match unmapped {
        0 => Vec::new(),
        1 => vec!["Nothing says what one CRM stage means; its deals get general picks until you say.".to_owned()],
        many => vec![format!("Nothing says what {many} CRM stages mean; their deals get general picks until you say.")],
    };
    Ok(admin.show(&AdminPage {
        heading: "Stage mapping",
        lead: "What each stage of your CRM stands for. Change a row and save it; your word goes before every rule.",
        said,
        troubles,
        form: AdminForm::Stages { own: &own, rows: &rows },
        ..AdminPage::default()
    }))
}

fn row(line: StageLine) -> StageRow {
    let proposed = line.proposal.as_ref().map_or(&[][..], |(_, stages)| stages);
    let shown = if line.resolved.stages.is_empty() { proposed } else { &line.resolved.stages };
    StageRow {
        crm: line.crm.as_str(),
        first: shown.first().map(|weight| weight.stage),
        second: shown.get(1).map(|weight| weight.stage),
        stands_for: weights(&line.resolved.stages),
        why: line.resolved.why,
        own: line.resolved.how == How::Own,
        unmapped: line.resolved.stages.is_empty(),
        proposal: line.proposal.map(|(label, stages)| format!("like “{label}”, which is {}", weights(&stages))),
        pipeline: line.pipeline.unwrap_or_default(),
        label: line.label,
        deals: line.deals,
    }
}

/// The form of one CRM stage.
#[derive(Deserialize)]
pub(in crate::web) struct Changed {
    crm: String,
    #[serde(default)]
    pipeline: String,
    stage: String,
    /// Empty takes the team's own row out.
    #[serde(default)]
    first: String,
    #[serde(default)]
    second: String,
}

/// Saves what one CRM stage stands for, and maps every deal anew.
pub(in crate::web) async fn save_row(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Changed>,
) -> Result<Html<String>> {
    let stage = |text: &str| match text {
        "" => Ok(None),
        text => match text.parse::<Stage>().ok().filter(|stage| Stage::OF_A_DEAL.contains(stage)) {
            Some(stage) => Ok(Some(stage)),
            None => Err(Error::Unusable("choose one of the stages".to_owned())),
        },
    };
    let crm = Crm::ALL.into_iter().find(|crm| crm.as_str() == form.crm);
    let crm = crm.ok_or_else(|| Error::Unusable("the CRM is not known; open the page again".to_owned()))?;
    let pipeline = line(&form.pipeline, "pipeline", NAME_CHARS_MAX)?;
    let (first, second) = (stage(&form.first)?, stage(&form.second)?);
    let second = second.filter(|second| Some(*second) != first && first.is_some());
    let weigh = |stage: Option<Stage>, weight| stage.map(|stage| StageWeight { stage, weight });
    let row = OwnRow {
        crm: Some(crm),
        pipeline: Some(pipeline).filter(|pipeline| !pipeline.is_empty()),
        stage: line(&form.stage, "stage", NAME_CHARS_MAX)?,
        stages: [weigh(first, 1.0), weigh(second, SECOND_WEIGHT)].into_iter().flatten().collect(),
    };
    let own = app.store().find_setting(STAGE_MAP_SETTING).await?.unwrap_or_default();
    let own = with_row(&own, &row).map_err(|error| Error::Unusable(error.to_string()))?;
    replace(&app, &admin, &own).await
}

/// The form of the team's own mapping.
#[derive(Deserialize)]
pub(in crate::web) struct Own {
    own: String,
}

/// Saves the team's own mapping as a whole, where it can be read, and maps every deal anew.
pub(in crate::web) async fn save(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Own>,
) -> Result<Html<String>> {
    replace(&app, &admin, &lines(&form.own, "mapping", OWN_CHARS_MAX)?).await
}

async fn replace(app: &Arc<App>, admin: &Admin, own: &str) -> Result<Html<String>> {
    let changed = app.context.desk.replace_stage_map(own).await?;
    let changed = changed.map_err(|error| Error::Unusable(error.to_string()))?;
    log(app, &admin.0.rep, admin.0.now, format!("saved the stage mapping; {changed} deals stand for other stages"))
        .await?;
    rebuild_all(app, admin.0.now);
    page(app, admin, vec![format!("Saved; {changed} deals stand for other stages now.")]).await
}
