//! Lines of deals, posts and grades as `ridealong rank` takes them. Unknown fields are ignored, an empty string is a
//! missing value, a field of the wrong type is missing too.

use crate::crm::stages::StageMap;
use crate::crm::{minor, without_contacts};
use crate::model::{Audience, Crm, Deal, DealId, DealState, MentorRole, Post, PostId, SourceId, SourceKind, Thread};
use crate::tag::{Kind, Tagger, Text};
use anyhow::Context;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::path::Path;

/// What a file held.
pub(super) struct Lines<T> {
    pub(super) values: Vec<T>,
    /// Whether a line had to be passed over.
    pub(super) faulty: bool,
}

impl<T> Lines<T> {
    /// Reads a file line by line; a line that is not `what` is named by its number on standard error, the others go on.
    pub(super) fn load(
        file: &Path,
        what: &str,
        read: impl Fn(&Map<String, Value>) -> Option<T>,
    ) -> anyhow::Result<Self> {
        let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut lines = Self { values: Vec::new(), faulty: false };
        for (at, line) in text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let cause = match serde_json::from_str::<Value>(line) {
                Ok(Value::Object(fields)) => match read(&fields) {
                    Some(value) => {
                        lines.values.push(value);
                        continue;
                    }
                    None => "a field that it needs is missing".to_owned(),
                },
                Ok(_) => "it is no object".to_owned(),
                Err(error) => error.to_string(),
            };
            eprintln!("{}: line {} is not {what} as JSON ({cause}); it was passed over", file.display(), at + 1);
            lines.faulty = true;
        }
        Ok(lines)
    }
}

/// An id as it came: a string that is not empty, or a number.
fn id<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    fields.get(name).filter(|id| id.is_number() || id.as_str().is_some_and(|text| !text.trim().is_empty()))
}

/// A field's text, without spaces around it; none where it is empty.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An instant, or the midnight (UTC) at which a day begins.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let midnight = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let local = || Some(text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(local).or_else(midnight)
}

fn at(fields: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    instant(&text(fields, name)?)
}

/// A deal with its id as it came.
pub(super) fn deal(fields: &Map<String, Value>, map: &StageMap, now: Timestamp) -> Option<(Value, Deal)> {
    let id = id(fields, "deal_id")?;
    let external_id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let crm = text(fields, "crm").and_then(|name| Crm::named(&name)).unwrap_or(Crm::Generic);
    let label = text(fields, "stage").unwrap_or_default();
    let currency = text(fields, "currency").map(|code| code.to_uppercase());
    let amount = fields.get("amount").and_then(|value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()));
    let note = |name: &str| text(fields, name).map(|text| without_contacts(&text));
    let competitors = text(fields, "competitor").unwrap_or_default();
    let mut deal = Deal {
        id: DealId::of(crm, &external_id),
        crm,
        name: text(fields, "name").unwrap_or_else(|| external_id.clone()),
        external_id,
        pipeline: text(fields, "pipeline"),
        state: map.state_of(&label, None).unwrap_or(DealState::Open),
        stage_label: label,
        stage_id: text(fields, "stage_id"),
        probability: fields.get("probability").and_then(Value::as_f64).map(|percent| percent as f32),
        stages: Vec::new(),
        amount_minor: amount.and_then(|amount| minor(amount, currency.as_deref())),
        currency,
        owner: text(fields, "rep_email").unwrap_or_default(),
        rep: text(fields, "rep_email").and_then(|email| email.parse().ok()),
        account: text(fields, "account"),
        industry: text(fields, "industry"),
        competitors: competitors
            .split([',', ';', '/'])
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        next_step: note("next_step"),
        notes: note("notes"),
        close_on: at(fields, "close_date").map(|at| TimeZone::UTC.to_datetime(at).date()),
        active_at: at(fields, "last_activity_at"),
        stage_entered_at: at(fields, "stage_entered_at"),
        created_at: None,
        updated_at: None,
        rotten_days: None,
        url: None,
        imported_at: now,
        previous_stage_label: None,
    };
    deal.stages = map.resolve_deal(&deal).stages;
    Some((id.clone(), deal))
}

/// A post with its id as it came, tagged as it would be when crawled.
pub(super) fn post(fields: &Map<String, Value>, tagger: &Tagger, now: Timestamp) -> Option<(Value, Post)> {
    let id = id(fields, "id")?;
    let title = text(fields, "title").unwrap_or_default();
    let body = text(fields, "text").unwrap_or_default();
    let language = text(fields, "lang");
    let tagged =
        tagger.tag(&Text { title: &title, text: &body, lang: language.as_deref(), prior: &[], kind: Kind::Post });
    let source_id = SourceId::new("file");
    let published_at = at(fields, "published_at");
    let post = Post {
        id: PostId::of(&source_id, &id.to_string()),
        source_id,
        kind: SourceKind::Feed,
        guid: None,
        url: String::new(),
        mentor: text(fields, "mentor"),
        mentor_role: MentorRole::Peer,
        published_at,
        updated_at: None,
        // A post without a date is neither fresh nor stale.
        seen_at: published_at.unwrap_or_else(|| now.checked_sub(UNDATED_AGE).unwrap_or(now)),
        changed_at: now,
        language,
        html: String::new(),
        excerpt: body.chars().take(280).collect(),
        words: u32::try_from(body.split_whitespace().count()).unwrap_or(u32::MAX),
        text: body,
        title,
        categories: Vec::new(),
        enclosures: Vec::new(),
        duration_s: None,
        thread: Thread::default(),
        audience: Audience::Everyone,
        trust: 0.5,
        tagged,
        thin: false,
        simhash: 0,
        also_at: Vec::new(),
        listed_url: None,
    };
    Some((id.clone(), post))
}

/// The age that a post without a date counts as having.
const UNDATED_AGE: SignedDuration = SignedDuration::from_hours(24 * 60);

/// A grade that a person gave.
pub(super) struct Judged {
    pub(super) deal_id: Value,
    pub(super) post_id: Value,
    pub(super) grade: u8,
}

pub(super) fn judged(fields: &Map<String, Value>) -> Option<Judged> {
    let grade = fields.get("grade")?.as_u64().and_then(|grade| u8::try_from(grade).ok())?.min(3);
    Some(Judged { deal_id: id(fields, "deal_id")?.clone(), post_id: id(fields, "post_id")?.clone(), grade })
}
