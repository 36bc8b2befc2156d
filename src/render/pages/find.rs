use super::{Frame, render};
use askama::Template;

/// The form in which a rep hands in what they found.
#[derive(Template)]
#[template(path = "find.html")]
pub struct FindPage<'a> {
    /// The frame.
    pub frame: Frame,
    /// What is filled in already.
    pub find: FindShown,
    /// Who will read it, in a sentence.
    pub readers: &'a str,
    /// The bookmark that fills the form in from another page.
    pub bookmarklet: String,
    /// Characters of a note.
    pub note_max: usize,
    /// Characters of a quote.
    pub quote_max: usize,
    /// Characters of a title or a name.
    pub line_max: usize,
}

/// The fields of the form.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub struct FindShown {
    pub url: String,
    pub note: String,
    pub quote: String,
    pub mentor: String,
    pub title: String,
}

/// The page of the form.
pub fn find(page: &FindPage<'_>) -> String {
    render(page)
}
