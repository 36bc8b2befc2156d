use super::table::Table;
use super::{bytes, columns};
use crate::crm::Complaint;
use crate::model::Deal;
use std::collections::HashMap;

/// Industries as most files spell them; a sector one letter off is a slip of the hand.
const INDUSTRIES: [&str; 18] = [
    "technology",
    "software",
    "medical",
    "healthcare",
    "retail",
    "finance",
    "insurance",
    "marketing",
    "entertainment",
    "telecommunications",
    "employment",
    "services",
    "manufacturing",
    "logistics",
    "education",
    "energy",
    "construction",
    "hospitality",
];

/// Tables that lie beside a file of deals, as some exports come: accounts with their industries, and products.
#[derive(Clone, Debug, Default)]
pub struct Companions {
    accounts: HashMap<String, String>,
    products: HashMap<String, String>,
    complaints: Vec<Complaint>,
}

impl Companions {
    /// The files that are looked for beside a file of deals.
    pub const FILES: [&'static str; 2] = ["accounts.csv", "products.csv"];

    /// Reads `accounts.csv` and `products.csv`, either of which may be missing. What cannot be read is left out.
    pub fn read(accounts: Option<&[u8]>, products: Option<&[u8]>) -> Self {
        let mut companions = Self::default();
        for (line, account, sector) in
            pairs(accounts, &["account", "account_name", "company", "name"], &["sector", "industry"])
        {
            let industry = spelled(&sector);
            if industry != sector {
                companions.complaints.push(Complaint {
                    line: 0,
                    column: None,
                    text: format!("accounts.csv, line {line}: {sector:?} was read as {industry:?}"),
                });
            }
            companions.accounts.insert(squeezed(&account), industry);
        }
        for (_, product, _) in
            pairs(products, &["product", "product_name", "name"], &["product", "product_name", "name"])
        {
            companions.products.insert(squeezed(&product), product);
        }
        companions
    }

    /// What is wrong with the tables themselves.
    pub(super) fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    /// Fills in a deal's industry by its account.
    pub(super) fn complete(&self, deal: &mut Deal) {
        if let (Some(account), None) = (&deal.account, &deal.industry) {
            deal.industry = self.accounts.get(&squeezed(account)).cloned();
        }
    }

    /// What is to say about a product that the table spells otherwise or does not hold.
    pub(super) fn product(&self, product: &str) -> Option<String> {
        if self.products.is_empty() || self.products.values().any(|known| known == product) {
            return None;
        }
        Some(match self.products.get(&squeezed(product)) {
            Some(known) => format!("{product:?} is not in products.csv; it was read as {known:?}"),
            None => format!("{product:?} is not in products.csv"),
        })
    }

    /// A product's name as the table spells it.
    pub(super) fn spelled(&self, product: String) -> String {
        self.products.get(&squeezed(&product)).cloned().unwrap_or(product)
    }
}

/// A name without case and spaces, as tables are joined by.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The line and two cells of every row that has both.
fn pairs(file: Option<&[u8]>, first: &[&str], second: &[&str]) -> Vec<(u64, String, String)> {
    let Some(decoded) = file.and_then(bytes::decode) else { return Vec::new() };
    let (separator, text, first_line) = bytes::separator(&decoded.text);
    let mut records = Table { text, separator, first_line }.records().map_while(Result::ok);
    let Some((_, header)) = records.next() else { return Vec::new() };
    let column =
        |names: &[&str]| names.iter().find_map(|name| header.iter().position(|cell| columns::key(cell) == *name));
    let (Some(a), Some(b)) = (column(first), column(second)) else { return Vec::new() };
    let cell = |record: &csv::StringRecord, at: usize| {
        record.get(at).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty())
    };
    records.filter_map(|(line, record)| Some((line, cell(&record, a)?, cell(&record, b)?))).collect()
}

/// A sector with a slip of one letter put right.
fn spelled(sector: &str) -> String {
    let lower = sector.to_lowercase();
    if INDUSTRIES.contains(&lower.as_str()) {
        return sector.to_owned();
    }
    INDUSTRIES.into_iter().find(|known| one_off(known, &lower)).map_or_else(|| sector.to_owned(), str::to_owned)
}

/// Whether one letter left out or put in makes one word the other.
fn one_off(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if long.len() != short.len() + 1 || !long.is_ascii() || !short.is_ascii() {
        return false;
    }
    (0..long.len()).any(|at| long[..at] == short[..at] && long[at + 1..] == short[at..])
}
