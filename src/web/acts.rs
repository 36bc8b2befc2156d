//! What a rep does to posts, sources, deals and stages. Each act replaces the earlier one on the same thing and can
//! be taken back.

use super::access::{find_deal, find_post, is_id};
use super::admin::log;
use super::context::App;
use super::digests::rebuild;
use super::error::{Error, Result};
use super::forms::{Back, line, local};
use super::session::SignedIn;
use crate::model::{Act, DealId, PostId, Role, SourceId, Stage, Verdict};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

/// Weeks that a rest may last.
const REST_WEEKS_MAX: i64 = 52;
/// Characters of a mentor's name.
const NAME_CHARS_MAX: usize = 200;
/// Characters of an act's key.
const KEY_CHARS_MAX: usize = 300;

/// The form of an act on a pick.
#[derive(Deserialize)]
pub(super) struct OnPick {
    deal: Option<String>,
    #[serde(flatten)]
    back: Back,
}

/// "Useful."
pub(super) async fn useful(
    app: State<Arc<App>>,
    who: SignedIn,
    id: Path<String>,
    form: Form<OnPick>,
) -> Result<Redirect> {
    vote(app, who, id, form, Verdict::Useful).await
}

/// "Not for me."
pub(super) async fn not_for_me(
    app: State<Arc<App>>,
    who: SignedIn,
    id: Path<String>,
    form: Form<OnPick>,
) -> Result<Redirect> {
    vote(app, who, id, form, Verdict::NotForMe).await
}

async fn vote(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<OnPick>,
    verdict: Verdict,
) -> Result<Redirect> {
    let post = find_post(&app, &who.rep, &id).await?;
    let deal = match form.deal.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => Some(find_deal(&app, &who.rep, id).await?.id),
        None => None,
    };
    save_act(&app, &who, Act::Vote { post: post.id, deal, verdict }).await?;
    Ok(form.back.redirect())
}

/// "Save."
pub(super) async fn save(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(back): Form<Back>,
) -> Result<Redirect> {
    let post = find_post(&app, &who.rep, &id).await?;
    save_act(&app, &who, Act::Save { post: post.id }).await?;
    Ok(back.redirect())
}

/// The form of "wrong stage".
#[derive(Deserialize)]
pub(super) struct Restage {
    stage: String,
    #[serde(flatten)]
    back: Back,
}

/// "Wrong stage: it belongs to ..."
pub(super) async fn restage(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Restage>,
) -> Result<Redirect> {
    let post = find_post(&app, &who.rep, &id).await?;
    let stage = form.stage.parse().map_err(|error| Error::Unusable(format!("{error}")))?;
    save_act(&app, &who, Act::Restage { post: post.id.clone(), stage }).await?;
    // A rep corrects what the rep sees; an admin corrects the post.
    if who.rep.role == Role::Admin {
        app.context.desk.give_stage(&post.id, Some(stage)).await?;
        log(&app, &who, format!("gave {:?} the stage {stage}", post.title)).await?;
    }
    Ok(form.back.redirect())
}

/// "No more from this source."
pub(super) async fn mute_source(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(back): Form<Back>,
) -> Result<Redirect> {
    if !is_id(&id) {
        return Err(Error::NotFound("source"));
    }
    save_act(&app, &who, Act::MuteSource { source: SourceId::new(id) }).await?;
    rebuild(&app, &who.rep, who.now).await?;
    Ok(back.redirect())
}

/// The form that mutes a mentor.
#[derive(Deserialize)]
pub(super) struct MuteMentor {
    mentor: String,
    #[serde(flatten)]
    back: Back,
}

/// "No more from this mentor."
pub(super) async fn mute_mentor(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Form(form): Form<MuteMentor>,
) -> Result<Redirect> {
    let mentor = line(&form.mentor, "mentor's name", NAME_CHARS_MAX)?;
    if mentor.is_empty() {
        return Err(Error::Unusable("name the mentor to mute".to_owned()));
    }
    save_act(&app, &who, Act::MuteMentor { mentor }).await?;
    rebuild(&app, &who.rep, who.now).await?;
    Ok(form.back.redirect())
}

/// The form that lets something rest.
#[derive(Deserialize)]
pub(super) struct Rest {
    weeks: i64,
    // Not flattened: a flattened form knows texts alone.
    #[serde(default)]
    back: String,
}

impl Rest {
    fn until(&self, now: Timestamp) -> Result<Timestamp> {
        if !(1..=REST_WEEKS_MAX).contains(&self.weeks) {
            return Err(Error::Unusable(format!("choose 1 to {REST_WEEKS_MAX} weeks")));
        }
        Ok(now.checked_add(SignedDuration::from_hours(self.weeks * 7 * 24)).unwrap_or(Timestamp::MAX))
    }
}

/// "No picks for this deal for so long."
pub(super) async fn snooze_deal(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Rest>,
) -> Result<Redirect> {
    let deal: DealId = find_deal(&app, &who.rep, &id).await?.id;
    save_act(&app, &who, Act::SnoozeDeal { deal, until: form.until(who.now)? }).await?;
    rebuild(&app, &who.rep, who.now).await?;
    Ok(Redirect::to(local(&form.back)))
}

/// "No picks of this stage for so long."
pub(super) async fn snooze_stage(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(stage): Path<String>,
    Form(form): Form<Rest>,
) -> Result<Redirect> {
    let stage: Stage = stage.parse().map_err(|_| Error::NotFound("stage"))?;
    save_act(&app, &who, Act::SnoozeStage { stage, until: form.until(who.now)? }).await?;
    rebuild(&app, &who.rep, who.now).await?;
    Ok(Redirect::to(local(&form.back)))
}

/// The form that takes an act back.
#[derive(Deserialize)]
pub(super) struct Undo {
    key: String,
    #[serde(flatten)]
    back: Back,
}

/// Takes an act of the rep's own back.
pub(super) async fn undo(State(app): State<Arc<App>>, who: SignedIn, Form(form): Form<Undo>) -> Result<Redirect> {
    let key = line(&form.key, "act", KEY_CHARS_MAX)?;
    app.store().undo_act(&who.rep.email, &key).await?;
    if let Some(post) = key.strip_prefix("restage:").filter(|_| who.rep.role == Role::Admin) {
        app.context.desk.give_stage(&PostId::new(post), None).await?;
    }
    if key.starts_with("mute-") || key.starts_with("snooze-") {
        rebuild(&app, &who.rep, who.now).await?;
    }
    Ok(form.back.redirect())
}

async fn save_act(app: &App, who: &SignedIn, act: Act) -> Result<()> {
    Ok(app.store().save_act(&who.rep.email, who.now, act).await?)
}
