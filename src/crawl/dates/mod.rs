//! Dates in every form that feeds and pages use. What cannot be read with confidence is none, never "now".

mod words;

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use words::{english_weekday, is_weekday, month, zone_minutes};

/// The longest text that is looked at, in bytes.
const DATE_BYTES_MAX: usize = 120;
/// The year up to which two digits mean this century.
const PIVOT: i16 = 69;

/// Reads a date; a missing zone means UTC, a wrong weekday is ignored.
///
/// RFC 822 and its usual faults, ISO 8601 (calendar and ordinal dates, two-digit years), `asctime`, slashes (day first
/// unless that is impossible or an am/pm follows), and month names in several languages.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > DATE_BYTES_MAX {
        return None;
    }
    if text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits_only(text);
    }
    let mut parts = Parts::default();
    let dashed = text.contains("年").then(|| with_dashes(text));
    let text = without_comments(&separated(dashed.as_deref().unwrap_or(text)));
    for token in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|token| !token.is_empty()) {
        parts.take(token)?;
    }
    parts.finish()
}

/// Reads a date and moves one that lies after `now` back to it; true where that was needed.
pub fn parse_clamped(text: &str, now: Timestamp) -> Option<(Timestamp, bool)> {
    let at = parse(text)?;
    Some(if at > now { (now, true) } else { (at, false) })
}

/// Words of a line that are looked at for a date.
const LINE_WORDS_MAX: usize = 60;
/// The longest date, in words: "Wednesday, the 5th of March 2024 at 8:15 pm CET".
const DATE_WORDS_MAX: usize = 10;

/// A date somewhere in a line that people read ("Posted by Ann on March 5, 2024 at 8:15 am"), moved back to `now` where
/// it lies after it. The longest run of words that is a date counts, the first one where there are several.
pub fn find_in(line: &str, now: Timestamp) -> Option<Timestamp> {
    let words: Vec<&str> = line.split_whitespace().take(LINE_WORDS_MAX).collect();
    (0..words.len()).find_map(|from| {
        let first = words[from].trim_start_matches(['(', '[', '|', '·', '•']);
        if !may_begin(first) {
            return None;
        }
        (1..=DATE_WORDS_MAX.min(words.len() - from)).rev().find_map(|count| {
            let run = &words[from..from + count];
            let plain = run.iter().any(|word| word.contains(['-', '/', '.', '年']) || month(&letters(word)).is_some());
            let text = run.join(" ");
            let text = text
                .trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | '|' | '·' | '•' | ':' | ',' | '.' | '#'));
            plain.then(|| parse_clamped(text, now).map(|(at, _)| at))?
        })
    })
}

/// Whether a date may begin with this word: a number, a month or a weekday.
fn may_begin(word: &str) -> bool {
    let lower = letters(word);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&digits) || digits == 8 || month(&lower).is_some() || is_weekday(&lower) && lower.len() <= 12
}

fn letters(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase()
}

/// `2023年9月14日` with spaces and dashes, as the rest reads it.
fn with_dashes(text: &str) -> String {
    text.replace("年", "-").replace("月", "-").replace("日", " ")
}

/// Unix seconds, milliseconds, or `20160125013520`.
fn digits_only(text: &str) -> Option<Timestamp> {
    match text.len() {
        10 => Timestamp::from_second(text.parse().ok()?).ok(),
        13 => Timestamp::from_millisecond(text.parse().ok()?).ok(),
        14 => {
            let date = compound(&text[..8], false)?;
            let number = |from: usize| text[from..from + 2].parse().ok();
            let time = Time::new(number(8)?, number(10)?, number(12)?, 0).ok()?;
            instant(date, time, 0)
        }
        _ => None,
    }
}

/// Puts a space where `T` or `_` stands between a date and a time.
fn separated(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let joins = |at: usize| {
        matches!(chars[at], 'T' | 't' | '_')
            && at > 0
            && chars[at - 1].is_ascii_digit()
            && chars.get(at + 1).is_some_and(char::is_ascii_digit)
    };
    (0..chars.len()).map(|at| if joins(at) { ' ' } else { chars[at] }).collect()
}

/// RFC 822 allows comments in parentheses: `(PST)`.
fn without_comments(text: &str) -> String {
    let mut depth = 0usize;
    text.chars()
        .filter(|c| {
            depth += usize::from(*c == '(');
            let keep = depth == 0;
            depth -= usize::from(*c == ')' && depth > 0);
            keep
        })
        .collect()
}

/// What has been understood so far.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    date: Option<Date>,
    /// A date with slashes, to be settled once it is known whether am/pm follows.
    slashed: Option<(i16, i16, i16)>,
    /// Decides which way round a date with slashes is.
    weekday: Option<Weekday>,
    time: Option<Time>,
    next_day: bool,
    afternoon: Option<bool>,
    offset_minutes: Option<i32>,
    zone: Option<TimeZone>,
    tokens: u32,
}

