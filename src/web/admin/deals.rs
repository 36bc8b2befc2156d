use super::super::context::App;
use super::super::digests::rebuild;
use super::super::error::{Error, Result};
use super::super::forms::line;
use super::{Admin, log};
use crate::crm::csv::{self, Companions, CsvOptions, DateOrder};
use crate::crm::{Import, stages};
use crate::model::{Crm, Deal, Email, StageWeight};
use crate::render::pages::{AdminForm, AdminPage, Table};
use axum::Form;
use axum::extract::{Multipart, State};
use axum::response::Html;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of an upload; with base64 and form encoding around it the confirmation is larger by a half.
pub(in crate::web) const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of the confirmation that carries the file again.
pub(in crate::web) const CONFIRM_BYTES_MAX: usize = UPLOAD_BYTES_MAX * 3 / 2;
/// Characters of an owner's name.
const OWNER_CHARS_MAX: usize = 254;
/// Deals that the preview shows.
const DEALS_SHOWN: usize = 8;
/// Complaints that the preview shows before the rest is counted.
const COMPLAINTS_SHOWN: usize = 20;

/// A file with what was chosen for reading it.
#[derive(Default, Deserialize)]
pub(in crate::web) struct Upload {
    /// In base64.
    file: String,
    #[serde(default)]
    crm: String,
    #[serde(default)]
    dates: String,
}

/// The page that asks for a file.
pub(in crate::web) async fn choose(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    ask(&app, &admin, Vec::new()).await
}

async fn ask(app: &App, admin: &Admin, said: Vec<String>) -> Result<Html<String>> {
    let unclaimed = app.context.desk.unclaimed_owners().await?;
    let reps = app.store().list_reps().await?;
    Ok(admin.show(&AdminPage {
        heading: "Import deals",
        lead: "You see what is in the file before anything changes. Contacts’ addresses and numbers are not kept.",
        said,
        form: AdminForm::Upload { unclaimed: &unclaimed, reps: &reps },
        ..AdminPage::default()
    }))
}

/// The form that gives an owner's deals to a rep.
#[derive(Deserialize)]
pub(in crate::web) struct Claim {
    owner: String,
    rep: Email,
}

/// Keeps a name of the CRM with a rep, who gets the deals that nobody claimed under it.
pub(in crate::web) async fn claim(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Claim>,
) -> Result<Html<String>> {
    let owner = line(&form.owner, "owner", OWNER_CHARS_MAX)?;
    let mut rep = app.find_rep(&form.rep).await?.ok_or(Error::NotFound("rep"))?;
    if !owner.is_empty() && !rep.owns(&owner) {
        rep.owners.push(owner.clone());
    }
    let claimed = app.context.desk.save_rep(&rep).await?;
    log(&app, &admin.0.rep, admin.0.now, format!("gave {claimed} deals of {owner} to {}", rep.email)).await?;
    rebuild_all(&app, admin.0.now);
    ask(&app, &admin, vec![format!("{claimed} deals of {owner} belong to {} now.", rep.name)]).await
}

/// Shows what is in a file; changes nothing.
pub(in crate::web) async fn preview(
    State(app): State<Arc<App>>,
    admin: Admin,
    mut fields: Multipart,
) -> Result<Html<String>> {
    let unreadable = |_| Error::Unusable("the upload cannot be read, or it is larger than 10 MB".to_owned());
    let mut upload = Upload::default();
    while let Some(field) = fields.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "file" => upload.file = STANDARD.encode(field.bytes().await.map_err(unreadable)?),
            "crm" => upload.crm = field.text().await.map_err(unreadable)?,
            "dates" => upload.dates = field.text().await.map_err(unreadable)?,
            _ => {}
        }
    }
    let import = read(&app, &admin, &upload).await?;
    let reps = app.store().list_reps().await?;
    let owners: BTreeSet<&str> = import.deals.iter().map(|deal| deal.owner.trim()).collect();
    let nobody_s: Vec<_> =
        owners.into_iter().filter(|owner| !owner.is_empty() && !reps.iter().any(|rep| rep.owns(owner))).collect();
    let mut troubles: Vec<String> = import.complaints.iter().take(COMPLAINTS_SHOWN).map(ToString::to_string).collect();
    if import.complaints.len() > COMPLAINTS_SHOWN {
        troubles.push(format!("… and {} more.", import.complaints.len() - COMPLAINTS_SHOWN));
    }
    if !nobody_s.is_empty() {
        troubles.push(format!("No rep claims the deals of {}. Add these names to a rep.", nobody_s.join(", ")));
    }
    let mut said = vec![format!("{}: {} rows, {} deals.", import.crm.as_str(), import.rows, import.deals.len())];
    said.extend(import.notes.iter().cloned());
    Ok(admin.show(&AdminPage {
        heading: "Import these deals?",
        lead: "Nothing has changed yet.",
        said,
        troubles,
        tables: tables(&app, &import).await?,
        form: AdminForm::Confirm { file: &upload.file, crm: &upload.crm, dates: &upload.dates },
        ..AdminPage::default()
    }))
}

