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
mod export;
mod field;
mod numbers;
mod rows;
mod table;

use super::stages::StageMap;
use super::{Complaint, Import};
use crate::model::Crm;
use jiff::Timestamp;
use std::fmt;

pub use companions::Companions;
pub use dates::DateOrder;
pub use export::{Export, Reading};
pub use numbers::minor;

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

/// Reads a file of deals, all or nothing, and holds them all in memory.
///
/// # Errors
/// What is no export of deals, or cannot be told for certain.
pub fn read(bytes: &[u8], options: &CsvOptions<'_>) -> Result<Import, ImportError> {
    let export = Export::open(bytes, *options)?;
    let mut reading = export.deals();
    let deals = reading.by_ref().collect::<Result<_, _>>()?;
    Ok(Import { deals, ..reading.finish()? })
}
