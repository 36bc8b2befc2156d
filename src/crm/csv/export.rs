use super::columns::Columns;
use super::evidence::Evidence;
use super::field::Field;
use super::table::{Table, find_table};
use super::{CsvOptions, ImportError, bytes, rows};
use crate::crm::{Complaint, Import};
use crate::model::{Crm, Deal};
use std::borrow::Cow;
use std::collections::HashMap;

/// In a table wider than this, a row of one cell is no deal: reports end with lines about themselves.
const FOOTER_CELLS: usize = 2;

/// A file whose table, columns and ways of writing dates and numbers are known. Its deals are read from the text as
/// often as wanted, so that nobody has to hold all of them.
pub struct Export<'a> {
    text: Cow<'a, str>,
    /// Bytes of the text before the header.
    start: usize,
    separator: char,
    first_line: u64,
    encoding: &'static str,
    columns: Columns,
    evidence: Evidence,
    options: CsvOptions<'a>,
}

impl<'a> Export<'a> {
    /// Finds out how a file is written. Every row's structure, dates and numbers have been looked at when this returns.
    ///
    /// # Errors
    /// What is no export of deals, or cannot be told for certain.
    pub fn open(file: &'a [u8], options: CsvOptions<'a>) -> Result<Self, ImportError> {
        let bytes::Decoded { text, encoding } = bytes::decode(file).ok_or(ImportError::NotText)?;
        let (separator, rest, first_line) = bytes::separator(&text);
        let (table, columns) = find_table(Table { text: rest, separator, first_line })?;
        let evidence = Evidence::gather(&table, &columns, &options)?;
        // The table runs to the end of the text.
        let (start, first_line) = (text.len() - table.text.len(), table.first_line);
        Ok(Self { start, separator, first_line, encoding, columns, evidence, options, text })
    }

    /// Whose layout it is.
    pub fn crm(&self) -> Crm {
        self.options.crm.unwrap_or_else(|| self.columns.layout())
    }

    /// The deals in the order of the file, each once.
    pub fn deals(&self) -> Reading<'_> {
        let Self { start, separator, first_line, .. } = *self;
        let table = Table { text: self.text.get(start..).unwrap_or_default(), separator, first_line };
        Reading {
            export: self,
            records: Box::new(table.records().skip(1)),
            reader: rows::Reader::new(self.crm(), &self.columns, &self.evidence, &self.options),
            lines: HashMap::new(),
            complaints: Vec::new(),
            rows: 0,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.encoding != "UTF-8" {
            notes.push(format!("read as {}", self.encoding));
        }
        if self.separator != ',' {
            notes.push(format!("columns are separated by {:?}", self.separator));
        }
        notes.extend(self.evidence.notes());
        if self.columns.at(Field::Id).is_none() {
            notes.push("no column with an id: deals are told apart by name and account".to_owned());
        }
        notes
    }
}

/// A file being read.
pub struct Reading<'e> {
    export: &'e Export<'e>,
    records: Box<dyn Iterator<Item = Result<(u64, csv::StringRecord), ImportError>> + Send + 'e>,
    reader: rows::Reader<'e>,
    /// The line on which each id stands first.
    lines: HashMap<String, u64>,
    complaints: Vec<Complaint>,
    rows: usize,
}

impl Reading<'_> {
    /// What was read so far, without the deals themselves.
    ///
    /// # Errors
    /// There was no deal.
    pub fn finish(mut self) -> Result<Import, ImportError> {
        let Columns { headers, fields, .. } = &self.export.columns;
        self.complaints.extend(self.export.options.companions.complaints().iter().cloned());
        if self.lines.is_empty() {
            return Err(ImportError::NoDeals { complaints: self.complaints });
        }
        Ok(Import {
            crm: self.export.crm(),
            columns: headers.iter().cloned().zip(fields.iter().map(|field| field.map(Field::name))).collect(),
            deals: Vec::new(),
            complaints: self.complaints,
            notes: self.export.notes(),
            rows: self.rows,
            full: true,
        })
    }

    /// The deal of one record; none, with a complaint, where there is none or it is there already.
    fn deal(&mut self, line: u64, record: &csv::StringRecord) -> Option<Deal> {
        if record.len() == 1 && self.export.columns.headers.len() > FOOTER_CELLS {
            let text = "one cell alone is no deal but a footer of the report; it was left out".to_owned();
            self.complaints.push(Complaint { line, column: None, text });
            return None;
        }
        self.rows += 1;
        let mut deal = self.reader.read(line, record, &mut self.complaints)?;
        if let Some(first) = self.lines.get(&deal.external_id) {
            let text = format!("{:?} stands on line {first} already; this line was left out", deal.external_id);
            self.complaints.push(Complaint { line, column: None, text });
            return None;
        }
        self.lines.insert(deal.external_id.clone(), line);
        self.export.options.companions.complete(&mut deal);
        Some(deal)
    }
}

impl Iterator for Reading<'_> {
    type Item = Result<Deal, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.records.next()? {
                Err(error) => return Some(Err(error)),
                Ok((line, record)) => {
                    if let Some(deal) = self.deal(line, &record) {
                        return Some(Ok(deal));
                    }
                }
            }
        }
    }
}