impl Parts {
    /// Takes one word; none means that the whole text is no date.
    fn take(&mut self, token: &str) -> Option<()> {
        self.tokens += 1;
        let bytes = token.as_bytes();
        if matches!(token, "-" | "|" | "@") {
            return Some(());
        }
        if let Some(rest) = token.strip_suffix(['년', '월', '일']) {
            let number: i16 = rest.parse().ok()?;
            self.offset_minutes.get_or_insert(9 * 60);
            match token.chars().last() {
                Some('년') => self.year = Some(number),
                Some('월') => self.month = i8::try_from(number).ok(),
                _ => self.day = i8::try_from(number).ok(),
            }
            return Some(());
        }
        if let Some(afternoon) = half(token) {
            self.afternoon = Some(afternoon);
            if !token.is_ascii() {
                self.offset_minutes.get_or_insert(9 * 60);
            }
            return Some(());
        }
        if self.time.is_some() && matches!(bytes[0], b'+' | b'-') {
            self.offset_minutes = Some(offset(token)?);
            return Some(());
        }
        if token.contains(':') && bytes[0].is_ascii_digit() && self.time.is_none() {
            return self.take_time(token);
        }
        if bytes[0].is_ascii_digit() || (bytes[0] == b'-' && bytes.len() > 1 && self.tokens == 1) {
            return self.take_number(token);
        }
        let word = token.trim_end_matches('.').to_lowercase();
        // "Mar" is March in English and a Tuesday in French: a later month overrules an earlier one.
        if self.weekday.is_none() {
            self.weekday = english_weekday(&word);
        }
        if let Some(month) = month(&word) {
            self.month = Some(month);
        } else if self.time.is_some() && !is_weekday(&word) {
            self.take_zone(token)?;
        }
        Some(())
    }

    fn take_time(&mut self, token: &str) -> Option<()> {
        let end = token.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(token.len());
        let (clock, rest) = token.split_at(end);
        let clock = clock.trim_end_matches('.');
        let fields: Vec<&str> = clock.split(':').collect();
        if !(2..=3).contains(&fields.len()) || fields[..2].iter().any(|field| field.is_empty() || field.len() > 2) {
            return None;
        }
        let hour: i8 = fields[0].parse().ok()?;
        let minute: i8 = fields[1].parse().ok()?;
        let second: i8 = match fields.get(2) {
            Some(field) => field.split('.').next()?.parse().ok()?,
            None => 0,
        };
        self.next_day = hour == 24 && minute == 0 && second == 0;
        // A leap second is the last one of its minute.
        let second = if second == 60 { 59 } else { second };
        self.time = Some(Time::new(if self.next_day { 0 } else { hour }, minute, second, 0).ok()?);
        if rest.is_empty() {
            return Some(());
        }
        if let Some(afternoon) = half(rest) {
            self.afternoon = Some(afternoon);
            return Some(());
        }
        match rest.as_bytes()[0] {
            b'+' | b'-' => self.offset_minutes = Some(offset(rest)?),
            b'Z' | b'z' if rest.len() == 1 => self.offset_minutes = Some(0),
            _ => self.offset_minutes = Some(zone_minutes(rest)?),
        }
        Some(())
    }

    fn take_zone(&mut self, token: &str) -> Option<()> {
        if let Some(at) = token.find(['+', '-']).filter(|at| token[..*at].chars().all(|c| c.is_ascii_alphabetic())) {
            self.offset_minutes = Some(offset(&token[at..])?);
        } else if let Some(minutes) = zone_minutes(token) {
            self.offset_minutes = Some(minutes);
        } else if token.contains('/') {
            self.zone = TimeZone::get(token).ok();
        }
        // Any other word after the time is taken for a zone that nobody knows: UTC.
        Some(())
    }

    fn take_number(&mut self, token: &str) -> Option<()> {
        let token = token.trim_end_matches('.');
        let bare =
            ["st", "nd", "rd", "th", "er", "º"].iter().find_map(|suffix| token.strip_suffix(suffix)).unwrap_or(token);
        if bare.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: i16 = if bare.len() <= 4 { bare.parse().ok()? } else { 0 };
            match bare.len() {
                1 | 2 if self.day.is_none() => self.day = Some(i8::try_from(number).ok()?),
                2 if self.year.is_none() => self.year = Some(century(number)),
                4 if self.year.is_none() => self.year = Some(number),
                5.. if self.date.is_none() => self.date = Some(compound(bare, self.tokens == 1)?),
                _ => return None,
            }
            return Some(());
        }
        if self.date.is_some() || self.slashed.is_some() {
            return None;
        }
        let pieces: Vec<&str> = bare.split('/').collect();
        if let [a, b, c] = pieces.as_slice()
            && a.len() <= 2
        {
            let year: i16 = c.parse().ok()?;
            self.slashed = Some((a.parse().ok()?, b.parse().ok()?, if c.len() <= 2 { century(year) } else { year }));
            return Some(());
        }
        self.date = Some(compound(bare, true)?);
        Some(())
    }

    /// Whether the weekday that was named is that of the month before the day, and not that of the day before the month.
    fn falls_on_weekday(&self, year: i16, a: i16, b: i16) -> bool {
        let on = |month: i16, day: i16| {
            let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
            Some(date.weekday())
        };
        self.weekday.is_some() && on(a, b) == self.weekday && on(b, a) != self.weekday
    }

    fn finish(self) -> Option<Timestamp> {
        let date = match (self.date, self.slashed) {
            (Some(date), _) => date,
            (None, Some((a, b, year))) => {
                let american = self.afternoon.is_some() || self.falls_on_weekday(year, a, b);
                let (day, month) = if (american && a <= 12) || b > 12 { (b, a) } else { (a, b) };
                Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?
            }
            (None, None) => match (self.year?, self.month, self.day) {
                (year, Some(month), Some(day)) => Date::new(year, month, day).ok()?,
                (year, None, None) if self.tokens == 1 => Date::new(year, 1, 1).ok()?,
                _ => return None,
            },
        };
        let mut time = self.time.unwrap_or(Time::midnight());
        match self.afternoon {
            Some(true) if time.hour() < 12 => time = time.with().hour(time.hour() + 12).build().ok()?,
            Some(false) if time.hour() == 12 => time = time.with().hour(0).build().ok()?,
            _ => {}
        }
        let date = if self.next_day { date.tomorrow().ok()? } else { date };
        match self.zone {
            Some(zone) => Some(zone.to_zoned(date.to_datetime(time)).ok()?.timestamp()),
            None => instant(date, time, self.offset_minutes.unwrap_or(0)),
        }
    }
}

