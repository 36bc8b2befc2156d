use super::columns::Columns;
use super::evidence::Evidence;
use super::field::Field;
use super::{CsvOptions, dates, numbers};
use crate::crm::{Complaint, without_contacts};
use crate::model::{Crm, Deal, DealId, DealState, StageWeight};
use std::cell::RefCell;
use std::collections::HashMap;

/// Characters of a note that are kept.
const NOTE_CHARS_MAX: usize = 4_000;

/// What exports write where there is nothing, in lower case.
const NOTHING: [&str; 13] =
    ["", "-", "--", "–", "—", "n/a", "na", "null", "none", "nil", "(no value)", "#n/a", "(none)"];

/// What decides the stages of a row: pipeline, label, id, probability, state.
type StageKey = (Option<String>, String, Option<String>, Option<u32>, u8);

/// Reads rows to deals.
pub(super) struct Reader<'a> {
    crm: Crm,
    columns: &'a Columns,
    evidence: &'a Evidence,
    options: &'a CsvOptions<'a>,
    at: HashMap<Field, usize>,
    resolved: RefCell<HashMap<StageKey, Vec<StageWeight>>>,
}

/// One row with the place for its complaints.
struct Row<'r> {
    reader: &'r Reader<'r>,
    line: u64,
    record: &'r csv::StringRecord,
    complaints: &'r mut Vec<Complaint>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(crm: Crm, columns: &'a Columns, evidence: &'a Evidence, options: &'a CsvOptions<'a>) -> Self {
        let fields = columns.fields.iter().enumerate();
        let at = fields.filter_map(|(at, field)| field.map(|field| (field, at))).collect();
        Self { crm, columns, evidence, options, at, resolved: RefCell::default() }
    }

    /// The deal of a row; none, with a complaint, where there is none.
    pub(super) fn read(&self, line: u64, record: &csv::StringRecord, complaints: &mut Vec<Complaint>) -> Option<Deal> {
        Row { reader: self, line, record, complaints }.deal()
    }

    fn stages(&self, deal: &Deal) -> Vec<StageWeight> {
        let key = (
            deal.pipeline.clone(),
            deal.stage_label.clone(),
            deal.stage_id.clone(),
            deal.probability.map(f32::to_bits),
            deal.state as u8,
        );
        let resolve = || self.options.map.resolve_deal(deal).stages;
        self.resolved.borrow_mut().entry(key).or_insert_with(resolve).clone()
    }
}

