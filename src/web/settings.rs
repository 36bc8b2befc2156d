use super::access::{find_deal, sources};
use super::api_tokens::{TOKENS_MAX, api_token_id, list_api_tokens, make_api_token, revoke_api_token};
use super::context::App;
use super::error::{Error, Result};
use super::feed_tokens::{FeedKey, feed_token, place_of};
use super::forms::line;
use super::hooks::secret_of;
use super::passwords;
use super::session::SignedIn;
use crate::mail::schedule;
use crate::model::{ApiScope, AskedMail, MailAsk, MailSettings, Rep, Role, Scope, Stage, Token, TokenPurpose};
use crate::render::pages::{self, FeedShown, HookShown, SessionShown, SettingsPage, TokenShown};
use crate::store::Record;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Characters of a feed's name.
const NAME_CHARS_MAX: usize = 60;
/// Days without mail that a rep may name.
const HOLIDAYS_MAX: usize = 60;
/// Days that a token lasts where it has an end.
const TOKEN_DAYS_MAX: i64 = 3_650;
/// Characters of a saved search.
const WORDS_CHARS_MAX: usize = 200;
/// Feeds that a rep may have.
const FEEDS_MAX: usize = 30;

/// Says on the page what the last act did.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    saved: String,
}

/// The settings page.
pub(super) async fn show(State(app): State<Arc<App>>, who: SignedIn, Query(said): Query<Said>) -> Result<Html<String>> {
    page(&app, &who, &said.saved, None).await
}

async fn page(app: &App, who: &SignedIn, said: &str, secret: Option<&str>) -> Result<Html<String>> {
    let tokens = app.store().list_tokens(&who.rep.email).await?;
    let key = app.feed_key().await?;
    let acts = app.store().list_acts(&who.rep.email).await?;
    let deals = app.store().list_deals(Some(&who.rep.email)).await?;
    let deal_names: Vec<_> = deals.into_iter().map(|deal| (deal.id, deal.name)).collect();
    let feeds: Vec<FeedShown> = tokens.iter().filter_map(|token| feed_shown(app, key, token)).collect();
    let sessions: Vec<SessionShown> = tokens
        .iter()
        .filter(|token| token.purpose == TokenPurpose::Session && super::tokens::is_live(token, who.now))
        .map(|token| SessionShown {
            id: session_id(token).to_owned(),
            name: token.name.clone(),
            here: token.key == who.session,
            used_at: token.used_at,
        })
        .collect();
    let programs = list_api_tokens(app.store(), &who.rep.email).await?;
    let programs: Vec<TokenShown> = programs.iter().map(|(token, scope)| token_shown(token, *scope)).collect();
    let hooks = hooks_shown(app, who).await?;
    let saved = match said {
        "mail" => "Saved.",
        "asked" => "Your mail is on its way; what came of it stands below in a moment.",
        "feed" => "Here is your new feed.",
        "replaced" => "The old address does not open anything any more.",
        "hook" => "It is told from now on.",
        "unhooked" => "Nothing is sent there any more.",
        "revoked" => "That token does not open anything any more.",
        "sessions" => "You are signed out everywhere else.",
        "session" => "That browser is signed out.",
        "password" => "Your password is set, and you are signed out everywhere else.",
        "no-password" => "You have no password any more.",
        _ => "",
    };
    let asked = app.store().find_mail_ask(&who.rep.email, AskedMail::Weekly).await?.is_some();
    let answer = app.store().find_mail_answer(&who.rep.email, AskedMail::Weekly).await?;
    let page = SettingsPage {
        rep: &who.rep,
        mail_on: app.context.mailer.is_some(),
        next_mail_at: schedule::next(&who.rep, who.now).map(|(_, at)| at),
        mail_asked: asked,
        mail_answer: answer.as_ref(),
        feeds: &feeds,
        tokens: &programs,
        secret,
        hooks: &hooks,
        sessions: &sessions,
        acts: &acts,
        deal_names: &deal_names,
        sources: &sources(app, &who.rep),
        saved,
        has_password: passwords::has(app, &who.rep.email).await?,
        calendar: &who.calendar,
    };
    Ok(Html(pages::settings(who.frame("Settings", ""), &page)))
}

