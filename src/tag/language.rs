//! Which language a text is read in.

use super::Text;
use super::foreign::{self, Words};

/// Shorter texts are taken for English where nobody says otherwise: detection errs on them.
const DETECT_CHARS_MIN: usize = 200;
/// Characters that detection looks at.
const DETECT_CHARS_MAX: usize = 2_000;

/// How a text is read.
pub(super) enum Reads {
    /// By the model.
    English,
    /// By the small lexicon of its language.
    Foreign(&'static Words),
    /// Not at all: shown in the library, never picked.
    Nothing,
}

/// The language as given, else as detected on texts that are long enough for it.
pub(super) fn of(text: &Text<'_>) -> Reads {
    let given = text.lang.and_then(|lang| lang.split(['-', '_']).next()).map(str::to_ascii_lowercase);
    match given.filter(|lang| !lang.is_empty() && lang != "und").or_else(|| detect(text.text)).as_deref() {
        None | Some("en") => Reads::English,
        Some(code) => foreign::words(code).map_or(Reads::Nothing, Reads::Foreign),
    }
}

fn detect(text: &str) -> Option<String> {
    let sample = match text.char_indices().nth(DETECT_CHARS_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    sample.chars().nth(DETECT_CHARS_MIN)?;
    let info = whatlang::detect(sample).filter(|info| info.is_reliable())?;
    Some(two_letters(info.lang()).unwrap_or("other").to_owned())
}

/// The codes of the languages that are read; every other one is not.
fn two_letters(lang: whatlang::Lang) -> Option<&'static str> {
    Some(match lang {
        whatlang::Lang::Eng => "en",
        whatlang::Lang::Deu => "de",
        whatlang::Lang::Fra => "fr",
        whatlang::Lang::Spa => "es",
        whatlang::Lang::Por => "pt",
        _ => return None,
    })
}
