use super::Fault;
use crate::crm::{minor, without_contacts};
use crate::model::{Crm, DealState};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// Characters of a name, label or id.
const NAME_CHARS_MAX: usize = 500;
/// Characters of a note or next step that are kept.
const NOTE_CHARS_MAX: usize = 4_000;
/// The largest amount of a deal, in major units: more is a slip of the comma.
const AMOUNT_MAX: f64 = 1e12;
/// Competitors of one deal.
const NAMES_MAX: usize = 50;

/// The fields of one pushed deal, with the place for what is wrong with them. A field that is not there changes
/// nothing; `null` and an empty text empty it.
pub(super) struct Fields<'a> {
    index: usize,
    object: &'a Map<String, Value>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(index: usize, object: &'a Map<String, Value>, faults: &'a mut Vec<Fault>) -> Self {
        Self { index, object, faults }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    pub(super) fn fault(&mut self, field: &str, text: String) {
        self.faults.push(Fault { index: Some(self.index), field: field.to_owned(), text, is_conflict: false });
    }

    pub(super) fn conflict(&mut self, field: &str, text: String) {
        self.faults.push(Fault { index: Some(self.index), field: field.to_owned(), text, is_conflict: true });
    }

    /// The first of these names that the deal has, with its value; `None` inside for an emptied one.
    fn find(&self, names: &[&'static str]) -> Option<(&'static str, Option<&'a Value>)> {
        let (name, value) = names.iter().find_map(|name| Some((*name, self.object.get(*name)?)))?;
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.chars().all(is_blank));
        Some((name, (!empty).then_some(value)))
    }

    /// Reads a field with `read`, which says what would be right where it is not, and hands it to `set`.
    fn with<T>(
        &mut self,
        names: &[&'static str],
        read: impl Fn(&Value) -> Result<T, String>,
        set: impl FnOnce(Option<T>),
    ) {
        let Some((name, value)) = self.find(names) else { return };
        match value.map(read).transpose() {
            Ok(value) => set(value),
            Err(text) => self.fault(name, text),
        }
    }

    pub(super) fn text(&mut self, names: &[&'static str], set: impl FnOnce(Option<String>)) {
        self.with(names, line, set);
    }

    /// A label as people see it, which a number is not.
    pub(super) fn label(&mut self, names: &[&'static str], set: impl FnOnce(Option<String>)) {
        let read = |value: &Value| if value.is_string() { line(value) } else { Err(wrong(value, "a text")) };
        self.with(names, read, set);
    }

    pub(super) fn note(&mut self, names: &[&'static str], set: impl FnOnce(Option<String>)) {
        let read = |value: &Value| match value.as_str() {
            Some(text) => Ok(without_contacts(text.trim()).chars().take(NOTE_CHARS_MAX).collect()),
            None => Err(wrong(value, "a text")),
        };
        self.with(names, read, set);
    }

    pub(super) fn number(&mut self, names: &[&'static str], range: RangeInclusive<f64>, set: impl FnOnce(Option<f64>)) {
        let read = |value: &Value| {
            number(value)
                .filter(|number| range.contains(number))
                .ok_or_else(|| wrong(value, &format!("a number from {} to {}", range.start(), range.end())))
        };
        self.with(names, read, set);
    }

    pub(super) fn currency(&mut self, set: impl FnOnce(Option<String>)) {
        let read = |value: &Value| {
            let code = value.as_str().map(|text| text.trim().to_uppercase());
            code.filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
                .ok_or_else(|| wrong(value, "a code of three letters such as EUR"))
        };
        self.with(&["currency"], read, set);
    }

    /// `amount_minor` as it stands, or `amount` in major units.
    pub(super) fn amount(&mut self, currency: Option<&str>, set: impl FnOnce(Option<i64>)) {
        if self.has("amount_minor") {
            let read = |value: &Value| value.as_i64().ok_or_else(|| wrong(value, "a whole number of minor units"));
            return self.with(&["amount_minor"], read, set);
        }
        let read = |value: &Value| {
            number(value)
                .filter(|amount| (0.0..=AMOUNT_MAX).contains(amount))
                .and_then(|amount| minor(amount, currency))
                .ok_or_else(|| wrong(value, "an amount from 0 to 1000000000000 such as 1250.50"))
        };
        self.with(&["amount"], read, set);
    }

    pub(super) fn names(&mut self, names: &[&'static str], set: impl FnOnce(Vec<String>)) {
        let read = |value: &Value| {
            let parts: Vec<String> = match value {
                Value::String(text) => text.split([',', ';', '/', '\n']).map(str::to_owned).collect(),
                Value::Array(list) => list.iter().map(line).collect::<Result<_, _>>()?,
                _ => return Err(wrong(value, "a list of names")),
            };
            let named: Vec<String> =
                parts.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
            if named.len() > NAMES_MAX { Err(format!("more than {NAMES_MAX} names")) } else { Ok(named) }
        };
        self.with(names, read, |names| set(names.unwrap_or_default()));
    }

    pub(super) fn day(&mut self, names: &[&'static str], set: impl FnOnce(Option<Date>)) {
        let read = |value: &Value| {
            let text = value.as_str().map(str::trim).unwrap_or_default();
            let day =
                text.parse::<Date>().ok().or_else(|| instant(text).map(|at| TimeZone::UTC.to_datetime(at).date()));
            day.ok_or_else(|| wrong(value, "a day such as \"2026-12-18\""))
        };
        self.with(names, read, set);
    }

    pub(super) fn instant(&mut self, names: &[&'static str], set: impl FnOnce(Option<Timestamp>)) {
        let read = |value: &Value| {
            value
                .as_str()
                .and_then(instant)
                .ok_or_else(|| wrong(value, "an instant such as \"2026-11-20T09:30:00Z\", or a day"))
        };
        self.with(names, read, set);
    }

    pub(super) fn address(&mut self, names: &[&'static str], set: impl FnOnce(Option<String>)) {
        let read = |value: &Value| {
            let url = line(value)?;
            let web = url.starts_with("https://") || url.starts_with("http://");
            if web { Ok(url) } else { Err(wrong(value, "an address that begins with https://")) }
        };
        self.with(names, read, set);
    }

    pub(super) fn crm(&mut self, name: &'static str) -> Option<Crm> {
        let mut found = None;
        let read = |value: &Value| {
            value
                .as_str()
                .and_then(Crm::named)
                .ok_or_else(|| wrong(value, &format!("one of {}", Crm::ALL.map(Crm::as_str).join(", "))))
        };
        self.with(&[name], read, |crm| found = crm);
        found
    }

    /// The state that is told, `open: false` being no state by itself: won or lost is what a digest needs to know.
    pub(super) fn state(&mut self, name: &'static str) -> Option<DealState> {
        let mut found = None;
        let read = |value: &Value| match value.as_str().map(|text| text.trim().to_lowercase()).as_deref() {
            Some("open") => Ok(DealState::Open),
            Some("won") => Ok(DealState::Won),
            Some("lost") => Ok(DealState::Lost),
            Some("gone") => Ok(DealState::Gone),
            _ => Err(wrong(value, "one of open, won, lost, gone")),
        };
        self.with(&[name], read, |state| found = state);
        found
    }

    /// The CRM's own id, a text or a number.
    pub(super) fn required_id(&mut self, names: &[&'static str]) -> Option<String> {
        let mut found = None;
        let mut told = false;
        if let Some((name, Some(value))) = self.find(names) {
            told = true;
            match line(value) {
                Ok(id) => found = Some(id),
                Err(text) => self.fault(name, text),
            }
        }
        if !told {
            self.fault(names[0], "a deal has the id under which its CRM knows it".to_owned());
        }
        found
    }
}

/// One line of text, or a number as text.
fn line(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        _ => return Err(wrong(value, "a text")),
    };
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(format!("more than {NAME_CHARS_MAX} characters"));
    }
    Ok(text)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// RFC 3339, the same without a zone (taken as UTC), or the midnight (UTC) at which a day begins.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let midnight = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let local = || Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(local).or_else(midnight)
}

/// What stands there and what would be right; long values are cut.
fn wrong(value: &Value, right: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    let text = value.to_string();
    let cut: String = text.chars().take(SHOWN_CHARS).collect();
    let more = if cut.len() < text.len() { "..." } else { "" };
    format!("{cut}{more} is not {right}")
}
