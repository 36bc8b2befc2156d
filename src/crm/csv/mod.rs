//! A CSV export of any CRM to deals.
//!
//! The file is decoded, its separator and header found, its own cells asked for the order of day and month and for the
//! decimal mark, and then read row by row. Structure decides about the file as a whole: what is not an export of deals,
//! or cannot be told for certain, imports nothing and says where. A single bad cell is left out with a complaint.

mod bytes;
mod columns;
mod companions;
mod dates;
mod evidence;
mod field;
mod numbers;
mod rows;

use super::stages::StageMap;
use super::{Complaint, Import};
use crate::model::Crm;
use columns::Columns;
use evidence::Evidence;
use field::Field;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt;

pub use companions::Companions;
pub use dates::DateOrder;
pub use numbers::minor;

/// In a table wider than this, a row of one cell is no deal: reports end with lines about themselves.
const FOOTER_CELLS: usize = 2;
/// The most rows that one file may hold.
const ROWS_MAX: usize = 1_000_000;

/// How to read a file.
#[derive(Clone, Copy, Debug)]
pub struct CsvOptions<'a> {
    /// Whose layout it is, where the person says so; else found by the header.
    pub crm: Option<Crm>,
    /// The order of day and month, where the person says so; else found by the cells.
    pub dates: Option<DateOrder>,
    /// This instant: the import's, and what dates of the past cannot lie behind.
    pub now: Timestamp,
    /// What CRM stages stand for.
    pub map: &'a StageMap,
    /// Tables that lie beside the file.
    pub companions: &'a Companions,
}

/// Why a file imported nothing. Each is a sentence that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// Nothing in it.
    Empty,
    /// Bytes, not text.
    NotText,
    /// No header that names deals.
    NotDeals {
        /// What the first line holds.
        headers: Vec<String>,
        /// What is missing.
        missing: &'static str,
    },
    /// The structure broke.
    Broken {
        /// Line, from 1.
        line: u64,
        /// What is wrong there.
        text: String,
    },
    /// Dates that could be read in both orders.
    AmbiguousDates {
        /// Line, from 1.
        line: u64,
        /// The header of the column.
        column: String,
        /// The cell.
        cell: String,
    },
    /// Dates that need one order in one place and the other in another.
    ContradictingDates {
        /// Line, column and cell that need day before month.
        dmy: (u64, String, String),
        /// Line, column and cell that need month before day.
        mdy: (u64, String, String),
    },
    /// A header and rows, but not one deal.
    NoDeals {
        /// Why each row was skipped.
        complaints: Vec<Complaint>,
    },
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::Empty => f.write_str("the file is empty; export the deals again, with a header line"),
            ImportError::NotText => {
                f.write_str("the file is not text; export the deals as CSV (UTF-8), not as a workbook")
            }
            ImportError::NotDeals { headers, missing } => {
                let headers: Vec<_> = headers.iter().take(12).map(|header| format!("{header:?}")).collect();
                write!(f, "line 1: no column for {missing} among {}; is this an export of deals?", headers.join(", "))
            }
            ImportError::Broken { line, text } => write!(f, "line {line}: {text}; nothing was imported"),
            ImportError::AmbiguousDates { line, column, cell } => write!(
                f,
                "line {line}, column {column:?}: {cell:?} may be day/month or month/day, and no other date of the file decides it; say which with --dates dmy or --dates mdy"
            ),
            ImportError::ContradictingDates { dmy, mdy } => write!(
                f,
                "line {}, column {:?}: {:?} is day/month, but line {}, column {:?}: {:?} is month/day; mend the file or say which counts with --dates dmy or --dates mdy",
                dmy.0, dmy.1, dmy.2, mdy.0, mdy.1, mdy.2
            ),
            ImportError::NoDeals { complaints } => {
                f.write_str("the file holds no deal that could be read")?;
                match complaints.first() {
                    Some(complaint) => write!(f, ": {complaint}"),
                    None => f.write_str("; there is a header but no row below it"),
                }
            }
        }
    }
}

impl std::error::Error for ImportError {}

/// Reads a file of deals, all or nothing.
pub fn read(bytes: &[u8], options: &CsvOptions<'_>) -> Result<Import, ImportError> {
    let decoded = bytes::decode(bytes).ok_or(ImportError::NotText)?;
    let (separator, text, first_line) = bytes::separator(&decoded.text);
    let (table, columns) = find_table(Table { text, separator, first_line })?;
    let evidence = Evidence::gather(&table, &columns, options)?;
    let crm = options.crm.unwrap_or_else(|| columns.layout());
    let mut import = Import {
        crm,
        columns: columns
            .headers
            .iter()
            .cloned()
            .zip(columns.fields.iter().map(|field| field.map(Field::name)))
            .collect(),
        deals: Vec::new(),
        complaints: Vec::new(),
        notes: notes(decoded.encoding, separator, &evidence, &columns),
        rows: 0,
        full: true,
    };
    let reader = rows::Reader::new(crm, &columns, &evidence, options);
    let mut lines: HashMap<String, u64> = HashMap::new();
    for record in table.records().skip(1) {
        let (line, record) = record?;
        if record.len() == 1 && columns.headers.len() > FOOTER_CELLS {
            let text = "one cell alone is no deal but a footer of the report; it was left out".to_owned();
            import.complaints.push(Complaint { line, column: None, text });
            continue;
        }
        import.rows += 1;
        if let Some(deal) = reader.read(line, &record, &mut import.complaints) {
            match lines.get(&deal.external_id) {
                Some(first) => import.complaints.push(Complaint {
                    line,
                    column: None,
                    text: format!("{:?} stands on line {first} already; this line was left out", deal.external_id),
                }),
                None => {
                    lines.insert(deal.external_id.clone(), line);
                    import.deals.push(deal);
                }
            }
        }
    }
    options.companions.complete(&mut import);
    if import.deals.is_empty() { Err(ImportError::NoDeals { complaints: import.complaints }) } else { Ok(import) }
}

