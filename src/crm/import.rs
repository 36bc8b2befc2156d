use crate::model::{Crm, Deal};
use std::fmt;

/// What one file or one run of a connector brought, before anything is saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Whose layout it is.
    pub crm: Crm,
    /// What was found in the header, in the order of the file: the header and the field it was read as, if any.
    pub columns: Vec<(String, Option<&'static str>)>,
    /// The deals, in the order of the file; owners not claimed yet.
    pub deals: Vec<Deal>,
    /// What was skipped or left out, and why.
    pub complaints: Vec<Complaint>,
    /// What was decided about the file as a whole: encoding, separator, order of dates, decimal mark.
    pub notes: Vec<String>,
    /// Data rows read, skipped ones included.
    pub rows: usize,
    /// Whether deals that are missing here are gone; connectors that fetch only what changed say no.
    pub full: bool,
}

/// Something in the input that could not be taken as it stands. The rest went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Line in the file, from 1; 0 where the input has no lines.
    pub line: u64,
    /// The header of the column, where it is about one cell.
    pub column: Option<String>,
    /// What is wrong and what became of it.
    pub text: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}", self.line)?;
            match &self.column {
                Some(column) => write!(f, ", column {column:?}: ")?,
                None => f.write_str(": ")?,
            }
        }
        f.write_str(&self.text)
    }
}
