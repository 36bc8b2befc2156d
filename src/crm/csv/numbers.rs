/// The sign that stands before the decimals of a file, where its own numbers show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecimalMark {
    Point,
    Comma,
}

impl DecimalMark {
    fn sign(self) -> char {
        match self {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        }
    }

    /// What one number shows by itself: both signs (`1.234,56`), or one that cannot part thousands (`12,5`).
    fn shown_by(cell: &str) -> Option<Self> {
        let number = digits_of(cell)?;
        let last = number.rfind(['.', ','])?;
        let mark = if number[last..].starts_with('.') { DecimalMark::Point } else { DecimalMark::Comma };
        let other = if mark == DecimalMark::Point { ',' } else { '.' };
        let alone = number.matches(mark.sign()).count() == 1;
        let decimals = number.len() - last - 1;
        (alone && (number[..last].contains(other) || decimals != 3)).then_some(mark)
    }

    /// What the cells of a column show together; none where they show nothing or contradict each other.
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut found = None;
        for mark in cells.filter_map(Self::shown_by) {
            if found.is_some_and(|known| known != mark) {
                return None;
            }
            found = Some(mark);
        }
        found
    }
}

/// The digits and marks of a number, without currency, spaces and apostrophes.
fn digits_of(cell: &str) -> Option<String> {
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let end = cell.rfind(|c: char| c.is_ascii_digit())? + 1;
    let number: String = cell[start..end].chars().filter(|c| !c.is_whitespace() && !"'’_".contains(*c)).collect();
    number.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',').then_some(number)
}

/// Words after a number that multiply it.
const FACTORS: [(&str, f64); 14] = [
    ("k", 1e3),
    ("tsd", 1e3),
    ("tsd.", 1e3),
    ("mille", 1e3),
    ("mil", 1e3),
    ("thousand", 1e3),
    ("m", 1e6),
    ("mm", 1e6),
    ("mn", 1e6),
    ("mio", 1e6),
    ("mio.", 1e6),
    ("million", 1e6),
    ("b", 1e9),
    ("bn", 1e9),
];

/// Signs and names of currencies with their ISO 4217 codes; longer ones first.
const CURRENCIES: [(&str, &str); 18] = [
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("us dollars", "USD"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("₪", "ILS"),
    ("us$", "USD"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("r$", "BRL"),
    ("chf", "CHF"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("円", "JPY"),
    ("₹", "INR"),
    ("zł", "PLN"),
];

/// An amount in major units with the currency that stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Money {
    pub(super) amount: f64,
    pub(super) currency: Option<String>,
}

/// Reads `1.234,56`, `$125,000`, `250k`, `EUR 1 200`, `(1,200)`. A single mark before exactly three digits parts
/// thousands unless the file's other numbers say that it is the decimal mark.
pub(super) fn money(cell: &str, mark: Option<DecimalMark>) -> Option<Money> {
    let cell = cell.trim();
    let number = digits_of(cell)?;
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let end = cell.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (front, back) = (cell[..start].trim().to_lowercase(), cell[end..].trim().to_lowercase());
    let negative = front.contains('-') || front.contains('−') || (front.contains('(') && back.contains(')'));
    let bare = |text: &str| text.trim_matches(|c: char| "()-−–—+.,:' \u{a0}\u{202f}".contains(c)).to_owned();
    let (front, back) = (bare(&front), bare(&back));
    let (factor, back) = factor_of(&back);
    let currency = match (currency_of(&front), currency_of(&back)) {
        (Ok(front), Ok(back)) => front.or(back),
        _ => return None,
    };
    let value: f64 = plain(&number, mark).parse().ok()?;
    let amount = if negative { -value * factor } else { value * factor };
    amount.is_finite().then_some(Money { amount, currency })
}

fn factor_of(back: &str) -> (f64, String) {
    let word: String = back.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '.').collect();
    match FACTORS.iter().find(|(name, _)| *name == word) {
        Some((_, factor)) => (*factor, back[word.len()..].trim().to_owned()),
        None => (1.0, back.to_owned()),
    }
}

/// The currency that a sign or code names; an error where the text is something else.
fn currency_of(text: &str) -> Result<Option<String>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some((_, code)) = CURRENCIES.iter().find(|(sign, _)| *sign == text) {
        return Ok(Some((*code).to_owned()));
    }
    // Signs that several currencies share say that it is money, not whose.
    if matches!(text, "kr" | "rs" | "fr" | "sfr" | "p.a" | "/year" | "/yr") {
        return Ok(None);
    }
    let code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if code { Ok(Some(text.to_uppercase())) } else { Err(()) }
}

