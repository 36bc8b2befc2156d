use super::error::{Error, Result};
use axum::response::Redirect;
use serde::Deserialize;

/// Characters of an address to go back to.
const BACK_CHARS_MAX: usize = 300;

/// The field that every act carries: where the person was.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    /// Back to where the person was.
    pub(super) fn redirect(&self) -> Redirect {
        Redirect::to(local(&self.back))
    }
}

/// The address where it is a plain path of ours, else the start: never a way to another site.
pub(super) fn local(back: &str) -> &str {
    let plain = back.starts_with('/')
        && !back.starts_with("//")
        && back.len() <= BACK_CHARS_MAX
        && back.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { back } else { "/" }
}

/// One line that a person typed: trimmed, without control characters.
///
/// # Errors
/// Names the field where the text is too long.
pub(super) fn line(text: &str, name: &str, chars_max: usize) -> Result<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    fits(text.trim().to_owned(), name, chars_max)
}

/// Several lines that a person typed.
///
/// # Errors
/// Names the field where the text is too long.
pub(super) fn lines(text: &str, name: &str, chars_max: usize) -> Result<String> {
    let text = text.replace("\r\n", "\n");
    let text: String = text.trim().chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    fits(text, name, chars_max)
}

fn fits(text: String, name: &str, chars_max: usize) -> Result<String> {
    if text.chars().count() > chars_max {
        return Err(Error::Unusable(format!("the {name} is too long; it may have {chars_max} characters")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{line, local};

    #[test]
    fn a_line_of_control_characters_is_empty() {
        assert_eq!(line(" \u{19}\t", "name", 9).unwrap(), "");
        assert_eq!(line("\u{7}a\u{0}b ", "name", 9).unwrap(), "a b");
    }

    #[test]
    fn only_plain_local_paths_are_gone_back_to() {
        assert_eq!(local("/posts/0123#comment-1"), "/posts/0123#comment-1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a\r\nSet-Cookie: b"] {
            assert_eq!(local(elsewhere), "/");
        }
    }
}
