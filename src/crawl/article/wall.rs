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
    /// The page says that there is nothing at its address, though the server says otherwise.
    Missing,
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
            Wall::Missing => {
                "the page says that it is not there (any more), though its server does not; what the feed gives is kept"
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
    "nur für mitglieder",
    "bereits abonnent",
    "déjà abonné",
    "paid subscribers",
    "paying subscribers",
    "reached your article limit",
    "reached your limit",
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
    "akzeptieren und weiter",
    "ihre zustimmung",
    "unsere partner",
    "datenschutzerklärung",
    "werbung und cookies",
    "tout accepter",
    "votre consentement",
    "nos partenaires",
    "aceptar todo",
    "su consentimiento",
    "nuestros socios",
];
/// How pages say that they are not there.
const MISSING: &[&str] = &[
    "page not found",
    "page can't be found",
    "page can’t be found",
    "page cannot be found",
    "nothing was found at this location",
    "error 404",
    "404 not found",
    "404 error",
    "page doesn't exist",
    "page doesn’t exist",
    "page does not exist",
    "no longer available",
    "seite nicht gefunden",
    "seite wurde nicht gefunden",
    "page introuvable",
    "page non trouvée",
    "página no encontrada",
    "pagina non trovata",
    "pagina niet gevonden",
];
/// A page that says so has fewer words than this.
const MISSING_WORDS_MAX: usize = 120;

/// What is known of a page when it is judged.
pub(super) struct Seen<'a> {
    /// All text of the page in lower case.
    pub page: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The text that was extracted, and how many words it has.
    pub extracted: &'a str,
    pub words: usize,
    /// It says that it is not free to read.
    pub paid: bool,
    /// It asks for a password.
    pub password: bool,
    /// Its markup calls it missing.
    pub missing: bool,
}

/// Judges whether the page stands before its text.
pub(super) fn judge(seen: &Seen<'_>) -> Option<Wall> {
    let Seen { page, words, .. } = *seen;
    let extracted = seen.extracted.to_lowercase();
    let hits = |signs: &[&str], text: &str| signs.iter().filter(|sign| text.contains(*sign)).count();
    let title = seen.title.to_lowercase();
    let named = hits(MISSING, &title) > 0 || title.trim() == "404";
    if words < MISSING_WORDS_MAX && (seen.missing || named && hits(MISSING, page) > 0) {
        return Some(Wall::Missing);
    }
    let paywalled = hits(PAYWALL, page);
    if (seen.paid && words <= TEASER_WORDS_MAX && paywalled > 0)
        || (words <= WALL_WORDS_MAX
            && (paywalled >= 3 || paywalled >= 2 && words < 160 || hits(PAYWALL, &extracted) > 0 && words < 120))
    {
        // A page that asks for consent or a subscription shows no text of the article at all.
        let consent = hits(CONSENT, page) >= 3 && hits(CONSENT, &extracted) >= 2;
        return Some(if consent && !seen.paid { Wall::Consent } else { Wall::Paywall });
    }
    if words <= WALL_WORDS_MAX && hits(CONSENT, page) >= 3 && (words < 40 || hits(CONSENT, &extracted) >= 2) {
        return Some(Wall::Consent);
    }
    if seen.password && words < 60 {
        return Some(Wall::Login);
    }
    (words == 0).then_some(Wall::NoText)
}
