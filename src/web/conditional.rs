//! Conditional requests (RFC 9110, section 13): what a reader has already is not sent again.

use super::tokens::hex;
use axum::http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The validator of a body. Weak, because the body may travel compressed in several ways.
pub(super) fn etag_of(body: &[u8]) -> String {
    format!("W/\"{}\"", hex(&Sha256::digest(body)[..12]))
}

/// Whether the reader's validators still hold; `If-None-Match` wins over `If-Modified-Since`.
pub(super) fn is_known(headers: &HeaderMap, etag: &str, changed_at: Option<Timestamp>) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(known) = text(header::IF_NONE_MATCH) {
        return names(known, etag);
    }
    let since = text(header::IF_MODIFIED_SINCE).and_then(|since| httpdate::parse_http_date(since).ok());
    let since = since.and_then(|since| Timestamp::try_from(since).ok());
    since.zip(changed_at).is_some_and(|(since, changed_at)| since.as_second() >= changed_at.as_second())
}

/// Whether a list of validators, as a header gives it, names this one; weakness apart.
pub(super) fn names(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == opaque(etag))
}

/// The date form of HTTP; a date before 1970 cannot be written in it.
pub(super) fn http_date(at: Timestamp) -> String {
    httpdate::fmt_http_date(SystemTime::from(at.max(Timestamp::UNIX_EPOCH)))
}

/// Addresses whose last answer is remembered.
const REMEMBERED_MAX: usize = 10_000;

/// The validators that were told last at each address, with what they were made of: while that is the same, whoever has
/// them already needs nothing built anew.
#[derive(Default)]
pub(super) struct Told(Mutex<HashMap<String, Validator>>);

/// What was told at an address.
#[derive(Clone, Debug)]
pub(super) struct Validator {
    /// Names everything that the answer was made of.
    pub(super) made_of: String,
    /// The body's validator.
    pub(super) etag: String,
    /// When the answer last changed.
    pub(super) changed_at: Timestamp,
}

impl Told {
    /// What was told last at this address, where it was made of the same.
    pub(super) fn last(&self, address: &str, made_of: &str) -> Option<Validator> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(address).filter(|told| told.made_of == made_of).cloned()
    }

    /// Remembers what was told.
    pub(super) fn note(&self, address: &str, told: Validator) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX {
            all.clear();
        }
        all.insert(address.to_owned(), told);
    }
}
