use super::{Frame, render};
use crate::model::{Act, Acts, DealId, MailAnswer, Rep, Role, SourceSet, Stage, Tells};
use crate::render::edition::Format;
use crate::render::words::{Calendar, weekday};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::Weekday;

/// Zones offered for choice; any other IANA name can be typed.
const ZONES: [&str; 20] = [
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Stockholm",
    "Europe/Warsaw",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "UTC",
];

/// What the settings page shows.
pub struct SettingsPage<'a> {
    /// Whose settings.
    pub rep: &'a Rep,
    /// Whether mail goes out at all.
    pub mail_on: bool,
    /// When the next mail goes out, where one does.
    pub next_mail_at: Option<Timestamp>,
    /// Whether a mail was asked for and is not sent yet.
    pub mail_asked: bool,
    /// What came of the last mail that was asked for.
    pub mail_answer: Option<&'a MailAnswer>,
    /// The rep's feeds.
    pub feeds: &'a [FeedShown],
    /// The rep's tokens for other programs.
    pub tokens: &'a [TokenShown],
    /// The rep's webhooks.
    pub hooks: &'a [HookShown],
    /// The secret of a token that was just made: shown this once.
    pub secret: Option<&'a str>,
    /// Where the rep is signed in.
    pub sessions: &'a [SessionShown],
    /// What the rep did.
    pub acts: &'a Acts,
    /// Names of the rep's deals.
    pub deal_names: &'a [(DealId, String)],
    /// The sources, for their names.
    pub sources: &'a SourceSet,
    /// Whether the rep has set a password.
    pub has_password: bool,
    /// A word that something was saved; may be empty.
    pub saved: &'a str,
    /// The reader's zone and instant.
    pub calendar: &'a Calendar,
}

/// One feed of the rep.
pub struct FeedShown {
    /// Its id, for the buttons.
    pub id: String,
    /// The name that the rep gave it.
    pub name: String,
    /// Its path in each format, without the extension: `/feeds/TOKEN/digest`.
    pub path: String,
    /// The absolute address of the RSS form, for copying.
    pub address: String,
    /// When it was last read.
    pub used_at: Option<Timestamp>,
}

/// One webhook.
pub struct HookShown {
    /// Its id, for the button.
    pub id: String,
    /// The name that the rep gave it.
    pub name: String,
    /// What is told.
    pub tells: Tells,
    /// By which the receiver checks deliveries.
    pub secret: String,
    /// When something was last taken there.
    pub taken_at: Option<Timestamp>,
    /// Why nothing is sent there any more.
    pub stopped_because: Option<String>,
}

/// One token for another program, without its secret.
pub struct TokenShown {
    /// Its id, for the button.
    pub id: String,
    /// The name that the rep gave it.
    pub name: String,
    /// What it allows.
    pub scope: &'static str,
    /// After this it opens nothing; none is for ever.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// One browser in which the rep is signed in.
pub struct SessionShown {
    /// Names it on its button; opens nothing.
    pub id: String,
    /// The browser.
    pub name: String,
    /// Whether it is this one.
    pub here: bool,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Page<'a> {
    frame: Frame,
    saved: &'a str,
    stopped_because: Option<&'a str>,
    mail_enabled: bool,
    weekdays: Vec<(String, &'static str, bool)>,
    mail_at: String,
    zone: &'a str,
    zones: &'static [&'static str],
    away_from: String,
    away_to: String,
    holidays: String,
    names_deals: bool,
    next_mail: String,
    can_ask: bool,
    asked: String,
    feeds: Vec<FeedPart<'a>>,
    stages: &'static [Stage],
    deals: &'a [(DealId, String)],
    tokens: Vec<TokenPart<'a>>,
    secret: Option<&'a str>,
    hooks: Vec<HookPart<'a>>,
    is_admin: bool,
    resting: Vec<(String, String)>,
    sessions: Vec<SessionPart<'a>>,
    has_password: bool,
    email: &'a str,
}

struct FeedPart<'a> {
    id: &'a str,
    name: &'a str,
    links: Vec<FeedLink>,
    address: &'a str,
    used: String,
}

struct HookPart<'a> {
    id: &'a str,
    name: &'a str,
    facts: Vec<String>,
    secret: Option<&'a str>,
    stopped_because: Option<&'a str>,
}

struct TokenPart<'a> {
    id: &'a str,
    name: &'a str,
    facts: Vec<String>,
}

struct FeedLink {
    path: String,
    label: &'static str,
    mime: &'static str,
}

struct SessionPart<'a> {
    id: &'a str,
    name: &'a str,
    here: bool,
    used: String,
}

