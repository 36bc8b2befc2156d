//! Lines that say who wrote: "By Ann Lee | 3 May", "Posted on May 3 by Ann", "Veröffentlicht von Jonas am 3. März".

/// Words before a name, lower-cased, the surest first.
const BEFORE: &[&str] = &[
    "posted by",
    "written by",
    "published by",
    "submitted by",
    "post by",
    "story by",
    "words by",
    "article by",
    "text by",
    "von",
    "par",
    "por",
    "di",
    "da",
    "door",
    "av",
    "af",
    "przez",
    "by",
    "words:",
    "author:",
    "autor:",
    "autorin:",
    "auteur:",
    "text:",
];
/// What ends a name, beside digits.
const AFTER: &[&str] = &[
    " on ", " at ", " in ", " am ", " um ", " le ", " el ", " il ", " op ", " and ", " und ", " et ", " y ", " for ",
    " to ", " with ", " says", " said", " wrote", " | ", " · ", " • ", " – ", " — ", " - ", " / ", " » ", " « ", ", ",
    "; ", " (", "\u{a0}",
];
/// The longest line that is such a line, in bytes.
const LINE_BYTES_MAX: usize = 200;
/// The longest name, in words.
const NAME_WORDS_MAX: usize = 5;

/// The name in such a line; none where the line says something else.
pub(super) fn name(line: &str) -> Option<String> {
    if line.len() > LINE_BYTES_MAX {
        return None;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    BEFORE.iter().find_map(|before| {
        let wanted: Vec<&str> = before.split(' ').collect();
        let at = words.windows(wanted.len()).position(|run| {
            run.iter()
                .zip(&wanted)
                .all(|(word, wanted)| word.to_lowercase().trim_end_matches(':') == wanted.trim_end_matches(':'))
        })?;
        // What ends in a colon must do so here too; "text" alone is a word.
        let colon = !before.ends_with(':') || words[at + wanted.len() - 1].ends_with(':');
        if !colon {
            return None;
        }
        let rest = words[at + wanted.len()..].join(" ");
        let rest = format!("{} ", rest.trim_start_matches([':', '–', '—', '-', ' ']));
        let end = AFTER.iter().filter_map(|after| rest.find(after)).min().unwrap_or(rest.len());
        let end = rest.find(|c: char| c.is_ascii_digit()).map_or(end, |digit| end.min(name_end(&rest, digit)));
        let name = rest[..end].trim().trim_end_matches([',', ':', '.', '|']).trim();
        is_name(name).then(|| name.to_owned())
    })
}

/// A digit ends a name unless it belongs to a word such as `sales_fan42`.
fn name_end(rest: &str, digit: usize) -> usize {
    let word = rest[..digit].rfind(' ').map_or(0, |space| space + 1);
    if word < digit && word == 0 { rest.find(' ').unwrap_or(rest.len()) } else { word }
}

fn is_name(name: &str) -> bool {
    let words = name.split_whitespace().count();
    let first = name.chars().next();
    (1..=NAME_WORDS_MAX).contains(&words)
        && name.len() >= 2
        && (words == 1
            || first.is_some_and(|c| !c.is_lowercase())
            || name.starts_with("van ")
            || name.starts_with("de "))
        && !name.contains("://")
}