async fn hooks_shown(app: &App, who: &SignedIn) -> Result<Vec<HookShown>> {
    let mut shown = Vec::new();
    for hook in app.store().list_webhooks(Some(&who.rep.email)).await? {
        shown.push(HookShown {
            secret: secret_of(app, &hook).await?,
            id: hook.id,
            name: hook.name,
            tells: hook.tells,
            taken_at: hook.taken_at,
            stopped_because: hook.stopped_because,
        });
    }
    Ok(shown)
}

fn token_shown(token: &Token, scope: ApiScope) -> TokenShown {
    TokenShown {
        id: api_token_id(token).to_owned(),
        name: token.name.clone(),
        scope: scope.as_str(),
        expires_at: token.expires_at,
        used_at: token.used_at,
    }
}

fn feed_shown(app: &App, key: &FeedKey, token: &Token) -> Option<FeedShown> {
    let TokenPurpose::Feed(scope) = &token.purpose else { return None };
    let place = place_of(scope);
    let path = format!("/feeds/{}/{place}", key.address(&token.key));
    Some(FeedShown {
        id: token.key.clone(),
        name: token.name.clone(),
        address: app.links.to(&format!("{path}.rss")),
        path,
        used_at: token.used_at,
    })
}

/// The form of the weekly mail.
#[derive(Deserialize)]
pub(super) struct Mail {
    enabled: Option<String>,
    weekday: String,
    at: String,
    zone: String,
    #[serde(default)]
    away_from: String,
    #[serde(default)]
    away_to: String,
    #[serde(default)]
    holidays: String,
    names_deals: Option<String>,
}

/// Saves day, time and zone of the weekly mail.
pub(super) async fn save_mail(State(app): State<Arc<App>>, who: SignedIn, Form(form): Form<Mail>) -> Result<Redirect> {
    let weekday = weekday(&form.weekday).ok_or_else(|| Error::Unusable("choose a weekday".to_owned()))?;
    let at: Time = format!("{}:00", form.at.trim().get(..5).unwrap_or_default())
        .parse()
        .map_err(|_| Error::Unusable("write the time like 07:30".to_owned()))?;
    let zone = form.zone.trim().to_owned();
    if TimeZone::get(&zone).is_err() {
        return Err(Error::Unusable(format!("{zone:?} is not a time zone; write it like Europe/Berlin")));
    }
    let enabled = form.enabled.is_some();
    let mail = MailSettings {
        enabled,
        weekday,
        at,
        away: away(&form.away_from, &form.away_to, who.calendar.today())?,
        holidays: holidays(&form.holidays)?,
        subject_names_deals: form.names_deals.is_some(),
        stopped_because: who.rep.mail.stopped_because.clone().filter(|_| !enabled),
    };
    app.store().save(Record::Rep(Rep { zone, mail, ..who.rep })).await?;
    Ok(Redirect::to("/settings?saved=mail"))
}

/// Takes down that the rep wants this week's mail now; the mail job sends it.
pub(super) async fn ask_mail(State(app): State<Arc<App>>, who: SignedIn) -> Result<Redirect> {
    if app.context.mailer.is_none() {
        return Err(Error::Unusable("mail is not set up here; ask your admin".to_owned()));
    }
    let ask = MailAsk { rep: who.rep.email, what: AskedMail::Weekly, asked_at: who.now };
    app.store().ask_mail(&ask).await?;
    app.context.mail_asked.notify_one();
    Ok(Redirect::to("/settings?saved=asked#mail"))
}