async fn tables(app: &App, import: &Import) -> Result<Vec<Table>> {
    let map = app.context.desk.stage_map().await?;
    let columns = import
        .columns
        .iter()
        .map(|(header, field)| vec![header.clone(), field.unwrap_or("not read").to_owned()])
        .collect();
    let stages = stages::list(&map, &import.deals)
        .into_iter()
        .map(|line| {
            let why = match line.proposal {
                Some((label, stages)) => {
                    format!("{}; like “{label}”, which is {}", line.resolved.why, weights(&stages))
                }
                None => line.resolved.why,
            };
            vec![line.label, line.deals.to_string(), weights(&line.resolved.stages), why]
        })
        .collect();
    let deals = import.deals.iter().take(DEALS_SHOWN).map(deal_row).collect();
    Ok(vec![
        Table { name: "First deals", heads: &["Deal", "CRM stage", "Owner", "Closes"], rows: deals },
        Table { name: "Stages", heads: &["CRM stage", "Deals", "Stands for", "Why"], rows: stages },
        Table { name: "Columns", heads: &["Column", "Read as"], rows: columns },
    ])
}

fn deal_row(deal: &Deal) -> Vec<String> {
    let close = deal.close_on.map(|day| day.to_string()).unwrap_or_default();
    vec![deal.name.clone(), deal.stage_label.clone(), deal.owner.clone(), close]
}

/// "closing, negotiation (0.6)", or "nothing yet".
pub(super) fn weights(stages: &[StageWeight]) -> String {
    if stages.is_empty() {
        return "nothing yet".to_owned();
    }
    let words = stages.iter().map(|stage| match stage.weight {
        1.0.. => stage.stage.to_string(),
        weight => format!("{} ({weight})", stage.stage),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Imports the file that was shown.
pub(in crate::web) async fn import(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(upload): Form<Upload>,
) -> Result<Html<String>> {
    let import = read(&app, &admin, &upload).await?;
    let imported = app.context.desk.import_deals(import).await?;
    log(&app, &admin.0.rep, admin.0.now, format!("imported deals: {}", imported.summary)).await?;
    let mut troubles = Vec::new();
    if !imported.unclaimed.is_empty() {
        troubles.push(format!("No rep claims the deals of {}.", imported.unclaimed.join(", ")));
    }
    rebuild_all(&app, admin.0.now);
    Ok(admin.show(&AdminPage {
        heading: "Imported",
        lead: "The digests are being built anew.",
        said: vec![format!("{}.", imported.summary)],
        troubles,
        ..AdminPage::default()
    }))
}

/// Builds everybody's digest anew beside the request.
pub(in crate::web) fn rebuild_all(app: &Arc<App>, now: jiff::Timestamp) {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let reps = match app.store().list_reps().await {
            Ok(reps) => reps,
            Err(error) => return tracing::error!(cause = %error, "digests could not be built anew"),
        };
        for rep in reps {
            if let Err(error) = rebuild(&app, &rep, now).await {
                tracing::error!(cause = %error, "a digest could not be built anew");
            }
        }
    });
}

async fn read(app: &App, admin: &Admin, upload: &Upload) -> Result<Import> {
    let unusable = |text: &str| Error::Unusable(text.to_owned());
    let bytes =
        STANDARD.decode(&upload.file).map_err(|_| unusable("the file did not come back whole; upload it again"))?;
    let crm = Crm::ALL.into_iter().find(|crm| crm.as_str() == upload.crm);
    let dates = match upload.dates.as_str() {
        "dmy" => Some(DateOrder::Dmy),
        "mdy" => Some(DateOrder::Mdy),
        _ => None,
    };
    let (map, now) = (app.context.desk.stage_map().await?, admin.0.now);
    let read = tokio::task::spawn_blocking(move || {
        csv::read(&bytes, &CsvOptions { crm, dates, now, map: &map, companions: &Companions::default() })
    });
    let read = read.await.map_err(|_| unusable("the file cannot be read"))?;
    read.map_err(|error| Error::Unusable(error.to_string()))
}
