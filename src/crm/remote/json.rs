//! Fields of answers: HubSpot sends every value as a string or null, the others mix.

use crate::crm::without_contacts;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The value at a path such as `Owner.Email`.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

/// Text, or a number as text; none where it is empty.
pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    let found = match at(value, path)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

/// Free text without contacts' addresses and numbers.
pub(super) fn note(value: &Value, path: &str) -> Option<String> {
    text(value, path).map(|text| without_contacts(&text))
}

pub(super) fn number(value: &Value, path: &str) -> Option<f64> {
    text(value, path)?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// RFC 3339, `2026-11-23T07:00:00.000+0000`, `2026-11-23 07:00:00`, a day, or milliseconds since 1970.
pub(super) fn instant(value: &Value, path: &str) -> Option<Timestamp> {
    let text = text(value, path)?;
    if text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Timestamp::from_millisecond(text.parse().ok()?).ok();
    }
    let midnight = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let local = || Some(text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse()
        .ok()
        .or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", &text).ok())
        .or_else(local)
        .or_else(midnight)
}

pub(super) fn date(value: &Value, path: &str) -> Option<Date> {
    instant(value, path).map(|at| TimeZone::UTC.to_datetime(at).date())
}

/// The elements of an array; none where there is no array.
pub(super) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