/// The table inside a file, and its columns: reports come with a title above the header, so the header is the first of
/// the first rows that names deals.
fn find_table(table: Table<'_>) -> Result<(Table<'_>, Columns), ImportError> {
    const ROWS_ABOVE_MAX: usize = 12;
    let mut reader = table.reader();
    let mut first = None;
    let mut record = csv::StringRecord::new();
    for _ in 0..ROWS_ABOVE_MAX {
        if !reader.read_record(&mut record).unwrap_or(false) {
            break;
        }
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let columns = Columns::of(cells);
        match (check(&columns), record.position()) {
            (Ok(()), Some(at)) => {
                let start = usize::try_from(at.byte()).unwrap_or(0);
                let text = table.text.get(start..).unwrap_or(table.text);
                return Ok((Table { text, first_line: table.first_line + at.line() - 1, ..table }, columns));
            }
            (Err(error), _) => first = first.or(Some(error)),
            (Ok(()), None) => break,
        }
    }
    Err(first.unwrap_or(ImportError::Empty))
}

/// A file of deals has a stage or a status, and something to tell deals apart by.
fn check(columns: &Columns) -> Result<(), ImportError> {
    let has = |field| columns.at(field).is_some();
    let missing = if !has(Field::Stage) && !has(Field::StageId) {
        "the stage"
    } else if !has(Field::Id) && !has(Field::Name) {
        "the id or the name of a deal"
    } else {
        return Ok(());
    };
    Err(ImportError::NotDeals { headers: columns.headers.clone(), missing })
}

fn notes(encoding: &str, separator: char, evidence: &Evidence, columns: &Columns) -> Vec<String> {
    let mut notes = Vec::new();
    if encoding != "UTF-8" {
        notes.push(format!("read as {encoding}"));
    }
    if separator != ',' {
        notes.push(format!("columns are separated by {separator:?}"));
    }
    notes.extend(evidence.notes());
    if columns.at(Field::Id).is_none() {
        notes.push("no column with an id: deals are told apart by name and account".to_owned());
    }
    notes
}

/// The text of a file from its header on.
#[derive(Clone, Copy)]
struct Table<'t> {
    text: &'t str,
    separator: char,
    first_line: u64,
}

impl<'t> Table<'t> {
    fn reader(&self) -> csv::Reader<&'t [u8]> {
        csv::ReaderBuilder::new()
            .delimiter(u8::try_from(self.separator).unwrap_or(b','))
            .has_headers(false)
            .flexible(true)
            .from_reader(self.text.as_bytes())
    }

    /// Every record that is not blank with its first line, header first. Ends with the first error.
    fn records(&self) -> impl Iterator<Item = Result<(u64, csv::StringRecord), ImportError>> + use<'t> {
        let Table { text, first_line, .. } = *self;
        let mut reader = self.reader();
        let mut count = 0;
        let mut width = 0;
        let mut failed = false;
        std::iter::from_fn(move || {
            loop {
                if failed {
                    return None;
                }
                let mut record = csv::StringRecord::new();
                match reader.read_record(&mut record) {
                    Ok(false) => return None,
                    Ok(true) => {}
                    Err(error) => {
                        failed = true;
                        let line = error.position().map_or(0, csv::Position::line) + first_line - 1;
                        return Some(Err(ImportError::Broken {
                            line,
                            text: format!("the line cannot be read ({error})"),
                        }));
                    }
                }
                if record.iter().all(|cell| cell.trim().is_empty()) {
                    continue;
                }
                let line = record.position().map_or(1, |at| line_of(text, at)) + first_line - 1;
                count += 1;
                width = width.max(if count == 1 { record.len() } else { 0 });
                if let Some(fault) = fault(text, &record, width, count) {
                    failed = true;
                    return Some(Err(ImportError::Broken { line, text: fault }));
                }
                return Some(Ok((line, record)));
            }
        })
    }
}

/// The line on which a record begins; blank lines before it belong to its position.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let rest = usize::try_from(at.byte()).ok().and_then(|start| text.as_bytes().get(start..)).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|byte| **byte == b'\n');
    at.line() + blank.count() as u64
}

/// What breaks the structure of the file at this record.
fn fault(text: &str, record: &csv::StringRecord, width: usize, count: usize) -> Option<String> {
    if count > ROWS_MAX + 1 {
        return Some(format!("the file holds more than {ROWS_MAX} rows; split it"));
    }
    // A quote that never closes swallows the rest of the file into one cell.
    let last = record.iter().next_back().unwrap_or_default();
    let open = record.len() < width && last.contains('\n') && text.trim_end().ends_with(last.trim_end());
    if open {
        return Some("a quotation mark opens here and never closes".to_owned());
    }
    (count > 1 && record.len() > width && record.iter().skip(width).any(|cell| !cell.trim().is_empty())).then(|| {
        format!(
            "{} cells stand here under {width} headers; a value that holds the separator needs quotation marks",
            record.len()
        )
    })
}