fn weekday(name: &str) -> Option<Weekday> {
    let days = (0..7).map(|offset: i8| Weekday::Monday.wrapping_add(offset));
    days.into_iter().find(|day| crate::render::words::weekday(*day).eq_ignore_ascii_case(name))
}

fn day(text: &str) -> Result<Date> {
    text.parse().map_err(|_| Error::Unusable(format!("{text:?} is not a day; write days like 2026-12-24")))
}

/// Single days, in order, however they are separated.
fn holidays(text: &str) -> Result<Vec<Date>> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
    let days: BTreeSet<Date> = words.map(day).collect::<Result<_>>()?;
    if days.len() > HOLIDAYS_MAX {
        return Err(Error::Unusable(format!(
            "those are more than {HOLIDAYS_MAX} days; name fewer, or give a time away"
        )));
    }
    Ok(days.into_iter().collect())
}

/// The first and last day away; without a first day it begins today.
fn away(from: &str, to: &str, today: Date) -> Result<Option<(Date, Date)>> {
    match (from.trim(), to.trim()) {
        ("", "") => Ok(None),
        (_, "") => Err(Error::Unusable("give the last day away too".to_owned())),
        (from, to) => {
            let (from, to) = (if from.is_empty() { today } else { day(from)? }, day(to)?);
            if to < from {
                return Err(Error::Unusable("the last day away comes before the first".to_owned()));
            }
            Ok(Some((from, to)))
        }
    }
}

/// The form of a new feed.
#[derive(Deserialize)]
pub(super) struct NewFeed {
    name: String,
    scope: String,
    #[serde(default)]
    words: String,
}

/// Makes a feed.
pub(super) async fn make_feed(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Form(form): Form<NewFeed>,
) -> Result<Redirect> {
    let name = line(&form.name, "name", NAME_CHARS_MAX)?;
    if name.is_empty() {
        return Err(Error::Unusable("give the feed a name, for example the program that reads it".to_owned()));
    }
    let tokens = app.store().list_tokens(&who.rep.email).await?;
    if tokens.iter().filter(|token| matches!(token.purpose, TokenPurpose::Feed(_))).count() >= FEEDS_MAX {
        return Err(Error::Unusable(format!("you have {FEEDS_MAX} feeds already; remove one first")));
    }
    let scope = scope_of(&app, &who, &form).await?;
    app.store().save_token(feed_token(&who.rep.email, &name, scope, who.now)).await?;
    Ok(Redirect::to("/settings?saved=feed#feeds"))
}

/// What a new feed shows, as its form says.
async fn scope_of(app: &App, who: &SignedIn, form: &NewFeed) -> Result<Scope> {
    let unusable = |text: &str| Error::Unusable(text.to_owned());
    let (what, which) = form.scope.split_once(':').unwrap_or((form.scope.as_str(), ""));
    Ok(match what {
        "all" => Scope::All,
        "named" => Scope::Named,
        "saved" => Scope::Saved,
        "plays" => Scope::Plays,
        "deal" => Scope::Deal(find_deal(app, &who.rep, which).await?.id),
        "stage" => Scope::Stage(which.parse::<Stage>().map_err(|_| unusable("choose a stage of the list"))?),
        "search" => {
            let words = line(&form.words, "search", WORDS_CHARS_MAX)?;
            if words.is_empty() {
                return Err(unusable("write the words that the feed searches for"));
            }
            Scope::Search { words, stage: None }
        }
        _ => return Err(unusable("choose what the feed shows")),
    })
}

