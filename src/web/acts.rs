//! What a rep does to posts, sources, deals and stages. Each act replaces the earlier one on the same thing and can
//! be taken back. Pages, links in mails and the API all come through `perform`.

use super::access::{find_deal, find_post, is_id};
use super::admin::log;
use super::api::shown::stage_schema;
use super::context::App;
use super::digests::rebuild;
use super::error::{Error, Result};
use super::forms::{Back, line, local};
use super::session::SignedIn;
use crate::model::{Act, PostId, Rep, Role, SourceId, Stage, Verdict};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;
use utoipa::ToSchema;

/// Weeks that a rest may last.
const REST_WEEKS_MAX: i64 = 52;
/// Characters of a mentor's name.
const NAME_CHARS_MAX: usize = 200;
/// Characters of an act's key.
const KEY_CHARS_MAX: usize = 300;

/// What a rep wants to do, as it was asked for: nothing of it is checked yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(super) enum Wish {
    /// "Useful."
    Useful {
        /// The post's id.
        post: String,
        /// The deal it was shown for, where there was one.
        deal: Option<String>,
    },
    /// "Not for me."
    NotForMe {
        /// The post's id.
        post: String,
        /// The deal it was shown for, where there was one.
        deal: Option<String>,
    },
    /// Kept for later.
    Save {
        /// The post's id.
        post: String,
    },
    /// "Wrong stage: it belongs to ..."
    Restage {
        /// The post's id.
        post: String,
        /// The right stage.
        #[schema(schema_with = stage_schema)]
        stage: String,
    },
    /// "No more from this source."
    MuteSource {
        /// The source's id.
        source: String,
    },
    /// "No more from this mentor."
    MuteMentor {
        /// The mentor's name.
        #[schema(min_length = 1, max_length = 200, pattern = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]")]
        mentor: String,
    },
    /// "No picks for this deal for so long."
    SnoozeDeal {
        /// The deal's id.
        deal: String,
        /// Weeks of rest.
        #[schema(minimum = 1, maximum = 52)]
        #[serde(deserialize_with = "whole")]
        weeks: i64,
    },
    /// "No picks of this stage for so long."
    SnoozeStage {
        /// The stage.
        #[schema(schema_with = stage_schema)]
        stage: String,
        /// Weeks of rest.
        #[schema(minimum = 1, maximum = 52)]
        #[serde(deserialize_with = "whole")]
        weeks: i64,
    },
}

/// A whole number, however JSON writes it: 4 and 4.0 are the same there.
fn whole<'de, D: Deserializer<'de>>(reader: D) -> std::result::Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(reader)?;
    // Beyond this a float does not hold every whole number.
    let rounded = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    let whole = number.as_i64().or_else(|| number.as_f64().and_then(rounded));
    whole.ok_or_else(|| serde::de::Error::custom("this is not a whole number"))
}

/// Checks what a rep wants to do, does it, and says what was done.
pub(super) async fn perform(app: &App, rep: &Rep, now: Timestamp, wish: Wish) -> Result<Act> {
    let act = checked(app, rep, now, wish).await?;
    app.store().save_act(&rep.email, now, act.clone()).await?;
    // A rep corrects what the rep sees; an admin corrects the post.
    if let (Act::Restage { post, stage }, Role::Admin) = (&act, rep.role) {
        let title = find_post(app, rep, post.as_str()).await?.title;
        app.context.desk.give_stage(post, Some(*stage)).await?;
        log(app, rep, now, format!("gave {title:?} the stage {stage}")).await?;
    }
    if changes_picks(&act.key()) {
        rebuild(app, rep, now).await?;
    }
    Ok(act)
}

/// Takes an act of the rep's own back; that it was not there is no error.
pub(super) async fn take_back(app: &App, rep: &Rep, now: Timestamp, key: &str) -> Result<()> {
    let key = line(key, "act", KEY_CHARS_MAX)?;
    app.store().undo_act(&rep.email, &key).await?;
    if let Some(post) = key.strip_prefix("restage:").filter(|_| rep.role == Role::Admin) {
        app.context.desk.give_stage(&PostId::new(post), None).await?;
    }
    if changes_picks(&key) {
        rebuild(app, rep, now).await?;
    }
    Ok(())
}

/// Whether an act changes the picks of this week, not only later ones.
fn changes_picks(key: &str) -> bool {
    key.starts_with("mute-") || key.starts_with("snooze-")
}

