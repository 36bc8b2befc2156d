use super::{Frame, render};
use crate::model::{Email, Rep};
use crate::render::mail::MailParts;
use crate::render::words::Calendar;
use askama::Template;
use jiff::Timestamp;

/// What the page of the next mail shows.
pub struct NextMailPage<'a> {
    /// The mail; none where the week has nothing to say.
    pub mail: Option<&'a MailParts>,
    /// Who gets it.
    pub rep: &'a Rep,
    /// When the next one goes out, where one does.
    pub at: Option<Timestamp>,
    /// The sender.
    pub from: &'a Email,
    /// The reader's zone and instant.
    pub calendar: &'a Calendar,
}

#[derive(Template)]
#[template(path = "next_mail.html")]
struct Page<'a> {
    frame: Frame,
    when: String,
    from: &'a Email,
    to: &'a Email,
    mail: Option<&'a MailParts>,
}

/// The next mail: its head, its text part, and the way to its HTML part.
pub fn next_mail(frame: Frame, page: &NextMailPage<'_>) -> String {
    let when = match page.at {
        None => "No mail is planned. This is what one would say now.".to_owned(),
        Some(at) => format!(
            "It goes out on {}, {} time. This is what it would say now; what happens until then still counts.",
            page.calendar.moment(at),
            page.rep.zone
        ),
    };
    render(&Page { frame, when, from: page.from, to: &page.rep.email, mail: page.mail })
}
