use super::super::context::App;
use super::super::error::{Error, Result};
use super::super::forms::line;
use super::super::tokens::{LINK_TTL, sign_in_link};
use super::deals::rebuild_all;
use super::{Admin, log};
use crate::model::{Email, Rep, Role};
use crate::render::pages::{AdminForm, AdminPage};
use axum::Form;
use axum::extract::State;
use axum::response::Html;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a name, alias or team.
const NAME_CHARS_MAX: usize = 100;
/// Names that the CRM may have for one rep.
const OWNERS_MAX: usize = 20;

/// The reps.
pub(in crate::web) async fn list(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    show(&app, &admin, Vec::new()).await
}

async fn show(app: &App, admin: &Admin, said: Vec<String>) -> Result<Html<String>> {
    let reps = app.store().list_reps().await?;
    Ok(admin.show(&AdminPage { heading: "Reps", said, form: AdminForm::Reps(&reps), ..AdminPage::default() }))
}

/// The form of a rep.
#[derive(Deserialize)]
pub(in crate::web) struct Save {
    email: String,
    name: String,
    #[serde(default)]
    owners: String,
    role: Role,
    #[serde(default)]
    team: String,
    zone: String,
}

/// Adds a rep, or changes one, and gives them the deals of the owners that they now claim.
pub(in crate::web) async fn save(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Save>,
) -> Result<Html<String>> {
    let email = address(&form.email)?;
    let name = line(&form.name, "name", NAME_CHARS_MAX)?;
    if name.is_empty() {
        return Err(Error::Unusable("give the rep a name".to_owned()));
    }
    let zone = form.zone.trim().to_owned();
    if TimeZone::get(&zone).is_err() {
        return Err(Error::Unusable(format!("{zone:?} is not a time zone; write it like Europe/Berlin")));
    }
    if email == admin.0.rep.email && form.role != Role::Admin {
        return Err(Error::Unusable("another admin has to take your role from you".to_owned()));
    }
    let owners = form.owners.split(',').map(|owner| line(owner, "owner's name", NAME_CHARS_MAX));
    let mut owners = owners.collect::<Result<Vec<_>>>()?;
    owners.retain(|owner| !owner.is_empty());
    owners.truncate(OWNERS_MAX);
    let team = Some(line(&form.team, "team", NAME_CHARS_MAX)?).filter(|team| !team.is_empty());
    let known = app.store().find_rep(&email).await?;
    let rep = Rep { name, owners, role: form.role, team, zone, ..known.unwrap_or_else(|| Rep::new(email, "")) };
    let claimed = app.context.desk.save_rep(&rep).await?;
    log(&app, &admin.0, format!("saved {} ({})", rep.email, rep.role.as_str())).await?;
    rebuild_all(&app, admin.0.now);
    show(&app, &admin, vec![format!("{} is saved; {claimed} more deals are theirs.", rep.name)]).await
}

/// The form that names a rep.
#[derive(Deserialize)]
pub(in crate::web) struct Named {
    email: String,
    #[serde(default)]
    sure: String,
}

/// Makes a one-time sign-in link and shows it this once.
pub(in crate::web) async fn link(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Named>,
) -> Result<Html<String>> {
    let email = address(&form.email)?;
    let rep = app.find_rep(&email).await?.ok_or(Error::NotFound("rep"))?;
    let link = sign_in_link(app.store(), &app.context.public_url, &email, admin.0.now, LINK_TTL).await?;
    log(&app, &admin.0, format!("made a sign-in link for {email}")).await?;
    show(&app, &admin, vec![format!("For {}, once, within 15 minutes: {link}", rep.name)]).await
}

/// Removes a rep with everything that is theirs.
pub(in crate::web) async fn remove(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Named>,
) -> Result<Html<String>> {
    let email = address(&form.email)?;
    if email == admin.0.rep.email {
        return Err(Error::Unusable("another admin has to remove you".to_owned()));
    }
    if form.sure != "yes" {
        return Err(Error::Unusable("tick the box to remove a rep with everything that is theirs".to_owned()));
    }
    if !app.store().remove_rep(&email).await? {
        return Err(Error::NotFound("rep"));
    }
    log(&app, &admin.0, format!("removed {email} with everything that was theirs")).await?;
    show(&app, &admin, vec![format!("{email} is removed, with everything that was theirs.")]).await
}

fn address(text: &str) -> Result<Email> {
    text.parse().map_err(|error| Error::Unusable(format!("{error}")))
}