/// The settings page.
pub fn settings(frame: Frame, page: &SettingsPage<'_>) -> String {
    let mail = &page.rep.mail;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    render(&Page {
        frame,
        saved: page.saved,
        stopped_because: mail.stopped_because.as_deref(),
        mail_enabled: mail.enabled,
        weekdays: weekdays(mail.weekday),
        mail_at: mail.at.strftime("%H:%M").to_string(),
        zone: &page.rep.zone,
        zones: &ZONES,
        away_from: day(mail.away.map(|away| away.0)),
        away_to: day(mail.away.map(|away| away.1)),
        holidays: mail.holidays.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        names_deals: mail.subject_names_deals,
        next_mail: next_mail(page),
        can_ask: page.mail_on && mail.enabled,
        asked: asked(page),
        feeds: page.feeds.iter().map(|feed| feed_part(feed, page.calendar)).collect(),
        stages: &Stage::OF_A_DEAL,
        deals: page.deal_names,
        tokens: page.tokens.iter().map(|token| token_part(token, page.calendar)).collect(),
        secret: page.secret,
        hooks: page.hooks.iter().map(|hook| hook_part(hook, page.calendar)).collect(),
        is_admin: page.rep.role == Role::Admin,
        resting: resting(page),
        sessions: page
            .sessions
            .iter()
            .map(|session| SessionPart {
                id: &session.id,
                name: &session.name,
                here: session.here,
                used: session.used_at.map_or_else(|| "not used".to_owned(), |at| page.calendar.age(at)),
            })
            .collect(),
        has_password: page.has_password,
        email: page.rep.email.as_str(),
    })
}

fn weekdays(chosen: Weekday) -> Vec<(String, &'static str, bool)> {
    (0..7)
        .map(|offset: i8| Weekday::Monday.wrapping_add(offset))
        .map(|day| (weekday(day).to_lowercase(), weekday(day), day == chosen))
        .collect()
}

fn next_mail(page: &SettingsPage<'_>) -> String {
    if !page.mail_on {
        return "Mail is not set up here. The digest is on this site and in your feeds.".to_owned();
    }
    if !page.rep.mail.enabled {
        return "No mail is sent. The digest is on this site and in your feeds all the same.".to_owned();
    }
    match page.next_mail_at {
        None => "You are away for a long time: no mail is planned.".to_owned(),
        Some(at) => format!(
            "The next mail goes out on {}, {} time. A week with nothing to say sends nothing.",
            page.calendar.moment(at),
            page.rep.zone
        ),
    }
}

/// What came of the mail that was asked for; may be empty.
fn asked(page: &SettingsPage<'_>) -> String {
    if page.mail_asked {
        return "Asked for; it goes out within a minute. Load this page again to see what came of it.".to_owned();
    }
    let Some(answer) = page.mail_answer else { return String::new() };
    let said: Vec<&str> = answer.findings.iter().map(|finding| finding.said.as_str()).collect();
    format!("{}: {}.", page.calendar.moment(answer.done_at), said.join("; ").trim_end_matches('.'))
}

fn feed_part<'a>(feed: &'a FeedShown, calendar: &Calendar) -> FeedPart<'a> {
    FeedPart {
        id: &feed.id,
        name: &feed.name,
        links: Format::ALL
            .into_iter()
            .map(|format| FeedLink {
                path: format!("{}.{}", feed.path, format.extension()),
                label: format.title(),
                mime: format.mime().split(';').next().unwrap_or_default(),
            })
            .collect(),
        address: &feed.address,
        used: feed.used_at.map_or_else(|| "never read".to_owned(), |at| format!("last read {}", calendar.age(at))),
    }
}

fn hook_part<'a>(hook: &'a HookShown, calendar: &Calendar) -> HookPart<'a> {
    let (what, is_signed) = match hook.tells {
        Tells::DigestReady => ("told when your digest is ready", true),
        Tells::SourceBroken => ("told when a source is broken", true),
        Tells::Slack => ("the weekly digest in Slack", false),
        Tells::Teams => ("the weekly digest in Teams", false),
    };
    let taken =
        hook.taken_at.map_or_else(|| "nothing sent yet".to_owned(), |at| format!("last sent {}", calendar.age(at)));
    HookPart {
        id: &hook.id,
        name: &hook.name,
        facts: vec![what.to_owned(), taken],
        secret: is_signed.then_some(hook.secret.as_str()),
        stopped_because: hook.stopped_because.as_deref(),
    }
}

fn token_part<'a>(token: &'a TokenShown, calendar: &Calendar) -> TokenPart<'a> {
    let used = token.used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", calendar.age(at)));
    let ends = token.expires_at.map(|at| format!("until {}", calendar.day(calendar.date_of(at))));
    let facts = [Some(format!("may {}", token.scope)), Some(used), ends];
    TokenPart { id: &token.id, name: &token.name, facts: facts.into_iter().flatten().collect() }
}

/// What rests, newest first: the key that undoes it, and a sentence.
fn resting(page: &SettingsPage<'_>) -> Vec<(String, String)> {
    let until = |at: &Timestamp| page.calendar.day(page.calendar.date_of(*at));
    let now_or_later = |at: &Timestamp| page.calendar.date_of(*at) >= page.calendar.today();
    let mut resting: Vec<_> = page
        .acts
        .acts
        .iter()
        .filter_map(|(_, act)| {
            let sentence = match act {
                Act::MuteSource { source } => {
                    let name = page.sources.find(source).map_or(source.as_str(), |source| source.name.as_str());
                    format!("{name} is muted")
                }
                Act::MuteMentor { mentor } => format!("{mentor} is muted"),
                Act::SnoozeDeal { deal, until: end } if now_or_later(end) => {
                    let known = page.deal_names.iter().find(|(id, _)| id == deal);
                    format!("{} rests until {}", known.map_or("A deal", |(_, name)| name), until(end))
                }
                Act::SnoozeStage { stage, until: end } if now_or_later(end) => {
                    format!("{} rests until {}", stage.title(), until(end))
                }
                _ => return None,
            };
            Some((act.key(), sentence))
        })
        .collect();
    resting.reverse();
    resting
}
