//! When a rep's weekly mail is due. Pure: settings and an instant in, an answer out.
//!
//! A mail belongs to the ISO week of its local date. Only the newest week whose instant has come is ever looked at,
//! so an old week cannot come back after a zone or weekday was changed, or after the clock jumped.

use crate::model::{IsoWeek, Rep};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A mail that is later than this is not sent any more.
pub const LATE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Weeks looked ahead for the next mail; an absence longer than this has no next mail yet.
const WEEKS_AHEAD: i64 = 60;

/// What to do about a rep's mail at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing: mail is off for this rep, or no week's instant has come in representable time.
    Never,
    /// Send this week's; it may be tried until then.
    Now {
        /// The week.
        week: IsoWeek,
        /// When it was due.
        at: Timestamp,
        /// The last instant at which it may be sent.
        until: Timestamp,
    },
    /// This week's is not to be sent; the reason is a sentence for the rep.
    Skip {
        /// The week.
        week: IsoWeek,
        /// Why.
        reason: String,
    },
}

/// The newest week whose instant has come, and what to do about it.
pub fn due(rep: &Rep, now: Timestamp) -> Due {
    if !rep.mail.enabled {
        return Due::Never;
    }
    let zone = rep.time_zone();
    let today = zone.to_datetime(now).date();
    let latest = [0, -7].into_iter().find_map(|days| {
        let week = week_of(shift(today, days))?;
        let at = instant(rep, week, &zone)?;
        (at <= now).then_some((week, at))
    });
    let Some((week, at)) = latest else { return Due::Never };
    let until = at.checked_add(LATE_MAX).unwrap_or(Timestamp::MAX);
    if let Some(reason) = absence(rep, week.day(rep.mail.weekday)) {
        return Due::Skip { week, reason };
    }
    if now > until {
        let local = at.to_zoned(zone).strftime("%A %-d %B, %H:%M").to_string();
        return Due::Skip { week, reason: format!("It was due on {local}, more than 24 hours ago.") };
    }
    Due::Now { week, at, until }
}

/// The next instant after `now` at which a mail goes out, with its week; none where mail is off or the rep is away
/// for longer than a year.
pub fn next(rep: &Rep, now: Timestamp) -> Option<(IsoWeek, Timestamp)> {
    if !rep.mail.enabled {
        return None;
    }
    let zone = rep.time_zone();
    let today = zone.to_datetime(now).date();
    (0..=WEEKS_AHEAD).find_map(|weeks| {
        let week = week_of(shift(today, weeks * 7))?;
        let at = instant(rep, week, &zone)?;
        (at > now && absence(rep, week.day(rep.mail.weekday)).is_none()).then_some((week, at))
    })
}

/// Why no mail goes out on this day, as a sentence.
pub fn absence(rep: &Rep, day: Date) -> Option<String> {
    let written = day.strftime("%A %-d %B");
    if let Some((first, last)) = rep.mail.away
        && (first.min(last)..=last.max(first)).contains(&day)
    {
        let back = first.max(last).strftime("%-d %B");
        return Some(format!("{written} lies in your time away, which ends on {back}."));
    }
    rep.mail.holidays.contains(&day).then(|| format!("{written} is one of your days without mail."))
}

/// The instant of the week's mail. Where daylight saving leaves the hour out, it is the hour after; where the hour
/// comes twice, it is the first.
fn instant(rep: &Rep, week: IsoWeek, zone: &TimeZone) -> Option<Timestamp> {
    week.day(rep.mail.weekday).to_datetime(rep.mail.at).to_zoned(zone.clone()).ok().map(|at| at.timestamp())
}

/// The ISO week of a date, which depends on no zone.
fn week_of(day: Date) -> Option<IsoWeek> {
    let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?;
    Some(IsoWeek::of(noon.timestamp(), &TimeZone::UTC))
}

fn shift(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}
