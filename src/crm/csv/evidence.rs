use super::columns::Columns;
use super::dates::{self, DateOrder};
use super::field::Field;
use super::numbers::{self, DecimalMark};
use super::table::Table;
use super::{CsvOptions, ImportError};
use jiff::{SignedDuration, Timestamp};

/// A clock that runs ahead, or a zone: a date of the past may lie this far ahead.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(36);

/// What a file as a whole shows about its own cells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence {
    pub(super) dates: DateOrder,
    dates_shown: bool,
    pub(super) mark: Option<DecimalMark>,
    /// Probabilities run from 0 to 1 and not to 100.
    pub(super) shares: bool,
}

type Place = (u64, String, String);

/// What the dates seen so far show.
#[derive(Default)]
struct Dates {
    dmy: Option<Place>,
    mdy: Option<Place>,
    /// By dates of the past that would lie ahead in the other order.
    past_dmy: bool,
    past_mdy: bool,
    ambiguous: Option<Place>,
}

impl Evidence {
    pub(super) fn gather(table: &Table<'_>, columns: &Columns, options: &CsvOptions<'_>) -> Result<Self, ImportError> {
        let of = |wanted: fn(Field) -> bool| -> Vec<(usize, Field)> {
            let fields = columns.fields.iter().enumerate();
            fields.filter_map(|(at, field)| field.filter(|field| wanted(*field)).map(|field| (at, field))).collect()
        };
        let dated = of(Field::is_date);
        let amount = columns.at(Field::Amount);
        let share = columns.at(Field::Probability);
        let mut dates = Dates::default();
        let mut amounts = Vec::new();
        let (mut share_max, mut fraction, mut percent) = (0.0f32, false, false);
        for record in table.records().skip(1) {
            let (line, record) = record?;
            for (at, field) in &dated {
                let cell = record.get(*at).unwrap_or_default();
                dates.see(cell, *field, options.now, || (line, columns.headers[*at].clone(), cell.trim().to_owned()));
            }
            if let Some(cell) = amount.and_then(|at| record.get(at)).filter(|cell| cell.contains([',', '.'])) {
                amounts.push(cell.to_owned());
            }
            if let Some((value, sign)) = share.and_then(|at| record.get(at)).and_then(numbers::share) {
                share_max = share_max.max(value);
                fraction |= value.fract() > 0.0;
                percent |= sign;
            }
        }
        Ok(Self {
            dates: dates.decide(options.dates)?,
            dates_shown: dates.ambiguous.is_some() || dates.dmy.is_some() || dates.mdy.is_some(),
            mark: DecimalMark::of(amounts.iter().map(String::as_str)),
            shares: !percent && fraction && share_max <= 1.0,
        })
    }

    /// The decisions that a person may want to check.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.dates_shown {
            let order = if self.dates == DateOrder::Dmy { "day before month" } else { "month before day" };
            notes.push(format!("dates are written {order}"));
        }
        if self.mark == Some(DecimalMark::Comma) {
            notes.push("amounts have a decimal comma".to_owned());
        }
        if self.shares {
            notes.push("probabilities run from 0 to 1".to_owned());
        }
        notes
    }
}

impl Dates {
    fn see(&mut self, cell: &str, field: Field, now: Timestamp, place: impl Fn() -> Place) {
        let Some(cell) = dates::read(cell) else { return };
        match cell.shows() {
            Some(DateOrder::Dmy) => drop(self.dmy.get_or_insert_with(&place)),
            Some(DateOrder::Mdy) => drop(self.mdy.get_or_insert_with(&place)),
            None if cell.is_ambiguous() => {
                self.ambiguous.get_or_insert_with(&place);
                if field.is_past() {
                    let latest = now.checked_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
                    let ahead = |order| cell.instant(order).is_some_and(|at| at > latest);
                    self.past_dmy |= ahead(DateOrder::Mdy) && !ahead(DateOrder::Dmy);
                    self.past_mdy |= ahead(DateOrder::Dmy) && !ahead(DateOrder::Mdy);
                }
            }
            None => {}
        }
    }

    fn decide(&self, told: Option<DateOrder>) -> Result<DateOrder, ImportError> {
        if let Some(order) = told {
            return Ok(order);
        }
        match (&self.dmy, &self.mdy, &self.ambiguous) {
            (Some(dmy), Some(mdy), _) => Err(ImportError::ContradictingDates { dmy: dmy.clone(), mdy: mdy.clone() }),
            (Some(_), None, _) => Ok(DateOrder::Dmy),
            (None, Some(_), _) => Ok(DateOrder::Mdy),
            (None, None, Some(place)) => match (self.past_dmy, self.past_mdy) {
                (true, false) => Ok(DateOrder::Dmy),
                (false, true) => Ok(DateOrder::Mdy),
                _ => {
                    let (line, column, cell) = place.clone();
                    Err(ImportError::AmbiguousDates { line, column, cell })
                }
            },
            // No date makes a difference.
            (None, None, None) => Ok(DateOrder::Dmy),
        }
    }
}
