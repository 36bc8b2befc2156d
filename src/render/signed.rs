//! Signed links: what a mail or page may offer without a sign-in, and nobody else can make up.
//!
//! A link carries a claim (who, what, until when) and its HMAC-SHA-256 under the installation's link key, cut to 128
//! bits (RFC 2104, section 5). Opening one shows a page with a button; only the button's POST changes something,
//! because mail scanners follow links.

use crate::model::{DealId, Email, PostId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use std::fmt;

/// The setting of the installation that holds the link key.
pub const LINK_KEY_SETTING: &str = "link-key";
/// How long the answers in a mail can be given.
pub const ANSWER_LIFE: SignedDuration = SignedDuration::from_hours(24 * 45);
/// Characters of the longest link that is read; longer ones are refused unread.
const LINK_CHARS_MAX: usize = 800;
/// Bytes of the code that proves a link.
const PROOF_BYTES: usize = 16;
/// What the code of a link is made for.
const LINK: &[u8] = b"ridealong link\0";
/// The first byte of every claim, so that the form can change later.
const VERSION: u8 = 1;

/// The installation's key for links: any text with at least 128 bits of chance in it, never shown.
#[derive(Clone)]
pub struct LinkKey(Vec<u8>);

impl LinkKey {
    /// The key that the setting [`LINK_KEY_SETTING`] holds.
    pub fn new(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    /// 32 hexadecimal digits that follow from these words under this key, and that nobody without it can make up.
    pub fn fingerprint(&self, words: &[&str]) -> String {
        let code = self.code(b"ridealong fingerprint\0", words.join("\0").as_bytes()).finalize().into_bytes();
        code[..PROOF_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The purpose keeps a code made for one thing from being taken for another.
    fn code(&self, purpose: &[u8], text: &[u8]) -> Hmac<Sha256> {
        // HMAC takes keys of any length, so the error never happens; an empty key would still be a key.
        let mut code = Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| Hmac::new(&Default::default()));
        code.update(purpose);
        code.update(text);
        code
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey([redacted])")
    }
}

/// What a signed link lets its holder do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkClaim {
    /// Whose.
    pub rep: Email,
    /// What.
    pub offer: Offer,
    /// After this it opens nothing; none is for ever.
    pub expires_at: Option<Timestamp>,
}

/// The act that a link offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// No more weekly mail.
    Unsubscribe,
    /// "I will try this on that deal": makes a commitment.
    Try(PostId, DealId),
    /// The pick helped.
    Useful(PostId, DealId),
    /// The pick is not for this rep.
    NotForMe(PostId, DealId),
    /// No picks for this deal for a while.
    Snooze(DealId),
    /// No more posts from the source of this one.
    MuteSource(PostId),
}

/// Why a link opens nothing. Each is a sentence for the person who followed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// Not made by this installation, or changed on its way.
    #[error("this link is incomplete or was changed on its way; open it from the mail itself")]
    Broken,
    /// Too old.
    #[error("this link has expired; sign in to give your answer on the page of the post")]
    Expired,
}

