//! A Digest -> the weekly mail: subject, preheader, a text part that is complete by itself, and HTML.
//!
//! Nothing from outside reaches a mail unwashed: every text becomes one line without control or direction marks and
//! of bounded length (`wash`), the template escapes it, and every address is our own or `http(s)`. There are no
//! images and nothing is loaded from anywhere, so opening the mail tells nobody.

mod html;
mod links;
mod notice;
mod subject;
mod text;
mod view;
mod wash;

use crate::model::Digest;

pub use links::MailLinks;
pub use notice::notice;

/// Bytes of HTML above which Gmail cuts a mail off; ours stays below.
pub const HTML_BYTES_MAX: usize = 100 * 1024;

/// The parts of a weekly mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailParts {
    /// At most 50 characters; names deals only where the rep wants that.
    pub subject: String,
    /// The line that mail programs show beside the subject.
    pub preheader: String,
    /// Complete by itself, at most 72 columns except for addresses.
    pub text: String,
    /// Styles inlined, below [`HTML_BYTES_MAX`].
    pub html: String,
}

/// The mail of a digest; none where the week has nothing to say: no pick and no commitment that is due.
///
/// `name_deals` lets the subject name the first deal.
pub fn parts(digest: &Digest, links: &MailLinks, name_deals: bool) -> Option<MailParts> {
    let view = view::MailView::of(digest, links)?;
    let subject = subject::subject(digest, &view, name_deals);
    Some(MailParts { text: text::write(&view), html: html::write(&view, &subject), preheader: view.preheader, subject })
}
