use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The order of day and month in dates such as 03/04/2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// 31/12/2026.
    Dmy,
    /// 12/31/2026.
    Mdy,
}

/// A date as written, before the order of day and month is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Written {
    /// Year, month and day are told apart by themselves.
    Clear(Date),
    /// First and second number, and the year.
    Either(i8, i8, i16),
}

/// A date with the time of day that stood beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) written: Written,
    time: Time,
    offset_s: i32,
}

impl Cell {
    /// The date, once the order is known.
    pub(super) fn date(self, order: DateOrder) -> Option<Date> {
        match self.written {
            Written::Clear(date) => Some(date),
            Written::Either(first, second, year) => {
                let (day, month) = if order == DateOrder::Dmy { (first, second) } else { (second, first) };
                Date::new(year, month, day).ok()
            }
        }
    }

    /// The instant; without an offset the time is taken as UTC.
    pub(super) fn instant(self, order: DateOrder) -> Option<Timestamp> {
        let local = DateTime::from_parts(self.date(order)?, self.time);
        let utc = local.to_zoned(TimeZone::UTC).ok()?.timestamp();
        utc.checked_sub(Span::new().seconds(self.offset_s)).ok()
    }

    /// The only order in which it is a date at all; none where both are, or where they make no difference.
    pub(super) fn shows(self) -> Option<DateOrder> {
        match (self.written, self.date(DateOrder::Dmy), self.date(DateOrder::Mdy)) {
            (Written::Either(..), Some(_), None) => Some(DateOrder::Dmy),
            (Written::Either(..), None, Some(_)) => Some(DateOrder::Mdy),
            _ => None,
        }
    }

    /// Whether the two orders give two different dates.
    pub(super) fn is_ambiguous(self) -> bool {
        match (self.date(DateOrder::Dmy), self.date(DateOrder::Mdy)) {
            (Some(dmy), Some(mdy)) => dmy != mdy,
            _ => false,
        }
    }
}

/// Reads a date in any of the forms that exports write; none where it is not one.
pub(super) fn read(cell: &str) -> Option<Cell> {
    let cell = cell.trim();
    if cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return serial(cell);
    }
    let tokens = tokens(cell);
    let numbers = |at: usize| tokens.get(at).and_then(|token| token.parse::<i32>().ok());
    let (written, used) = match (tokens.first().map(String::len), numbers(0), numbers(1), numbers(2)) {
        (Some(4), Some(year), Some(month), Some(day)) => (Written::Clear(date(year, month, day)?), 3),
        (_, Some(first), Some(second), Some(year)) => {
            let (first, second) = (i8::try_from(first).ok()?, i8::try_from(second).ok()?);
            // Points between the numbers are the German way, and it knows one order only.
            let pointed = cell.find(['.', '/', '-']).is_some_and(|at| cell[at..].starts_with('.'));
            let year = i16::try_from(full_year(year)?).ok()?;
            let written = Written::Either(first, second, year);
            if pointed { (Written::Clear(Date::new(year, second, first).ok()?), 3) } else { (written, 3) }
        }
        _ => (Written::Clear(named(&tokens)?), 3),
    };
    let (time, offset_s) = time_of(&tokens[used..], cell)?;
    let cell = Cell { written, time, offset_s };
    (cell.date(DateOrder::Dmy).is_some() || cell.date(DateOrder::Mdy).is_some()).then_some(cell)
}

/// Words between the parts of a date that say nothing.
const FILLERS: [&str; 14] = ["年", "月", "日", "t", "at", "of", "de", "del", "den", "le", "um", "uhr", "à", "às"];

/// Numbers and words, in order; `T` and `Z` of RFC 3339 fall apart from digits.
fn tokens(cell: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut kind = None;
    for c in cell.chars() {
        let now = if c.is_ascii_digit() {
            Some(0)
        } else if c.is_alphabetic() || "年月日".contains(c) {
            Some(1)
        } else {
            None
        };
        match (now, tokens.last_mut()) {
            (Some(_), Some(last)) if now == kind => last.push(c),
            (Some(_), _) => tokens.push(c.to_string()),
            _ => {}
        }
        kind = now;
    }
    // Weekdays and the Japanese signs for year, month and day say nothing that the numbers do not.
    let weekday = |word: &str| {
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| word.to_lowercase().starts_with(day))
    };
    tokens.retain(|token| !FILLERS.contains(&token.to_lowercase().as_str()) && !weekday(token));
    tokens
}

/// `12 Nov 2026`, `Nov 12, 2026`.
fn named(tokens: &[String]) -> Option<Date> {
    let [first, second, year, ..] = tokens else { return None };
    let year = full_year(year.parse().ok()?)?;
    match (month(first), month(second)) {
        (None, Some(month)) => date(year, month, first.parse().ok()?),
        (Some(month), None) => date(year, month, second.parse().ok()?),
        _ => None,
    }
}

