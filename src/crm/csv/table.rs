use super::ImportError;
use super::columns::Columns;
use super::field::Field;

/// The most rows that one file may hold.
const ROWS_MAX: usize = 1_000_000;

/// The table inside a file, and its columns: reports come with a title above the header, so the header is the first of
/// the first rows that names deals.
pub(super) fn find_table(table: Table<'_>) -> Result<(Table<'_>, Columns), ImportError> {
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

/// The text of a file from its header on.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    pub(super) text: &'t str,
    pub(super) separator: char,
    pub(super) first_line: u64,
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
    pub(super) fn records(&self) -> impl Iterator<Item = Result<(u64, csv::StringRecord), ImportError>> + use<'t> {
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
