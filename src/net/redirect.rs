//! Where a redirect leads, and what may go with it. Pure.

use super::error::FetchError;
use super::message::{Redirect, Request};
use reqwest::Method;
use url::Url;

/// Whether a status asks to look elsewhere.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The request for the next hop.
///
/// # Errors
/// A missing or unreadable `Location`, too long a chain, or an address that the chain has already seen.
pub(super) fn follow(
    mut request: Request,
    status: u16,
    location: Option<&str>,
    first: &Url,
    seen: &[Redirect],
    max: usize,
) -> Result<Request, FetchError> {
    let host = || request.url.host_str().unwrap_or_default().to_owned();
    if seen.len() >= max {
        return Err(FetchError::TooManyRedirects { host: first.host_str().unwrap_or_default().to_owned(), max });
    }
    let Some(mut to) = location.and_then(|text| request.url.join(text.trim()).ok()) else {
        return Err(FetchError::BadRedirect { host: host() });
    };
    if to.fragment().is_none() {
        to.set_fragment(request.url.fragment()); // RFC 9110, section 10.2.2
    }
    if &to == first || seen.iter().any(|hop| hop.to == to) {
        return Err(FetchError::RedirectLoop { host: host() });
    }
    if to.origin() != request.url.origin() {
        request.headers.clear();
    }
    // A POST becomes a GET except where the status forbids it (RFC 9110, section 15.4).
    if request.method != Method::GET && request.method != Method::HEAD && !matches!(status, 307 | 308) {
        request.method = Method::GET;
        request.body = None;
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    }
    request.url = to;
    Ok(request)
}
