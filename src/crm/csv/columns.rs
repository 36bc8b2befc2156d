use super::field::Field;
use crate::model::Crm;
use serde::Deserialize;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// The shipped table of headers.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    never: Vec<String>,
    fields: Vec<FieldNames>,
    layouts: Vec<Layout>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldNames {
    field: Field,
    is: Vec<String>,
    #[serde(default)]
    words: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    crm: Crm,
    is: Vec<String>,
}

impl Names {
    /// The names that ship with the program, read once.
    fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Names> = LazyLock::new(|| {
            // The file is part of the program and a promise reads it; without it no file is taken for deals.
            let names: Names =
                serde_saphyr::from_str(include_str!("../../../assets/crm/columns.yaml")).unwrap_or_default();
            names.keyed()
        });
        &SHIPPED
    }

    /// The same with every name in the form in which headers are compared.
    fn keyed(mut self) -> Self {
        let all = |names: &mut Vec<String>| names.iter_mut().for_each(|name| *name = key(name));
        all(&mut self.never);
        for field in &mut self.fields {
            all(&mut field.is);
            field.words.iter_mut().for_each(all);
        }
        self.layouts.iter_mut().for_each(|layout| all(&mut layout.is));
        self
    }
}

/// What CRMs put before the headers of a deal's own columns.
const PREFIXES: [&str; 9] = [
    "deal - ",
    "organization - ",
    "organisation - ",
    "organisation: ",
    "person - ",
    "opportunity: ",
    "account: ",
    "deal: ",
    "business opportunity: ",
];

/// A header as it is compared: lower case, without accents and the prefixes that CRMs put before a column, words joined
/// by `_`.
pub(super) fn key(header: &str) -> String {
    const ACCENTS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';
    let lower = header.trim().to_lowercase();
    let bare = PREFIXES.iter().find_map(|prefix| lower.strip_prefix(prefix)).unwrap_or(&lower);
    let mut key = String::new();
    for c in bare.nfkd().filter(|c| !ACCENTS.contains(c)).nfc() {
        if c.is_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.trim_end_matches('_').to_owned()
}

/// Which column holds which field.
pub(super) struct Columns {
    pub(super) headers: Vec<String>,
    pub(super) fields: Vec<Option<Field>>,
    /// The currency that the header of the amount names: `Amount (EUR)`.
    pub(super) currency: Option<String>,
}

impl Columns {
    /// Reads the header. Columns about persons are never read, and of organisations only what the deal does not say.
    pub(super) fn of(headers: Vec<String>) -> Self {
        let names = Names::shipped();
        let lower: Vec<String> = headers.iter().map(|header| header.trim().to_lowercase()).collect();
        let mut currency = None;
        let keys: Vec<String> = headers
            .iter()
            .map(|header| {
                let (bare, code) = without_currency(header);
                currency = currency.take().or(code);
                key(bare)
            })
            .collect();
        // Pipedrive repeats `Name` and `Owner` for organisations and persons; only the deal's own count.
        let usable = |at: usize, field: Field| match lower[at].split_once(" - ").map(|(prefix, _)| prefix) {
            Some("person") => false,
            Some("organization" | "organisation") => field == Field::Industry,
            _ => true,
        };
        let mut fields = vec![None; headers.len()];
        for FieldNames { field, is, .. } in &names.fields {
            let free = |at: &usize| fields[*at].is_none() && usable(*at, *field);
            let found = is.iter().find_map(|name| (0..keys.len()).filter(free).find(|&at| keys[at] == *name));
            found.into_iter().for_each(|at| fields[at] = Some(*field));
        }
        for FieldNames { field, words, .. } in &names.fields {
            let free = |at: &usize| fields[*at].is_none() && usable(*at, *field);
            let missing = !fields.contains(&Some(*field));
            let found = (0..keys.len()).filter(free).find(|&at| missing && speaks_of(&keys[at], words, &names.never));
            found.into_iter().for_each(|at| fields[at] = Some(*field));
        }
        Self { headers, fields, currency }
    }

    /// The column of a field.
    pub(super) fn at(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|found| *found == Some(field))
    }

    /// Whose export it is, by headers that only one CRM writes; a majority decides.
    pub(super) fn layout(&self) -> Crm {
        const SIGNS_MIN: usize = 2;
        let pipedrive = self.headers.iter().filter(|header| header.trim().to_lowercase().starts_with("deal - "));
        if pipedrive.count() >= SIGNS_MIN {
            return Crm::Pipedrive;
        }
        let keys: Vec<String> = self.headers.iter().map(|header| key(header)).collect();
        let signs = |layout: &&Layout| layout.is.iter().filter(|sign| keys.contains(sign)).count();
        let best = Names::shipped().layouts.iter().rev().max_by_key(signs);
        best.filter(|layout| signs(layout) >= SIGNS_MIN).map_or(Crm::Generic, |layout| layout.crm)
    }
}

/// Whether a renamed header holds all words of a group, and none that makes it another thing (`Stage duration`).
fn speaks_of(key: &str, groups: &[Vec<String>], never: &[String]) -> bool {
    let words: Vec<&str> = key.split('_').collect();
    let holds = |word: &String| words.contains(&word.as_str());
    groups.iter().any(|group| {
        group.iter().all(holds)
            && words.iter().all(|word| group.iter().any(|own| own == word) || never.iter().all(|n| n != word))
    })
}

/// `Amount (EUR)`, `Value in USD`: the header without its currency, and the code.
fn without_currency(header: &str) -> (&str, Option<String>) {
    const CODES: [&str; 24] = [
        "EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "CAD", "AUD", "NZD", "BRL",
        "MXN", "INR", "SGD", "HKD", "CNY", "ZAR", "ILS", "AED",
    ];
    const SIGNS: [(&str, &str); 4] = [("€", "EUR"), ("$", "USD"), ("£", "GBP"), ("¥", "JPY")];
    let bare = header.trim().trim_end_matches(')');
    for (mark, code) in CODES.iter().map(|code| (*code, *code)).chain(SIGNS) {
        let Some(front) = bare.strip_suffix(mark) else { continue };
        let front = front.trim_end();
        let cut = front.strip_suffix('(').or_else(|| front.strip_suffix(" in")).or_else(|| front.strip_suffix(','));
        if let Some(front) = cut {
            return (front.trim_end(), Some(code.to_owned()));
        }
    }
    (header, None)
}
