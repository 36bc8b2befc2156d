//! Where somebody wanted to go before they had to sign in.

use super::forms::local;
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

/// The page that asks who it is.
pub(super) const SIGN_IN: &str = "/sign-in";

/// A page of ours that somebody wanted; it travels through signing in as the field `back`. Whatever stands there, it
/// never leads to another site.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    back: String,
}

impl Wanted {
    /// What a request asks for. Only what is looked at is come back to: an act is begun anew.
    pub(super) fn of(request: &Parts) -> Self {
        let looks = matches!(request.method, Method::GET | Method::HEAD);
        let back = request.uri.path_and_query().filter(|_| looks).map(ToString::to_string);
        Self { back: back.unwrap_or_default() }
    }

    /// What was noted with [`Wanted::place`].
    pub(super) fn noted(place: String) -> Self {
        Self { back: place }
    }

    /// The address on this site; the start where nothing was wanted, and where signing in or out was.
    pub(super) fn place(&self) -> &str {
        let place = local(&self.back);
        let path = place.parse::<Uri>();
        let is_page = path.is_ok_and(|uri| !uri.path().starts_with("/sign-"));
        if is_page { place } else { "/" }
    }

    /// An address of signing in that carries it along.
    pub(super) fn carried_by(&self, path: &str) -> String {
        match self.place() {
            "/" => path.to_owned(),
            place => format!("{path}?back={}", byte_serialize(place.as_bytes()).collect::<String>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SIGN_IN, Wanted};

    #[test]
    fn only_a_page_of_ours_is_carried() {
        let carried = |back: &str| Wanted::noted(back.to_owned()).carried_by(SIGN_IN);
        assert_eq!(carried("/search?q=a&kind=feed"), "/sign-in?back=%2Fsearch%3Fq%3Da%26kind%3Dfeed");
        for other in ["", "/", "/sign-in", "/sign-out", "/sign-in/abc", "//evil.example", "https://evil.example", "x"] {
            assert_eq!(carried(other), "/sign-in", "{other}");
        }
    }
}