/// The text that stands in an address for this claim: letters, digits, `-` and `_` only.
pub fn sign(key: &LinkKey, claim: &LinkClaim) -> String {
    let mut bytes = claim.to_bytes();
    let code = key.code(LINK, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&code[..PROOF_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The claim that this text proves.
///
/// # Errors
/// [`LinkRefused::Broken`] for anything that `sign` did not make under this key, [`LinkRefused::Expired`] after its time.
pub fn verify(key: &LinkKey, text: &str, now: Timestamp) -> Result<LinkClaim, LinkRefused> {
    if text.len() > LINK_CHARS_MAX {
        return Err(LinkRefused::Broken);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| LinkRefused::Broken)?;
    let (claim, code) = bytes.split_at_checked(bytes.len().saturating_sub(PROOF_BYTES)).ok_or(LinkRefused::Broken)?;
    if code.len() != PROOF_BYTES {
        return Err(LinkRefused::Broken);
    }
    key.code(LINK, claim).verify_truncated_left(code).map_err(|_| LinkRefused::Broken)?;
    let claim = LinkClaim::from_bytes(claim).ok_or(LinkRefused::Broken)?;
    if claim.expires_at.is_some_and(|at| at <= now) {
        return Err(LinkRefused::Expired);
    }
    Ok(claim)
}

impl LinkClaim {
    /// Version, offer, seconds of expiry (0: never), then the fields, each with its length before it.
    fn to_bytes(&self) -> Vec<u8> {
        let (word, post, deal) = self.offer.parts();
        let expires = self.expires_at.map_or(0, Timestamp::as_second);
        let mut bytes = vec![VERSION, word];
        bytes.extend_from_slice(&u64::try_from(expires).unwrap_or(1).to_be_bytes()[3..]);
        for field in [self.rep.as_str(), post.map_or("", PostId::as_str), deal.map_or("", DealId::as_str)] {
            push_field(&mut bytes, field);
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([VERSION, word, expires @ ..], rest) = bytes.split_first_chunk::<7>()? else { return None };
        let mut wide = [0; 8];
        wide[3..].copy_from_slice(expires);
        let expires_at = match i64::try_from(u64::from_be_bytes(wide)).ok()? {
            0 => None,
            seconds => Some(Timestamp::from_second(seconds).ok()?),
        };
        let (rep, rest) = take_field(rest)?;
        let (post, rest) = take_field(rest)?;
        let (deal, rest) = take_field(rest)?;
        let offer = Offer::from_parts(*word, post, deal)?;
        rest.is_empty().then_some(Self { rep: rep.parse().ok()?, offer, expires_at })
    }
}

impl Offer {
    fn parts(&self) -> (u8, Option<&PostId>, Option<&DealId>) {
        match self {
            Offer::Unsubscribe => (b'u', None, None),
            Offer::Try(post, deal) => (b't', Some(post), Some(deal)),
            Offer::Useful(post, deal) => (b'g', Some(post), Some(deal)),
            Offer::NotForMe(post, deal) => (b'n', Some(post), Some(deal)),
            Offer::Snooze(deal) => (b's', None, Some(deal)),
            Offer::MuteSource(post) => (b'm', Some(post), None),
        }
    }

    fn from_parts(word: u8, post: String, deal: String) -> Option<Self> {
        let (post, deal) = (PostId::new(post), DealId::new(deal));
        Some(match word {
            b'u' => Offer::Unsubscribe,
            b't' => Offer::Try(post, deal),
            b'g' => Offer::Useful(post, deal),
            b'n' => Offer::NotForMe(post, deal),
            b's' => Offer::Snooze(deal),
            b'm' => Offer::MuteSource(post),
            _ => return None,
        })
    }
}

/// Set in a field's length where the field is packed.
const PACKED: u16 = 0x8000;

/// Ids are hexadecimal digits; packed two to a byte they keep the addresses short.
fn push_field(bytes: &mut Vec<u8>, text: &str) {
    let packed = if text.is_empty() { None } else { unhex(text) };
    let raw = packed.as_deref().unwrap_or(text.as_bytes());
    // Addresses and ids are far shorter; a longer text would only make a link that is refused.
    let raw = &raw[..raw.len().min(LINK_CHARS_MAX)];
    let length = u16::try_from(raw.len()).unwrap_or(0);
    bytes.extend_from_slice(&if packed.is_some() { length | PACKED } else { length }.to_be_bytes());
    bytes.extend_from_slice(raw);
}

fn take_field(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let length = u16::from_be_bytes(*length);
    let (raw, rest) = rest.split_at_checked(usize::from(length & !PACKED))?;
    let text = if length & PACKED == 0 {
        String::from_utf8(raw.to_vec()).ok()?
    } else {
        raw.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    Some((text, rest))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !lower || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
