//! Text from outside, made fit for one line of a mail.

use unicode_segmentation::UnicodeSegmentation;

/// Code points of one user-perceived character; emoji families and flags need up to ten, stacked accents get no more.
const CODE_POINTS_MAX: usize = 10;

/// One line: control characters and marks that turn the reading direction are gone, runs of white space are one
/// space, and what is longer than `graphemes_max` user-perceived characters ends in an ellipsis.
pub(super) fn line(text: &str, graphemes_max: usize) -> String {
    let mut chars = text.chars();
    // Bounds the work for texts of any length.
    let bounded = chars.by_ref().take(graphemes_max * CODE_POINTS_MAX);
    let clean: String = bounded.map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_trick(*c)).collect();
    let joined = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let graphemes: Vec<String> =
        joined.graphemes(true).map(|one| one.chars().take(CODE_POINTS_MAX).collect()).collect();
    if graphemes.len() <= graphemes_max && chars.next().is_none() {
        return graphemes.concat();
    }
    let kept = graphemes[..graphemes.len().min(graphemes_max.saturating_sub(1))].concat();
    // A cut at a word reads better, unless that would lose half of the line.
    let whole = kept.rfind(' ').filter(|at| *at > kept.len() / 2).map_or(kept.as_str(), |at| &kept[..at]);
    format!("{}…", whole.trim_end_matches([' ', ',', ';', ':', '.', '-', '–']))
}

/// Controls, direction overrides and isolates, and invisible characters other than the joiners that emoji and Persian need.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}')
}

/// The address where it leads to a web page, as it may stand in a mail: `http` and `https` only, no white space.
pub(super) fn address(url: &str) -> Option<String> {
    const CHARS_MAX: usize = 2_000;
    let parsed = url::Url::parse(url.trim()).ok()?;
    let fits = matches!(parsed.scheme(), "http" | "https") && parsed.as_str().len() <= CHARS_MAX;
    fits.then(|| parsed.to_string())
}