impl Row<'_> {
    fn deal(mut self) -> Option<Deal> {
        let label = self.text(Field::Stage);
        let (account, product) = (self.text(Field::Account), self.product());
        let named = self.text(Field::Name);
        let id = self.text(Field::Id);
        if label.is_none() && self.is_total() {
            self.complain(None, "a total of the report, no deal; it was left out".to_owned());
            return None;
        }
        if id.is_none() && named.is_none() || (label.is_none() && named.is_none()) {
            self.complain(None, "no deal on this line; it was skipped".to_owned());
            return None;
        }
        let name = named.clone().or_else(|| match (&account, &product, &id) {
            (Some(account), Some(product), _) => Some(format!("{account}, {product}")),
            (Some(account), None, Some(id)) => Some(format!("{account} ({id})")),
            (None, Some(product), Some(id)) => Some(format!("{product} ({id})")),
            _ => id.clone(),
        })?;
        // Without an id, name and account together tell deals apart as long as neither is renamed.
        let external_id = id.unwrap_or_else(|| {
            format!("{}|{}", name.to_lowercase(), account.as_deref().unwrap_or_default().to_lowercase())
        });
        if label.is_none() {
            self.complain(Some(Field::Stage), "no stage: the deal gets general picks only".to_owned());
        }
        let (amount_minor, currency) = self.amount();
        let label = label.unwrap_or_default();
        let stage_id = self.text(Field::StageId);
        let state = self.state(&label, stage_id.as_deref());
        let mut deal = Deal {
            id: DealId::of(self.reader.crm, &external_id),
            crm: self.reader.crm,
            external_id,
            name,
            pipeline: self.text(Field::Pipeline),
            stage_label: label,
            stage_id,
            probability: self.probability(),
            state,
            stages: Vec::new(),
            amount_minor,
            currency,
            owner: self.text(Field::OwnerEmail).or_else(|| self.text(Field::Owner)).unwrap_or_default(),
            rep: None,
            account,
            industry: self.text(Field::Industry),
            competitors: self.list(Field::Competitors),
            next_step: self.note(Field::NextStep),
            notes: self.note(Field::Notes),
            close_on: self.date(Field::CloseDate).and_then(|cell| cell.date(self.reader.evidence.dates)),
            active_at: self.instant(Field::Activity),
            stage_entered_at: self.instant(Field::StageEntered),
            created_at: self.instant(Field::Created),
            updated_at: self.instant(Field::Updated),
            rotten_days: self.text(Field::RottenDays).and_then(|cell| cell.parse().ok()),
            url: self.text(Field::Url).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            imported_at: self.reader.options.now,
            previous_stage_label: None,
        };
        if deal.state == DealState::Open {
            self.miss(Field::Account, deal.account.is_none(), "no account: nothing of the buyer's can help picking");
            self.miss(
                Field::StageEntered,
                deal.stage_entered_at.is_none(),
                "no date: how long the deal has stood here is not known",
            );
        }
        deal.stages = self.reader.stages(&deal);
        Some(deal)
    }

    /// `Grand Totals (50 records)`, `Subtotal`, `Summe`: what reports write below a group or at their end.
    fn is_total(&self) -> bool {
        const TOTALS: [&str; 9] =
            ["grand total", "total", "subtotal", "sub-total", "sum of", "summe", "gesamt", "suma", "somme"];
        let first = self.record.iter().map(str::trim).find(|cell| !cell.is_empty()).unwrap_or_default().to_lowercase();
        TOTALS.iter().any(|total| first.starts_with(total))
    }

    fn cell(&self, field: Field) -> Option<&str> {
        let cell = self.record.get(*self.reader.at.get(&field)?)?.trim();
        let nothing = NOTHING.contains(&cell.to_lowercase().as_str());
        (!nothing).then_some(cell)
    }

    fn text(&self, field: Field) -> Option<String> {
        self.cell(field).map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Free text: lines kept, contacts taken out, not endless.
    fn note(&self, field: Field) -> Option<String> {
        let text = without_contacts(self.cell(field)?);
        Some(text.chars().take(NOTE_CHARS_MAX).collect())
    }

    fn product(&mut self) -> Option<String> {
        let product = self.text(Field::Product)?;
        if let Some(text) = self.reader.options.companions.product(&product) {
            self.complain(Some(Field::Product), text);
        }
        Some(self.reader.options.companions.spelled(product))
    }

    fn list(&self, field: Field) -> Vec<String> {
        let cell = self.cell(field).unwrap_or_default();
        cell.split([';', ',', '\n', '/']).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn date(&mut self, field: Field) -> Option<dates::Cell> {
        let cell = self.cell(field)?.to_owned();
        let read = dates::read(&cell);
        // A cell whose date does not exist in the order of the file is as unreadable as any other.
        let read = read.filter(|read| read.date(self.reader.evidence.dates).is_some());
        if read.is_none() {
            self.complain(Some(field), format!("{cell:?} is not a date; it was left out"));
        }
        read
    }

    fn instant(&mut self, field: Field) -> Option<jiff::Timestamp> {
        let order = self.reader.evidence.dates;
        self.date(field).and_then(|cell| cell.instant(order))
    }

    fn amount(&mut self) -> (Option<i64>, Option<String>) {
        let told = self.text(Field::Currency).map(|code| code.to_uppercase());
        let told = told.filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
        let Some(cell) = self.text(Field::Amount) else { return (None, told) };
        let money = numbers::money(&cell, self.reader.evidence.mark);
        let read = money.and_then(|money| {
            let currency = told.clone().or(money.currency).or_else(|| self.reader.columns.currency.clone());
            Some((numbers::minor(money.amount, currency.as_deref())?, currency))
        });
        match read {
            Some((minor, currency)) => (Some(minor), currency),
            None => {
                self.complain(Some(Field::Amount), format!("{cell:?} is not an amount; it was left out"));
                (None, told)
            }
        }
    }

    fn probability(&mut self) -> Option<f32> {
        let cell = self.cell(Field::Probability)?.to_owned();
        let read = numbers::share(&cell);
        if read.is_none() {
            self.complain(Some(Field::Probability), format!("{cell:?} is not a probability; it was left out"));
        }
        read.map(|(value, _)| if self.reader.evidence.shares { value * 100.0 } else { value })
    }

    fn state(&self, label: &str, id: Option<&str>) -> DealState {
        let map = self.reader.options.map;
        let yes = |field| {
            self.cell(field)
                .map(|cell| matches!(cell.to_lowercase().as_str(), "1" | "true" | "yes" | "ja" | "oui" | "sí" | "sim"))
        };
        match (yes(Field::IsWon), yes(Field::IsClosed)) {
            (Some(true), _) => return DealState::Won,
            (Some(false), Some(true)) => return DealState::Lost,
            _ => {}
        }
        let told = self.cell(Field::Status).and_then(|status| map.state_of(status, None));
        told.or_else(|| map.state_of(label, id)).unwrap_or(DealState::Open)
    }

    fn miss(&mut self, field: Field, missing: bool, text: &str) {
        if missing && self.reader.at.contains_key(&field) && self.cell(field).is_none() {
            self.complain(Some(field), text.to_owned());
        }
    }

    fn complain(&mut self, field: Option<Field>, text: String) {
        let at = field.and_then(|field| self.reader.at.get(&field));
        let column = at.map(|at| self.reader.columns.headers[*at].clone());
        self.complaints.push(Complaint { line: self.line, column, text });
    }
}
