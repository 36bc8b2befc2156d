use super::{Dkim, SendError};
use crate::model::{Email, IsoWeek};
use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use std::time::SystemTime;

/// Characters of a name in a header; longer ones are cut.
const NAME_CHARS_MAX: usize = 100;
/// Characters of a subject. What render makes is far shorter; this holds for every mail.
const SUBJECT_CHARS_MAX: usize = 200;
/// Bytes of a file name that every file system takes, with room for the ending.
const FILE_STEM_BYTES_MAX: usize = 200;

/// A mail before it is written out.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The sender; its domain is ours in `Message-ID`, `List-Id` and DKIM.
    pub from: Email,
    /// The name beside it.
    pub from_name: String,
    /// Who gets it.
    pub to: Email,
    /// The name beside it.
    pub to_name: String,
    /// One line.
    pub subject: String,
    /// The part that is complete by itself.
    pub text: String,
    /// The part that most people see; none for plain notices.
    pub html: Option<String>,
    /// With its angle brackets, as `message_id` makes it.
    pub message_id: String,
    /// The instant it is sent.
    pub date: Timestamp,
    /// What it is, one word: `weekly`, `health`, `test`. Stands in `Feedback-ID` and in file names.
    pub kind: &'static str,
    /// The week it belongs to.
    pub week: IsoWeek,
    /// How to get no more of these; none for mails that a person asked for.
    pub unsubscribe: Option<Unsubscribe>,
}

/// The two ways out that `List-Unsubscribe` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Answers a POST at once (RFC 8058), and shows a button on GET.
    pub url: String,
    /// The signed link's text alone; it is the subject of the mail that unsubscribes.
    pub token: String,
}

/// A mail as bytes, with its envelope.
#[derive(Clone, Debug)]
pub struct ReadyMail {
    /// With its angle brackets.
    pub message_id: String,
    /// The whole message, lines ended by CRLF.
    pub bytes: Vec<u8>,
    /// The name of its file without the ending: week and address.
    pub file_stem: String,
    pub(super) envelope: Envelope,
}

impl ReadyMail {
    /// The address it goes to.
    pub fn to(&self) -> &str {
        self.envelope.to().first().map_or("", AsRef::as_ref)
    }
}

/// The Message-ID of the mail that this fingerprint of 32 digits names. `returns` finds it in delivery reports.
pub fn message_id(fingerprint: &str, week: IsoWeek, from: &Email) -> String {
    format!("<{week}.{fingerprint}@{}>", domain(from))
}

/// The value of `List-Id` (RFC 2919) for mails of this sender.
pub fn list_id(from: &Email) -> String {
    format!("Ridealong weekly <weekly.ridealong.{}>", domain(from))
}

/// The sender's domain as DNS writes it.
pub fn domain(address: &Email) -> String {
    let domain = address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    url::Host::parse(domain).map_or_else(|_| "localhost".to_owned(), |host| host.to_string())
}

/// Writes a mail out, signed where there is a key. The same mail gives the same bytes (the signature's time aside).
///
/// # Errors
/// [`SendError::Refused`] for an address that no relay would take.
pub fn write(mail: &Mail, dkim: Option<&Dkim>) -> Result<ReadyMail, SendError> {
    let mut builder = Message::builder()
        .from(mailbox(&mail.from_name, &mail.from)?)
        .to(mailbox(&mail.to_name, &mail.to)?)
        .date(SystemTime::from(mail.date))
        .message_id(Some(mail.message_id.clone()))
        .subject(one_line(&mail.subject, SUBJECT_CHARS_MAX));
    for (name, value) in headers(mail) {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let refuse = |error: lettre::error::Error| SendError::Refused(format!("the mail cannot be written: {error}"));
    let text = SinglePart::plain(mail.text.clone());
    let mut message = match &mail.html {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .boundary(boundary(&mail.message_id))
                .singlepart(text)
                .singlepart(SinglePart::html(html.clone())),
        ),
    }
    .map_err(refuse)?;
    if let Some(dkim) = dkim {
        dkim.sign(&mut message);
    }
    Ok(ReadyMail {
        message_id: mail.message_id.clone(),
        bytes: message.formatted(),
        file_stem: file_stem(mail),
        envelope: message.envelope().clone(),
    })
}

fn headers(mail: &Mail) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        // RFC 3834: no vacation notes, please; the second is for mail servers that do not know the first.
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()),
        ("Feedback-ID", format!("{}:{}:ridealong", mail.week, mail.kind)),
    ];
    if let Some(out) = &mail.unsubscribe {
        let address = &mail.from;
        headers.push(("List-Id", list_id(&mail.from)));
        headers.push((
            "List-Unsubscribe",
            format!("<{}>, <mailto:{}?subject=unsubscribe%20{}>", out.url, mailto(address), out.token),
        ));
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    headers
}

/// The address as a `mailto:` link may hold it (RFC 6068, section 2).
fn mailto(address: &Email) -> String {
    address
        .as_str()
        .bytes()
        .map(|b| {
            let plain = b.is_ascii_alphanumeric() || b"@.-_~!$'*+".contains(&b);
            if plain { char::from(b).to_string() } else { format!("%{b:02X}") }
        })
        .collect()
}

fn mailbox(name: &str, address: &Email) -> Result<Mailbox, SendError> {
    let parsed: Address = address.as_str().parse().map_err(|error| {
        SendError::Refused(format!("{address} cannot be mailed to: {error}; correct it with `ridealong reps`"))
    })?;
    let name = one_line(name, NAME_CHARS_MAX);
    Ok(Mailbox::new(if name.is_empty() { None } else { Some(name) }, parsed))
}

/// One line without control characters. The last guard of every header, whoever made the text.
fn one_line(text: &str, chars_max: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(chars_max).collect()
}

/// A line between the parts that follows from the mail, so that writing is repeatable.
fn boundary(message_id: &str) -> String {
    let digits: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(50).collect();
    format!("part-{digits}")
}

fn file_stem(mail: &Mail) -> String {
    let address: String = mail
        .to
        .as_str()
        .chars()
        .map(
            |c| if c.is_alphanumeric() || "@.-_+".contains(c) { c.to_string() } else { format!("%{:x}", u32::from(c)) },
        )
        .collect();
    let prefix = if mail.kind == "weekly" { String::new() } else { format!("{}-", mail.kind) };
    let stem = format!("{prefix}{}-{address}", mail.week);
    if stem.len() <= FILE_STEM_BYTES_MAX { stem } else { format!("{prefix}{}", boundary(&mail.message_id)) }
}