/// The number with a point before its decimals and nothing between its thousands.
fn plain(number: &str, mark: Option<DecimalMark>) -> String {
    let shown = DecimalMark::shown_by(number).or_else(|| {
        // One mark before three digits: the file decides, and `0.125` is never thousands.
        let last = number.rfind(['.', ','])?;
        let own = if number[last..].starts_with('.') { DecimalMark::Point } else { DecimalMark::Comma };
        let alone = number.matches(['.', ',']).count() == 1;
        (alone && (mark == Some(own) || number.starts_with('0'))).then_some(own)
    });
    match shown {
        Some(mark) => number
            .chars()
            .filter_map(|c| if c == mark.sign() { Some('.') } else { c.is_ascii_digit().then_some(c) })
            .collect(),
        None => number.chars().filter(char::is_ascii_digit).collect(),
    }
}

/// Reads `60%`, `60`, `0,6`: the number as it stands, and whether a percent sign stood beside it.
pub(super) fn share(cell: &str) -> Option<(f32, bool)> {
    let cell = cell.trim();
    let percent = cell.contains('%');
    let number = cell.replace('%', "").replace(',', ".");
    number.trim().parse::<f32>().ok().filter(|share| (0.0..=100.0).contains(share)).map(|share| (share, percent))
}

/// Digits behind the point of a currency (ISO 4217).
fn minor_digits(currency: Option<&str>) -> i32 {
    match currency {
        Some("JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XAF" | "XOF" | "PYG" | "UGX") => 0,
        Some("KWD" | "BHD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD") => 3,
        _ => 2,
    }
}

/// An amount in minor units, rounded; none beyond what an integer holds exactly.
pub fn minor(amount: f64, currency: Option<&str>) -> Option<i64> {
    const EXACT_MAX: f64 = 9.0e15;
    let minor = (amount * 10f64.powi(minor_digits(currency))).round();
    (minor.abs() <= EXACT_MAX).then_some(minor as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(cell: &str) -> Option<f64> {
        money(cell, None).map(|money| money.amount)
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (cell, value) in [
            ("1.234,56", 1234.56),
            ("$125,000", 125_000.0),
            ("250k", 250_000.0),
            ("€ 1,2 Mio", 1_200_000.0),
            ("1 200 000 EUR", 1_200_000.0),
            ("1'234.50 CHF", 1234.5),
            ("(1,200)", -1200.0),
            ("-5", -5.0),
            ("12.5", 12.5),
            ("1.000", 1000.0),
            ("0.125", 0.125),
            ("1,234,567", 1_234_567.0),
            ("USD 12,500.00", 12_500.0),
            ("125'000.–", 125_000.0),
            ("45 000 kr", 45_000.0),
            ("1.5m EUR", 1_500_000.0),
            ("R$ 1.000,50", 1000.5),
        ] {
            assert_eq!(amount(cell), Some(value), "{cell}");
        }
        for cell in ["", "tbd", "ca. 5000 or so", "12 apples", "1-2"] {
            assert_eq!(amount(cell), None, "{cell}");
        }
        assert_eq!(money("1,234", Some(DecimalMark::Comma)).map(|money| money.amount), Some(1.234));
    }
}