/// Gives a feed a new address; the old one opens nothing any more.
pub(super) async fn replace_feed(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Redirect> {
    let (old, scope) = own_feed(&app, &who, &id).await?;
    let new = feed_token(&who.rep.email, &old.name, scope, who.now);
    app.store().replace_token(&old, new).await?;
    Ok(Redirect::to("/settings?saved=replaced#feeds"))
}

/// Removes a feed.
pub(super) async fn remove_feed(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Redirect> {
    let (old, _) = own_feed(&app, &who, &id).await?;
    app.store().remove_token(&old.key).await?;
    Ok(Redirect::to("/settings?saved=replaced#feeds"))
}

async fn own_feed(app: &App, who: &SignedIn, id: &str) -> Result<(Token, Scope)> {
    const WHAT: &str = "feed";
    if !super::access::is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let token = app.store().find_token(id).await?.filter(|token| token.rep == who.rep.email);
    let token = token.ok_or(Error::NotFound(WHAT))?;
    match token.purpose.clone() {
        TokenPurpose::Feed(scope) => Ok((token, scope)),
        _ => Err(Error::NotFound(WHAT)),
    }
}

/// The form of a new token.
#[derive(Deserialize)]
pub(super) struct NewToken {
    name: String,
    scope: String,
    #[serde(default)]
    days: String,
}

/// Makes a token for another program and shows its secret this once.
pub(super) async fn make_token(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Form(form): Form<NewToken>,
) -> Result<Html<String>> {
    let name = line(&form.name, "name", NAME_CHARS_MAX)?;
    if name.is_empty() {
        return Err(Error::Unusable("give the token a name, for example the program that uses it".to_owned()));
    }
    let scope = ApiScope::of(&form.scope).ok_or_else(|| Error::Unusable("choose what the token may do".to_owned()))?;
    if scope == ApiScope::Admin && who.rep.role != Role::Admin {
        return Err(Error::Forbidden);
    }
    if list_api_tokens(app.store(), &who.rep.email).await?.len() >= TOKENS_MAX {
        return Err(Error::Unusable(format!("you have {TOKENS_MAX} tokens already; revoke one first")));
    }
    let expires_at = match form.days.trim() {
        "" => None,
        days => {
            let days = days.parse().ok().filter(|days| (1..=TOKEN_DAYS_MAX).contains(days));
            let days = days.ok_or_else(|| Error::Unusable(format!("a token lasts 1 to {TOKEN_DAYS_MAX} days")))?;
            who.now.checked_add(SignedDuration::from_hours(24 * days)).ok()
        }
    };
    let secret = make_api_token(app.store(), &who.rep.email, &name, scope, who.now, expires_at).await?;
    page(&app, &who, "", Some(&secret)).await
}

/// Revokes a token; it opens nothing any more.
pub(super) async fn revoke_token(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Redirect> {
    if !revoke_api_token(app.store(), &who.rep.email, &id).await? {
        return Err(Error::NotFound("token"));
    }
    Ok(Redirect::to("/settings?saved=revoked#programs"))
}

/// Ends every session of the rep but this one.
pub(super) async fn end_other_sessions(State(app): State<Arc<App>>, who: SignedIn) -> Result<Redirect> {
    end_others(&app, &who).await?;
    Ok(Redirect::to("/settings?saved=sessions#sessions"))
}

/// Ends every session of the rep but the one that asks.
pub(super) async fn end_others(app: &App, who: &SignedIn) -> Result<()> {
    let tokens = app.store().list_tokens(&who.rep.email).await?;
    let others = tokens.into_iter().filter(|token| token.purpose == TokenPurpose::Session && token.key != who.session);
    Ok(app.store().remove_tokens(&others.collect::<Vec<_>>()).await?)
}

/// Digits of a session's key by which its button names it; the key is a hash, so they open nothing.
const SESSION_ID_CHARS: usize = 16;

fn session_id(token: &Token) -> &str {
    token.key.get(..SESSION_ID_CHARS).unwrap_or_default()
}

/// Ends one session of the rep.
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Redirect> {
    let tokens = app.store().list_tokens(&who.rep.email).await?;
    let named = |token: &&Token| token.purpose == TokenPurpose::Session && session_id(token) == id;
    let token = tokens.iter().find(named).ok_or(Error::NotFound("session"))?;
    app.store().remove_token(&token.key).await?;
    Ok(Redirect::to("/settings?saved=session#sessions"))
}
