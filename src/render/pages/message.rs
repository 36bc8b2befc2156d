use super::{Frame, render};
use askama::Template;

/// A page that says one thing: an error, or that something is done.
#[derive(Template)]
#[template(path = "message.html")]
pub struct Message<'a> {
    /// The frame.
    pub frame: Frame,
    /// The small line above, for example the status.
    pub kicker: String,
    /// What happened, in a few words.
    pub heading: &'a str,
    /// One sentence that a person can act on.
    pub sentence: &'a str,
    /// A way on: address and words.
    pub way: Option<(&'a str, &'a str)>,
    /// The id under which the log has the cause.
    pub request_id: Option<&'a str>,
}

/// The page that says one thing.
pub fn message(page: &Message<'_>) -> String {
    render(page)
}

/// The page that asks who it is.
#[derive(Template)]
#[template(path = "ways_in.html")]
pub struct WaysIn<'a> {
    /// The frame.
    pub frame: Frame,
    /// Whether links are mailed here.
    pub mails: bool,
    /// The words on the button of the company's provider, where there is one.
    pub openid: Option<&'a str>,
    /// Where that button leads.
    pub openid_path: &'a str,
    /// Where to go afterwards.
    pub back: &'a str,
}

/// The page that asks who it is.
pub fn ways_in(page: &WaysIn<'_>) -> String {
    render(page)
}

/// A page before signing in: one form with one button.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The frame.
    pub frame: Frame,
    /// What the page is about.
    pub heading: &'a str,
    /// One sentence.
    pub sentence: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// The words on the button.
    pub button: &'a str,
}

/// The page before signing in.
pub fn sign_in(page: &SignIn<'_>) -> String {
    render(page)
}
