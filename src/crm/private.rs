/// The fewest digits that make a number a phone number; dates and amounts have fewer or are written otherwise.
const PHONE_DIGITS_MIN: usize = 9;

/// Free text without contacts' mail addresses and phone numbers: each is replaced by `[address]` or `[number]`.
///
/// A phone number is a run of at least nine digits with the signs that people put between them, which starts with
/// `+`, `0` or `(`; so amounts, dates and ids of deals stay.
pub fn without_contacts(text: &str) -> String {
    if !text.contains('@') && text.bytes().filter(u8::is_ascii_digit).count() < PHONE_DIGITS_MIN {
        return text.to_owned();
    }
    without_numbers(&without_addresses(text))
}

fn without_addresses(text: &str) -> String {
    let part = |c: char| c.is_alphanumeric() || ".-_+%'".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let local = before.trim_end_matches(part);
        let domain_end = after.find(|c| !part(c)).unwrap_or(after.len());
        let domain = after[..domain_end].trim_end_matches(['.', '-', '\'']);
        if local.len() < before.len() && domain.contains('.') {
            out.push_str(local);
            out.push_str("[address]");
            rest = &after[domain.len()..];
        } else {
            out.push_str(&rest[..=at]);
            rest = after;
        }
    }
    out + rest
}

fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let fresh = before.is_none_or(|c| !c.is_alphanumeric() && !".,-/".contains(c));
        if fresh && (c == '+' || c == '0' || c == '(') {
            let run = rest.find(|c: char| !c.is_ascii_digit() && !"+() -./\u{a0}".contains(c)).unwrap_or(rest.len());
            let number = rest[..run].trim_end_matches(|c: char| !c.is_ascii_digit());
            if number.bytes().filter(u8::is_ascii_digit).count() >= PHONE_DIGITS_MIN {
                out.push_str("[number]");
                rest = &rest[number.len()..];
                before = Some(']');
                continue;
            }
        }
        out.push(c);
        before = Some(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}