async fn checked(app: &App, rep: &Rep, now: Timestamp, wish: Wish) -> Result<Act> {
    Ok(match wish {
        Wish::Useful { post, deal } => vote(app, rep, &post, deal.as_deref(), Verdict::Useful).await?,
        Wish::NotForMe { post, deal } => vote(app, rep, &post, deal.as_deref(), Verdict::NotForMe).await?,
        Wish::Save { post } => Act::Save { post: find_post(app, rep, &post).await?.id },
        Wish::Restage { post, stage } => {
            let post = find_post(app, rep, &post).await?.id;
            let stage = stage.parse().map_err(|error| Error::Unusable(format!("{error}")))?;
            Act::Restage { post, stage }
        }
        Wish::MuteSource { source } if is_id(&source) => Act::MuteSource { source: SourceId::new(source) },
        Wish::MuteSource { .. } => return Err(Error::NotFound("source")),
        Wish::MuteMentor { mentor } => {
            let mentor = line(&mentor, "mentor's name", NAME_CHARS_MAX)?;
            if mentor.is_empty() {
                return Err(Error::Unusable("name the mentor to mute".to_owned()));
            }
            Act::MuteMentor { mentor }
        }
        Wish::SnoozeDeal { deal, weeks } => {
            Act::SnoozeDeal { deal: find_deal(app, rep, &deal).await?.id, until: rests_until(weeks, now)? }
        }
        Wish::SnoozeStage { stage, weeks } => {
            let stage: Stage = stage.parse().map_err(|_| Error::NotFound("stage"))?;
            Act::SnoozeStage { stage, until: rests_until(weeks, now)? }
        }
    })
}

async fn vote(app: &App, rep: &Rep, post: &str, deal: Option<&str>, verdict: Verdict) -> Result<Act> {
    let post = find_post(app, rep, post).await?.id;
    let deal = match deal.filter(|id| !id.is_empty()) {
        Some(id) => Some(find_deal(app, rep, id).await?.id),
        None => None,
    };
    Ok(Act::Vote { post, deal, verdict })
}

fn rests_until(weeks: i64, now: Timestamp) -> Result<Timestamp> {
    if !(1..=REST_WEEKS_MAX).contains(&weeks) {
        return Err(Error::Unusable(format!("choose 1 to {REST_WEEKS_MAX} weeks")));
    }
    Ok(now.checked_add(SignedDuration::from_hours(weeks * 7 * 24)).unwrap_or(Timestamp::MAX))
}

/// The form of an act on a pick.
#[derive(Deserialize)]
pub(super) struct OnPick {
    deal: Option<String>,
    #[serde(flatten)]
    back: Back,
}

/// "Useful."
pub(super) async fn useful(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(post): Path<String>,
    Form(form): Form<OnPick>,
) -> Result<Redirect> {
    done(&app, &who, Wish::Useful { post, deal: form.deal }, form.back).await
}

/// "Not for me."
pub(super) async fn not_for_me(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(post): Path<String>,
    Form(form): Form<OnPick>,
) -> Result<Redirect> {
    done(&app, &who, Wish::NotForMe { post, deal: form.deal }, form.back).await
}

async fn done(app: &App, who: &SignedIn, wish: Wish, back: Back) -> Result<Redirect> {
    perform(app, &who.rep, who.now, wish).await?;
    Ok(back.redirect())
}

/// "Save."
pub(super) async fn save(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(post): Path<String>,
    Form(back): Form<Back>,
) -> Result<Redirect> {
    done(&app, &who, Wish::Save { post }, back).await
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
    Path(post): Path<String>,
    Form(form): Form<Restage>,
) -> Result<Redirect> {
    done(&app, &who, Wish::Restage { post, stage: form.stage }, form.back).await
}

/// "No more from this source."
pub(super) async fn mute_source(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(source): Path<String>,
    Form(back): Form<Back>,
) -> Result<Redirect> {
    done(&app, &who, Wish::MuteSource { source }, back).await
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
    done(&app, &who, Wish::MuteMentor { mentor: form.mentor }, form.back).await
}

/// The form that lets something rest.
#[derive(Deserialize)]
pub(super) struct Rest {
    weeks: i64,
    // Not flattened: a flattened form knows texts alone.
    #[serde(default)]
    back: String,
}

/// "No picks for this deal for so long."
pub(super) async fn snooze_deal(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(deal): Path<String>,
    Form(form): Form<Rest>,
) -> Result<Redirect> {
    perform(&app, &who.rep, who.now, Wish::SnoozeDeal { deal, weeks: form.weeks }).await?;
    Ok(Redirect::to(local(&form.back)))
}

/// "No picks of this stage for so long."
pub(super) async fn snooze_stage(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(stage): Path<String>,
    Form(form): Form<Rest>,
) -> Result<Redirect> {
    perform(&app, &who.rep, who.now, Wish::SnoozeStage { stage, weeks: form.weeks }).await?;
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
    take_back(&app, &who.rep, who.now, &form.key).await?;
    Ok(form.back.redirect())
}