/// The month that a word begins like, in English, German, French, Spanish and Portuguese.
fn month(word: &str) -> Option<i32> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "ene"],
        &["feb", "fév", "fev"],
        &["mar", "mär", "mrz"],
        &["apr", "avr", "abr"],
        &["may", "mai"],
        &["jun", "juin"],
        &["jul", "juil"],
        &["aug", "aoû", "ago"],
        &["sep", "set"],
        &["oct", "okt", "out"],
        &["nov"],
        &["dec", "dez", "déc", "dic"],
    ];
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i32::try_from(at).ok().map(|at| at + 1)
}

fn full_year(year: i32) -> Option<i32> {
    match year {
        0..=69 => Some(2000 + year),
        70..=99 => Some(1900 + year),
        1900..=2200 => Some(year),
        _ => None,
    }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `14:30`, `2:30 PM`, `14:30:05.123Z`, `14:30+02:00`; midnight where nothing stands.
fn time_of(tokens: &[String], cell: &str) -> Option<(Time, i32)> {
    let mut numbers = tokens.iter().map_while(|token| token.parse::<i32>().ok());
    let Some(mut hour) = numbers.next() else { return Some((Time::midnight(), 0)) };
    let minute = numbers.next()?;
    let second = numbers.next().unwrap_or(0).min(59);
    let half = |word: &str| tokens.iter().any(|token| token.eq_ignore_ascii_case(word));
    if half("pm") && hour < 12 {
        hour += 12;
    } else if half("am") && hour == 12 {
        hour = 0;
    }
    let small = |number: i32| i8::try_from(number).ok();
    // Without seconds, what follows the minutes may be an offset and not seconds.
    let seconds = if cell.matches(':').count() >= 2 { small(second)? } else { 0 };
    let time = Time::new(small(hour)?, small(minute)?, seconds, 0).ok()?;
    Some((time, offset_of(cell).unwrap_or(0)))
}

/// The offset at the end of `...+02:00` or `...-0500`, in seconds.
fn offset_of(cell: &str) -> Option<i32> {
    let colon = cell.find(':')?;
    let at = colon + cell[colon..].find(['+', '-'])?;
    let digits: String = cell[at..].chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).unwrap_or("0").parse().ok()?;
    let seconds = (hours * 60 + minutes) * 60;
    Some(if cell[at..].starts_with('-') { -seconds } else { seconds })
}

/// Days since 1899-12-30 as spreadsheets count them, or milliseconds since 1970 as interfaces do.
fn serial(cell: &str) -> Option<Cell> {
    let number: i64 = cell.parse().ok()?;
    let clear = |date, time| Some(Cell { written: Written::Clear(date), time, offset_s: 0 });
    match number {
        20_000..=80_000 => {
            clear(jiff::civil::date(1899, 12, 30).checked_add(Span::new().days(number)).ok()?, Time::midnight())
        }
        1_000_000_000_000..=9_999_999_999_999 => {
            let local = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(number).ok()?);
            clear(local.date(), local.time())
        }
        20_000_101..=20_991_231 => {
            let number = i32::try_from(number).ok()?;
            clear(date(number / 10_000, number / 100 % 100, number % 100)?, Time::midnight())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_exports_write_them() {
        for (cell, instant) in [
            ("2026-11-12", "2026-11-12T00:00:00Z"),
            ("2026-11-12 14:33", "2026-11-12T14:33:00Z"),
            ("2026-11-12T14:33:09.120+02:00", "2026-11-12T12:33:09Z"),
            ("2026-11-12T14:33:09Z", "2026-11-12T14:33:09Z"),
            ("12.11.2026", "2026-11-12T00:00:00Z"),
            ("12/11/26 2:05 PM", "2026-11-12T14:05:00Z"),
            ("12-Nov-2026", "2026-11-12T00:00:00Z"),
            ("Thu, Nov 12, 2026", "2026-11-12T00:00:00Z"),
            ("12 de noviembre de 2026", "2026-11-12T00:00:00Z"),
            ("12. November 2026, 14:05 Uhr", "2026-11-12T14:05:00Z"),
            ("2026年11月12日", "2026-11-12T00:00:00Z"),
            ("46338", "2026-11-12T00:00:00Z"),
            ("1794441600000", "2026-11-12T00:00:00Z"),
        ] {
            let read = read(cell).and_then(|cell| cell.instant(DateOrder::Dmy));
            assert_eq!(read, Some(instant.parse().unwrap()), "{cell}");
        }
        for cell in ["soon", "32/13/2026", "2026-13-01", "Q3", "5", ""] {
            assert_eq!(read(cell), None, "{cell}");
        }
    }
}
