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
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

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
    let owners = form.owners.split(',').map(str::to_owned).collect();
    let wanted = RepWanted { name: form.name, owners, role: form.role.into(), team: Some(form.team), zone: form.zone };
    let (rep, claimed) = save_rep(&app, &admin.0.rep, admin.0.now, &form.email, wanted).await?;
    show(&app, &admin, vec![format!("{} is saved; {claimed} more deals are theirs.", rep.name)]).await
}

/// A rep as an admin wants it: nothing of it is checked yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct RepWanted {
    /// The name shown to people.
    #[schema(min_length = 1, max_length = 100, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
    name: String,
    /// Names under which the CRM knows the rep as an owner of deals.
    #[serde(default)]
    #[schema(max_items = 20)]
    owners: Vec<String>,
    /// What the rep may do.
    #[serde(default)]
    role: RoleWanted,
    /// The team, where there are several.
    team: Option<String>,
    /// IANA zone.
    #[schema(schema_with = zone_schema)]
    zone: String,
}

/// The zones as a list of allowed words.
fn zone_schema() -> Object {
    let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(zones)).build()
}

/// What a rep may do.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RoleWanted {
    /// Sees what is theirs.
    #[default]
    Rep,
    /// Also sees the team's coverage.
    Manager,
    /// Also changes sources, reps, mappings and imports.
    Admin,
}

impl From<Role> for RoleWanted {
    fn from(role: Role) -> Self {
        match role {
            Role::Rep => Self::Rep,
            Role::Manager => Self::Manager,
            Role::Admin => Self::Admin,
        }
    }
}

/// Checks a rep as an admin wants it, saves it, and gives it the deals of the owners that it claims. Returns how many
/// these are.
pub(in crate::web) async fn save_rep(
    app: &Arc<App>,
    admin: &Rep,
    now: Timestamp,
    email: &str,
    wanted: RepWanted,
) -> Result<(Rep, usize)> {
    let email = address(email)?;
    let name = line(&wanted.name, "name", NAME_CHARS_MAX)?;
    if name.is_empty() {
        return Err(Error::Unusable("give the rep a name".to_owned()));
    }
    let zone = wanted.zone.trim().to_owned();
    if TimeZone::get(&zone).is_err() {
        return Err(Error::Unusable(format!("{zone:?} is not a time zone; write it like Europe/Berlin")));
    }
    let role = match wanted.role {
        RoleWanted::Rep => Role::Rep,
        RoleWanted::Manager => Role::Manager,
        RoleWanted::Admin => Role::Admin,
    };
    if email == admin.email && role != Role::Admin {
        return Err(Error::Conflict("another admin has to take your role from you".into()));
    }
    let owners = wanted.owners.iter().map(|owner| line(owner, "owner's name", NAME_CHARS_MAX));
    let mut owners = owners.collect::<Result<Vec<_>>>()?;
    owners.retain(|owner| !owner.is_empty());
    owners.truncate(OWNERS_MAX);
    let team = line(wanted.team.as_deref().unwrap_or_default(), "team", NAME_CHARS_MAX)?;
    let team = Some(team).filter(|team| !team.is_empty());
    let known = app.store().find_rep(&email).await?;
    let rep = Rep { name, owners, role, team, zone, ..known.unwrap_or_else(|| Rep::new(email, "")) };
    let claimed = app.context.desk.save_rep(&rep).await?;
    log(app, admin, now, format!("saved {} ({})", rep.email, rep.role.as_str())).await?;
    rebuild_all(app, now);
    Ok((rep, claimed))
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
    log(&app, &admin.0.rep, admin.0.now, format!("made a sign-in link for {email}")).await?;
    show(&app, &admin, vec![format!("For {}, once, within 15 minutes: {link}", rep.name)]).await
}

/// Removes a rep with everything that is theirs.
pub(in crate::web) async fn remove(
    State(app): State<Arc<App>>,
    admin: Admin,
    Form(form): Form<Named>,
) -> Result<Html<String>> {
    if form.sure != "yes" {
        return Err(Error::Unusable("tick the box to remove a rep with everything that is theirs".to_owned()));
    }
    let email = remove_rep(&app, &admin.0.rep, admin.0.now, &form.email).await?;
    show(&app, &admin, vec![format!("{email} is removed, with everything that was theirs.")]).await
}

/// Removes a rep with everything that is theirs.
pub(in crate::web) async fn remove_rep(app: &App, admin: &Rep, now: Timestamp, email: &str) -> Result<Email> {
    let email = address(email)?;
    if email == admin.email {
        return Err(Error::Conflict("another admin has to remove you".into()));
    }
    if !app.store().remove_rep(&email).await? {
        return Err(Error::NotFound("rep"));
    }
    log(app, admin, now, format!("removed {email} with everything that was theirs")).await?;
    Ok(email)
}

fn address(text: &str) -> Result<Email> {
    text.parse().map_err(|error| Error::Unusable(format!("{error}")))
}