fn instant(date: Date, time: Time, offset_minutes: i32) -> Option<Timestamp> {
    let offset = Offset::from_seconds(offset_minutes * 60).ok()?;
    offset.to_timestamp(date.to_datetime(time)).ok()
}

fn century(two_digits: i16) -> i16 {
    if two_digits < PIVOT { 2000 + two_digits } else { 1900 + two_digits }
}

/// Whether a word says morning (false) or afternoon (true).
fn half(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "am" | "a.m." | "a.m" | "오전" | "上午" => Some(false),
        "pm" | "p.m." | "p.m" | "오후" | "下午" => Some(true),
        _ => None,
    }
}

/// `+01:00`, `-0800`, `+1`, in minutes.
fn offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let rest = text.get(1..)?;
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if rest.len() >= 3 => rest.split_at(rest.len().checked_sub(2).filter(|at| rest.is_char_boundary(*at))?),
        None => (rest, "0"),
    };
    let number = |part: &str| part.parse::<i32>().ok().filter(|n| !part.starts_with(['+', '-']) && *n >= 0);
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// A date in one word: ISO 8601 in its forms, dots, a month's name between dashes.
fn compound(text: &str, alone: bool) -> Option<Date> {
    let dashed = text.replace(['/', '.'], "-");
    let pieces: Vec<&str> = dashed.split('-').collect();
    let number = |text: &str| text.parse::<i16>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let small = |text: &str| number(text).and_then(|n| i8::try_from(n).ok());
    let named = |text: &str| small(text).or_else(|| month(&text.to_lowercase()));
    match pieces.as_slice() {
        // Dashes between year, month and day; a month of three digits ("012") is somebody's slip.
        [year, mid, day] if year.len() == 4 => Date::new(number(year)?, named(mid)?, small(day)?).ok(),
        ["", year, mid] if year.len() == 2 && alone => Date::new(century(number(year)?), small(mid)?, 1).ok(),
        [day, mid, year] if year.len() == 4 => Date::new(number(year)?, named(mid)?, small(day)?).ok(),
        [day, mid, year] if small(mid).is_none() => Date::new(century(number(year)?), named(mid)?, small(day)?).ok(),
        // German dates have dots; everything else with two-digit years is ISO's.
        [day, mid, year] if text.contains('.') => Date::new(century(number(year)?), small(mid)?, small(day)?).ok(),
        [year, mid, day] if year.len() == 2 && alone => {
            Date::new(century(number(year)?), small(mid)?, small(day)?).ok()
        }
        ["", compact] if compact.len() == 4 && alone => {
            Date::new(century(number(&compact[..2])?), small(&compact[2..])?, 1).ok()
        }
        [year, ordinal] if year.len() == 4 && ordinal.len() == 3 => on_day(number(year)?, number(ordinal)?),
        [year, mid] if year.len() == 4 && mid.len() <= 2 && alone => Date::new(number(year)?, small(mid)?, 1).ok(),
        [digits] if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.len() {
            8 => Date::new(number(&digits[..4])?, small(&digits[4..6])?, small(&digits[6..])?).ok(),
            7 => on_day(number(&digits[..4])?, number(&digits[4..])?),
            6 => Date::new(century(number(&digits[..2])?), small(&digits[2..4])?, small(&digits[4..])?).ok(),
            // Two digits of year and three of the day; a day below 100 looks like a mistyped year ("22013").
            5 => on_day(century(number(&digits[..2])?), number(&digits[2..]).filter(|day| *day >= 100)?),
            _ => None,
        },
        _ => None,
    }
}

fn on_day(year: i16, ordinal: i16) -> Option<Date> {
    let first = Date::new(year, 1, 1).ok()?;
    (1..=first.days_in_year())
        .contains(&ordinal)
        .then(|| first.checked_add(jiff::Span::new().days(ordinal - 1)).ok())?
}
