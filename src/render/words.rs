//! How dates, ages, money and lengths are written for a person. English, the same on every output.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, tz::TimeZone};

/// A reader's calendar: their zone, and the instant at which they read.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    now: Timestamp,
}

impl Calendar {
    /// The calendar of somebody in `zone` at `now`.
    pub fn new(zone: TimeZone, now: Timestamp) -> Self {
        Self { zone, now }
    }

    /// The calendar of an IANA zone name; UTC where the name is not known.
    pub fn named(zone: &str, now: Timestamp) -> Self {
        Self::new(TimeZone::get(zone).unwrap_or(TimeZone::UTC), now)
    }

    /// The reader's day.
    pub fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// The day of an instant where the reader is.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// "24 Nov", with the year where it is not this one.
    pub fn day(&self, date: Date) -> String {
        let pattern = if date.year() == self.today().year() { "%-d %b" } else { "%-d %b %Y" };
        date.strftime(pattern).to_string()
    }

    /// "Tue 24 Nov, 09:05", with the year where it is not this one.
    pub fn moment(&self, at: Timestamp) -> String {
        let local = self.zone.to_datetime(at);
        let pattern = if local.year() == self.today().year() { "%a %-d %b, %H:%M" } else { "%a %-d %b %Y, %H:%M" };
        local.strftime(pattern).to_string()
    }

    /// How long ago: "today", "yesterday", "5 days ago", "3 weeks ago", "4 months ago", "2 years ago".
    pub fn age(&self, at: Timestamp) -> String {
        let days = i64::from((self.today() - self.date_of(at)).get_days());
        match days {
            ..=0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            2..=13 => format!("{days} days ago"),
            14..=60 => format!("{} weeks ago", days / 7),
            61..=729 => format!("{} months ago", days / 30),
            _ => format!("{} years ago", days / 365),
        }
    }

    /// "today at 09:05", "tomorrow at 07:30", "yesterday at 18:00", else the moment itself.
    pub fn when(&self, at: Timestamp) -> String {
        let local = self.zone.to_datetime(at);
        let day = match (local.date() - self.today()).get_days() {
            -1 => "yesterday",
            0 => "today",
            1 => "tomorrow",
            _ => return self.moment(at),
        };
        format!("{day} at {}", local.strftime("%H:%M"))
    }

    /// How far off a day is: "12 days ago", "yesterday", "today", "tomorrow", "in 9 days", else the day itself.
    pub fn until(&self, date: Date) -> String {
        let days = i64::from((date - self.today()).get_days());
        match days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            -1 => "yesterday".to_owned(),
            2..=21 => format!("in {days} days"),
            -21..=-2 => format!("{} days ago", -days),
            _ => self.day(date),
        }
    }

    /// Whether the day lies before the reader's own.
    pub fn is_past(&self, date: Date) -> bool {
        date < self.today()
    }
}

/// "24–30 November", "30 November – 6 December", for the week that starts on this Monday.
pub fn week_span(monday: Date) -> String {
    let sunday = monday.saturating_add(jiff::Span::new().days(6));
    if monday.month() == sunday.month() {
        format!("{}–{}", monday.day(), sunday.strftime("%-d %B"))
    } else {
        format!("{} – {}", monday.strftime("%-d %B"), sunday.strftime("%-d %B"))
    }
}

/// The full name of a weekday.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// An amount in minor units with its currency: "€48,000", "CHF 1,250.50". Cents are left out where they are zero.
pub fn money(minor: i64, currency: Option<&str>) -> String {
    let code = currency.unwrap_or_default().to_uppercase();
    let decimals = minor_digits(&code);
    let unit = 10_u64.pow(decimals);
    let amount = minor.unsigned_abs();
    let mut text = thousands(amount / unit);
    if !amount.is_multiple_of(unit) {
        text = format!("{text}.{:0width$}", amount % unit, width = decimals as usize);
    }
    let sign = if minor < 0 { "-" } else { "" };
    match code.as_str() {
        "EUR" => format!("{sign}€{text}"),
        "USD" => format!("{sign}${text}"),
        "GBP" => format!("{sign}£{text}"),
        "" => format!("{sign}{text}"),
        _ => format!("{sign}{code} {text}"),
    }
}

/// Decimal places of a currency's minor unit (ISO 4217).
fn minor_digits(code: &str) -> u32 {
    match code {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XAF" | "XOF" | "XPF" | "PYG" | "UGX" | "RWF" => 0,
        "BHD" | "KWD" | "OMR" | "TND" | "JOD" | "IQD" | "LYD" => 3,
        _ => 2,
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1 pick", "3 picks".
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// The text cut at a word so that it has at most `chars_max` characters, with an ellipsis where something is missing.
pub fn shorten(text: &str, chars_max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= chars_max {
        return text;
    }
    let cut: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    let whole = cut.rfind(' ').filter(|at| *at > cut.len() / 2).map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}…", whole.trim_end_matches([',', ';', ':', '.', ' ', '–', '-']))
}

/// The text without characters that XML 1.0 (section 2.2) or a terminal cannot carry; tab and newline stay.
pub fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            matches!(c, '\t' | '\n')
                || (!c.is_control()
                    && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_its_currency() {
        assert_eq!(money(4_800_000, Some("EUR")), "€48,000");
        assert_eq!(money(125_050, Some("chf")), "CHF 1,250.50");
        assert_eq!(money(1_500_000, Some("JPY")), "JPY 1,500,000");
        assert_eq!(money(-99, None), "-0.99");
        assert_eq!(money(i64::MIN, Some("USD")), "-$92,233,720,368,547,758.08");
    }

    #[test]
    fn text_is_cut_at_a_word() {
        assert_eq!(shorten("one two three four", 13), "one two…");
        assert_eq!(shorten("short", 13), "short");
        assert_eq!(shorten("ééééééééééééééééééé", 5), "éééé…");
    }

    #[test]
    fn ages_and_distances_are_words() {
        let now: Timestamp = "2026-11-23T23:30:00Z".parse().unwrap();
        let calendar = Calendar::named("Europe/Stockholm", now);
        assert_eq!(calendar.today(), jiff::civil::date(2026, 11, 24));
        assert_eq!(calendar.age("2026-11-23T12:00:00Z".parse().unwrap()), "yesterday");
        assert_eq!(calendar.age("2026-10-24T12:00:00Z".parse().unwrap()), "4 weeks ago");
        assert_eq!(calendar.age("2030-01-01T12:00:00Z".parse().unwrap()), "today");
        assert_eq!(calendar.until(jiff::civil::date(2026, 12, 3)), "in 9 days");
        assert_eq!(calendar.until(jiff::civil::date(2026, 11, 12)), "12 days ago");
        assert_eq!(calendar.until(jiff::civil::date(2027, 3, 1)), "1 Mar 2027");
    }

    #[test]
    fn weeks_are_written_as_spans() {
        assert_eq!(week_span(jiff::civil::date(2026, 11, 23)), "23–29 November");
        assert_eq!(week_span(jiff::civil::date(2026, 11, 30)), "30 November – 6 December");
    }
}
