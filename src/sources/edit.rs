//! Changes to the text of `sources.yaml`, one entry at a time; what stands around it stays byte for byte. Pure.

use super::{SourcesError, parse};
use crate::model::{Source, SourceId};
use std::ops::Range;

/// The text of an entry, moved to the left edge, as a person edits it; none where there is no such entry.
pub fn find_entry(text: &str, id: &SourceId) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let (range, indent) = place(text, id)?;
    let moved = lines.get(range)?.iter().map(|line| &line[indent.min(line.len() - line.trim_start().len())..]);
    Some(moved.collect::<Vec<_>>().join("\n") + "\n")
}

/// The text with another entry in the place of this one.
///
/// # Errors
/// The entry is not there, or the text would not be readable any more; line and column are those of the new text.
pub fn replace_entry(text: &str, file: &str, id: &SourceId, entry: &str) -> Result<String, SourcesError> {
    let (range, indent) = place(text, id).ok_or_else(|| not_there(file, id))?;
    let lead = " ".repeat(indent);
    let new: Vec<String> = entry
        .trim_end()
        .lines()
        .map(|line| if line.trim().is_empty() { String::new() } else { format!("{lead}{line}") })
        .collect();
    checked(spliced(text, range, &new), file)
}

/// The text without this entry.
///
/// # Errors
/// As [`replace_entry`].
pub fn remove_entry(text: &str, file: &str, id: &SourceId) -> Result<String, SourcesError> {
    let (range, _) = place(text, id).ok_or_else(|| not_there(file, id))?;
    let left = spliced(text, range, &[]);
    // Where it was the last one, a list of nothing is still a list.
    let emptied = || left.lines().map(|line| if line.trim_end() == "sources:" { "sources: []" } else { line });
    checked(left.clone(), file).or_else(|fault| match left.lines().any(|line| line.trim_end() == "sources:") {
        true => checked(emptied().collect::<Vec<_>>().join("\n") + "\n", file),
        false => Err(fault),
    })
}

/// The text with a key of this entry set, or taken away.
///
/// # Errors
/// As [`replace_entry`].
pub fn set_key(text: &str, file: &str, id: &SourceId, key: &str, value: Option<&str>) -> Result<String, SourcesError> {
    let entry = find_entry(text, id).ok_or_else(|| not_there(file, id))?;
    let is_key =
        |line: &&str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    let mut lines: Vec<String> = entry.lines().filter(|line| !is_key(line)).map(str::to_owned).collect();
    if let Some(value) = value {
        let after_dash = entry.strip_prefix('-').unwrap_or_default();
        let column = 1 + after_dash.len() - after_dash.trim_start().len();
        lines.push(format!("{}{key}: {value}", " ".repeat(column)));
    }
    replace_entry(text, file, id, &lines.join("\n"))
}

/// The line, from 1, at which an entry begins.
pub fn line_of_entry(text: &str, id: &SourceId) -> Option<usize> {
    place(text, id).map(|(range, _)| range.start + 1)
}

/// The text with further entries behind the last one. An empty text becomes a whole file.
pub fn append(text: &str, sources: &[Source]) -> String {
    let entries: String = sources.iter().map(super::entry).collect();
    append_text(text, &entries).0
}

/// The same for entries as a person wrote them, and the line, from 1, at which they begin.
pub fn append_text(text: &str, entries: &str) -> (String, usize) {
    let last = parse(text, "").ok().and_then(|set| place(text, &set.sources.last()?.id));
    let (text, range, dash) = match last {
        Some((range, dash)) => (text.to_owned(), range.end..range.end, dash),
        None => {
            let text = text.trim_end();
            let headed = if text.is_empty() { "sources:" } else { text };
            // `sources: []` is how an emptied file looks.
            let lines: Vec<&str> =
                headed.lines().map(|line| if line.trim_end() == "sources: []" { "sources:" } else { line }).collect();
            let head = lines.iter().position(|line| line.trim_end() == "sources:");
            let end = head.map_or(lines.len(), |at| at + 1);
            (lines.join("\n"), end..end, 2)
        }
    };
    let lead = " ".repeat(dash);
    let lines: Vec<String> = entries.trim_end().lines().map(|line| format!("{lead}{line}")).collect();
    (spliced(&text, range.clone(), &lines), range.start + 1)
}

/// Lines of an entry in block style, and the column of its dash.
fn place(text: &str, id: &SourceId) -> Option<(Range<usize>, usize)> {
    let set = parse(text, "").ok()?;
    let named = set.sources.iter().find(|source| &source.id == id)?.span?.line.checked_sub(1)?;
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let first = (0..=named)
        .rev()
        .find(|at| lines.get(*at).is_some_and(|line| format!("{} ", line.trim()).starts_with("- ")))?;
    let dash = indent(lines.get(first)?);
    let inside = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#') || indent(line) > dash;
    let mut end = first + 1;
    while lines.get(end).is_some_and(|line| inside(line)) {
        end += 1;
    }
    // Blank lines and notes before the next entry belong to that one.
    let loose = |line: &str| line.trim().is_empty() || (line.trim_start().starts_with('#') && indent(line) <= dash);
    while end > first + 1 && lines.get(end - 1).is_some_and(|line| loose(line)) {
        end -= 1;
    }
    Some((first..end, dash))
}

fn spliced(text: &str, range: Range<usize>, new: &[String]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let before = lines.iter().take(range.start).copied();
    let after = lines.iter().skip(range.end).copied();
    let all: Vec<&str> = before.chain(new.iter().map(String::as_str)).chain(after).collect();
    all.join("\n") + "\n"
}

fn checked(text: String, file: &str) -> Result<String, SourcesError> {
    parse(&text, file).map(|_| text)
}

fn not_there(file: &str, id: &SourceId) -> SourcesError {
    SourcesError {
        file: file.to_owned(),
        line: 1,
        column: 1,
        message: format!("{id} does not stand in the file as an entry of its own; change it there by hand"),
        text: String::new(),
    }
}
