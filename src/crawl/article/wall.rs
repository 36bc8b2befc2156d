//! Pages that stand before a text instead of being it.

use std::fmt;

/// Why a page gives no text; its words are never stored as the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// The text is for subscribers.
    Paywall,
    /// The page asks for consent to cookies first.
    Consent,
    /// The page asks for a password.
    Login,
    /// The page checks whether its visitor is a person.
    Challenge,
    /// There is no text in the page.
    NoText,
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wall::Paywall => "the text is for subscribers (a paywall); what the feed gives is kept",
            Wall::Consent => {
                "the page asks for consent to cookies before it shows the text; what the feed gives is kept"
            }
            Wall::Login => "the page asks for a password before it shows the text; what the feed gives is kept",
            Wall::Challenge => {
                "the server is blocked by a bot check (a challenge page); ask the publisher to let readers in"
            }
            Wall::NoText => "there is no text in the page; look at it in a browser, or name its text by a selector",
        })
    }
}

impl std::error::Error for Wall {}

/// A text longer than this is the text, whatever stands around it, in words.
const WALL_WORDS_MAX: usize = 220;
/// A page that calls itself paid may show this many words as a teaser.
const TEASER_WORDS_MAX: usize = 400;

const PAYWALL: &[&str] = &[
    "subscribe to continue",
    "subscribe to read",
    "subscribers only",
    "for subscribers",
    "already a subscriber",
    "to continue reading",
    "continue reading with",
    "become a member to",
    "members only",
    "member-only",
    "this post is for paid",
    "this post is for paying",
    "sign in to read",
    "log in to read",
    "register to read",
    "unlock this article",
    "read the full story",
    "free articles left",
    "free articles remaining",
    "start your free trial to",
    "nur für abonnenten",
    "réservé aux abonnés",
];
const CONSENT: &[&str] = &[
    "before you continue",
    "we use cookies",
    "uses cookies",
    "accept all",
    "reject all",
    "manage preferences",
    "your consent",
    "our partners",
    "privacy policy",
    "cookie policy",
    "personalised ads",
    "personalized ads",
    "legitimate interest",
    "wir verwenden cookies",
    "alle akzeptieren",
];

/// Judges what was extracted: `page` is all text of the page in lower case, `words` those of the extracted text.
pub(super) fn judge(page: &str, extracted: &str, words: usize, paid: bool, password: bool) -> Option<Wall> {
    let extracted = extracted.to_lowercase();
    let hits = |signs: &[&str], text: &str| signs.iter().filter(|sign| text.contains(*sign)).count();
    let paywalled = hits(PAYWALL, page);
    if (paid && words <= TEASER_WORDS_MAX && paywalled > 0)
        || (words <= WALL_WORDS_MAX && (paywalled >= 2 || hits(PAYWALL, &extracted) > 0 && words < 120))
    {
        return Some(Wall::Paywall);
    }
    if words <= WALL_WORDS_MAX && hits(CONSENT, page) >= 3 && (words < 40 || hits(CONSENT, &extracted) >= 2) {
        return Some(Wall::Consent);
    }
    if password && words < 60 {
        return Some(Wall::Login);
    }
    (words == 0).then_some(Wall::NoText)
}
