//! What comes back to the sender's address: delivery reports (RFC 3464) and mails that unsubscribe. Pure.

use crate::model::{Email, IsoWeek};
use mail_parser::{Message, MessageParser, MimeHeaders};

/// Bytes of a returned mail that are read; reports say what they have to say at the beginning.
pub const RETURN_BYTES_MAX: usize = 1024 * 1024;

/// What a returned mail is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// A mail of ours could not be delivered.
    Bounce(Bounce),
    /// Somebody used the mail address of `List-Unsubscribe`; the text is the signed link's.
    Unsubscribe(String),
    /// Anything else: vacation notes, delays, spam.
    Other,
}

/// A report that a mail of ours was not delivered and will not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// To whom it did not go.
    pub rep: Email,
    /// Our own Message-ID, with angle brackets; it proves that the report is about a mail of ours.
    pub message_id: String,
    /// The week that the Message-ID names.
    pub week: IsoWeek,
    /// Whether the address is dead, or the quarrel is about something else.
    pub dead: bool,
    /// The status code and what the other side said.
    pub said: String,
}

/// Reads one mail.
pub fn read(bytes: &[u8]) -> Return {
    let bytes = &bytes[..bytes.len().min(RETURN_BYTES_MAX)];
    let Some(mail) = MessageParser::default().parse(bytes) else { return Return::Other };
    if let Some(token) = mail.subject().and_then(unsubscribe) {
        return Return::Unsubscribe(token);
    }
    bounce(&mail, bytes).map_or(Return::Other, Return::Bounce)
}

/// The signed text behind the word in the subject, also where a mail program put `Re:` before it.
fn unsubscribe(subject: &str) -> Option<String> {
    let mut words = subject.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("unsubscribe"));
    words.next()?;
    words.next().map(str::to_owned)
}

fn bounce(mail: &Message<'_>, bytes: &[u8]) -> Option<Bounce> {
    let is_status = |kind: &mail_parser::ContentType<'_>| {
        kind.ctype().eq_ignore_ascii_case("message")
            && kind.subtype().is_some_and(|sub| sub.to_ascii_lowercase().ends_with("delivery-status"))
    };
    let part = mail.parts.iter().find(|part| part.content_type().is_some_and(is_status))?;
    let status = String::from_utf8_lossy(part.contents()).into_owned();
    let action = field(&status, "Action")?;
    if !action.eq_ignore_ascii_case("failed") {
        return None;
    }
    let code = field(&status, "Status").unwrap_or_default();
    let recipient = field(&status, "Final-Recipient").or_else(|| field(&status, "Original-Recipient"))?;
    let rep = recipient.split(';').next_back()?.trim().trim_matches(['<', '>']).parse().ok()?;
    let (message_id, week) = our_message_id(&String::from_utf8_lossy(bytes))?;
    let said = field(&status, "Diagnostic-Code").unwrap_or_default();
    let said: String =
        format!("{code} {said}").chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Bounce { rep, message_id, week, dead: is_dead(&code), said })
}

/// A field of the report, folded lines joined.
fn field(status: &str, name: &str) -> Option<String> {
    let unfolded = status.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    unfolded
        .lines()
        .find_map(|line| line.split_once(':').filter(|(found, _)| found.trim().eq_ignore_ascii_case(name)))
        .map(|(_, value)| value.trim().to_owned())
}

/// The Message-ID of ours that the report quotes: `<2026-W48.` and 32 digits.
fn our_message_id(text: &str) -> Option<(String, IsoWeek)> {
    text.match_indices('<').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let id = &rest[..rest.find('>').filter(|end| *end < 300)?];
        let (week, digits) = id.split('@').next()?.split_once('.')?;
        let ours = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        ours.then(|| week.parse().ok().map(|week| (format!("<{id}>"), week))).flatten()
    })
}

/// Whether a status (RFC 3463) says that the address or its domain is gone for good. A full mailbox is emptied again,
/// and a policy is a quarrel with the sender.
pub(super) fn is_dead(status: &str) -> bool {
    let mut parts = status.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("5"), Some("0" | "1"), _) | (Some("5"), Some("4"), Some("4")) => true,
        (Some("5"), Some("2"), Some(detail)) => detail != "2",
        _ => false,
    }
}
