//! What a manager sees of the team: coverage, the play of the week, and commitments where the team opted in.

use super::access::{find_post, may_see};
use super::admin::{Admin, log, rebuild_all};
use super::context::App;
use super::error::{Error, Result};
use super::forms::{Back, line, lines};
use super::session::SignedIn;
use crate::model::{Commitment, Deal, DealState, Email, Play, Post, Rep, Role};
use crate::render::pages::{self, TeamPage, TeamPromise};
use axum::Form;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::response::{Html, Redirect};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Characters of the note on a play.
const NOTE_CHARS_MAX: usize = 500;
/// Characters of a team's name.
const TEAM_CHARS_MAX: usize = 100;

/// A manager, or an admin, who is signed in.
pub(super) struct Manager(SignedIn);

impl FromRequestParts<Arc<App>> for Manager {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> std::result::Result<Self, Error> {
        let who = SignedIn::from_request_parts(parts, app).await?;
        if who.rep.role >= Role::Manager { Ok(Self(who)) } else { Err(Error::ManagersOnly) }
    }
}

/// Which team an admin looks at.
#[derive(Default, Deserialize)]
pub(super) struct Of {
    team: Option<String>,
}

/// The team that is looked at: a manager's own; an admin may name another.
fn team_of(who: &SignedIn, asked: Option<String>) -> Result<Option<String>> {
    match asked {
        Some(name) if who.rep.role == Role::Admin => {
            Ok(Some(line(&name, "team's name", TEAM_CHARS_MAX)?).filter(|name| !name.is_empty()))
        }
        _ => Ok(who.rep.team.clone()),
    }
}

/// The page of a team.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Manager(who): Manager,
    Query(of): Query<Of>,
) -> Result<Html<String>> {
    let team = team_of(&who, of.team)?;
    let settings = app.store().find_team(team.as_deref()).await?;
    let all = app.store().list_reps().await?;
    let teams: BTreeSet<Option<String>> = all.iter().map(|rep| rep.team.clone()).collect();
    let reps: Vec<Rep> = all.into_iter().filter(|rep| rep.team == team).collect();
    let play = match settings.play.as_ref().filter(|play| play.stands(who.now)) {
        Some(play) => find_play(&app, &who.rep, play).await?,
        None => None,
    };
    let promises = if settings.shares_commitments { promises(&app, &reps).await? } else { Vec::new() };
    let shown: Vec<TeamPromise<'_>> =
        promises.iter().map(|(rep, commitment)| TeamPromise { rep_name: &rep.name, commitment }).collect();
    let page = TeamPage {
        team: team.as_deref(),
        teams: &if who.rep.role == Role::Admin { teams.into_iter().collect() } else { Vec::new() },
        reps: reps.len(),
        coverage: &app.context.builder.coverage(team.as_deref()),
        deals: &open_deals(&app, &reps).await?,
        play: play.as_ref().zip(settings.play.as_ref()),
        shares_commitments: settings.shares_commitments,
        promises: &shown,
        admin: who.rep.role == Role::Admin,
        calendar: &who.calendar,
    };
    Ok(Html(pages::team(who.frame("Team", "/team"), &page)))
}

async fn find_play(app: &App, rep: &Rep, play: &Play) -> Result<Option<Post>> {
    let found = app.store().find_posts(std::slice::from_ref(&play.post)).await?;
    Ok(found.into_iter().next().filter(|post| may_see(rep, &post.audience)))
}

/// The open deals of these reps.
async fn open_deals(app: &App, reps: &[Rep]) -> Result<Vec<Deal>> {
    let mut deals = Vec::new();
    for rep in reps {
        let theirs = app.store().list_deals(Some(&rep.email)).await?;
        deals.extend(theirs.into_iter().filter(|deal| deal.state == DealState::Open));
    }
    Ok(deals)
}

/// The commitments of these reps, each with its rep, the next due first.
async fn promises<'a>(app: &App, reps: &'a [Rep]) -> Result<Vec<(&'a Rep, Commitment)>> {
    let by_address: HashMap<&Email, &Rep> = reps.iter().map(|rep| (&rep.email, rep)).collect();
    let mut all = Vec::new();
    for rep in by_address.values() {
        let theirs = app.store().list_commitments(&rep.email).await?;
        all.extend(theirs.into_iter().map(|commitment| (*rep, commitment)));
    }
    all.sort_by(|(_, a), (_, b)| (a.due_on, &a.id).cmp(&(b.due_on, &b.id)));
    Ok(all)
}

/// The form that pins a play.
#[derive(Deserialize)]
pub(super) struct Pin {
    #[serde(default)]
    note: String,
}

/// Pins a post as the play of the week of the manager's own team.
pub(super) async fn pin(
    State(app): State<Arc<App>>,
    Manager(who): Manager,
    Path(id): Path<String>,
    Form(form): Form<Pin>,
) -> Result<Redirect> {
    let post = find_post(&app, &who.rep, &id).await?;
    let team = who.rep.team.as_deref();
    if !post.audience.includes(team) {
        return Err(Error::Unusable("your team may not see this post, so it cannot be its play".to_owned()));
    }
    let play = Play {
        post: post.id,
        note: lines(&form.note, "note", NOTE_CHARS_MAX)?,
        by: who.rep.email.clone(),
        by_name: who.rep.name.clone(),
        pinned_at: who.now,
    };
    change(&app, team, |settings| settings.play = Some(play)).await?;
    rebuild_all(&app, who.now);
    Ok(Redirect::to("/team"))
}

/// Takes the play of the manager's own team away.
pub(super) async fn unpin(
    State(app): State<Arc<App>>,
    Manager(who): Manager,
    Form(back): Form<Back>,
) -> Result<Redirect> {
    change(&app, who.rep.team.as_deref(), |settings| settings.play = None).await?;
    rebuild_all(&app, who.now);
    Ok(back.redirect())
}

/// The form that opts a team in or out.
#[derive(Deserialize)]
pub(super) struct Share {
    #[serde(default)]
    team: String,
    share: String,
}

/// Opens a team's commitments to its managers, or closes them. An admin does that, never the manager who would look.
pub(super) async fn share(State(app): State<Arc<App>>, Admin(who): Admin, Form(form): Form<Share>) -> Result<Redirect> {
    let name = line(&form.team, "team's name", TEAM_CHARS_MAX)?;
    let team = Some(name.as_str()).filter(|name| !name.is_empty());
    let shares = form.share == "yes";
    change(&app, team, |settings| settings.shares_commitments = shares).await?;
    let (verb, whose) = (if shares { "opened" } else { "closed" }, team.unwrap_or("the reps without a team"));
    log(&app, &who.rep, who.now, format!("{verb} the commitments of {whose} to its managers")).await?;
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("team", &name).finish();
    Ok(Redirect::to(&format!("/team?{query}#commitments")))
}

async fn change(app: &App, team: Option<&str>, how: impl FnOnce(&mut crate::model::TeamSettings)) -> Result<()> {
    let mut settings = app.store().find_team(team).await?;
    how(&mut settings);
    Ok(app.store().save_team(team, &settings).await?)
}
