use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An ISO 8601 week, the period of one Digest and one mail. Written `2026-W48`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IsoWeek {
    year: i16,
    week: i8,
}

/// A text that is not an ISO week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidWeek(pub String);

impl fmt::Display for InvalidWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an ISO week; write it like 2026-W48", self.0)
    }
}

impl std::error::Error for InvalidWeek {}

impl IsoWeek {
    /// The week that holds this instant in this zone.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let date = zone.to_datetime(at).date().iso_week_date();
        Self { year: date.year(), week: date.week() }
    }

    /// The ISO year, which differs from the calendar year around New Year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The number of the week, 1 to 53.
    pub fn week(self) -> i8 {
        self.week
    }

    /// The date of a weekday of this week.
    pub fn day(self, weekday: Weekday) -> Date {
        // `new` and `of` let only weeks through that exist, so the fallback is never taken.
        ISOWeekDate::new(self.year, self.week, weekday).map(Date::from).unwrap_or(Date::MIN)
    }
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl FromStr for IsoWeek {
    type Err = InvalidWeek;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || InvalidWeek(text.chars().take(40).collect());
        let (year, week) = text.split_once("-W").ok_or_else(refuse)?;
        if year.len() != 4 || week.len() != 2 {
            return Err(refuse());
        }
        let year = year.parse().map_err(|_| refuse())?;
        let week = week.parse().map_err(|_| refuse())?;
        ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| refuse())?;
        Ok(Self { year, week })
    }
}

impl TryFrom<String> for IsoWeek {
    type Error = InvalidWeek;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IsoWeek> for String {
    fn from(week: IsoWeek) -> Self {
        week.to_string()
    }
}
