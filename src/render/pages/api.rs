use super::{Frame, render};
use askama::Template;

/// The documentation of the API.
#[derive(Template)]
#[template(path = "api.html")]
pub struct ApiPage<'a> {
    /// What surrounds it.
    pub frame: Frame,
    /// What holds for every request.
    pub about: &'a str,
    /// The operations by what they are about.
    pub tags: &'a [TagShown],
}

/// What some operations are about.
pub struct TagShown {
    /// In a word.
    pub name: String,
    /// The operations.
    pub operations: Vec<OperationShown>,
}

/// One operation.
pub struct OperationShown {
    /// The HTTP method.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: String,
    /// What it does, in a few words.
    pub summary: String,
    /// More about it; may be empty.
    pub about: String,
    /// What the address takes.
    pub parameters: Vec<ParameterShown>,
    /// The name of the body's schema, where it has one.
    pub body: Option<String>,
    /// The status of a good answer.
    pub status: String,
    /// The name of the answer's schema, where it has one.
    pub answer: Option<String>,
}

/// A part of the address.
pub struct ParameterShown {
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it is.
    pub about: String,
}

/// The documentation page of the API.
pub fn api(page: &ApiPage<'_>) -> String {
    render(page)
}
