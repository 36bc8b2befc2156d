use crate::model::Validators;
use ipnet::IpNet;
use reqwest::Method;
use reqwest::header::{self, HeaderMap, HeaderValue};
use url::Url;

/// What a feed is asked for with.
pub const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";

/// What a page is asked for with.
pub const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5";

/// What an API is asked for with.
pub const ACCEPT_JSON: &str = "application/json";

/// One request. Cookies, referrers and cache-busting queries are never sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// How.
    pub method: Method,
    /// What the server gave us to ask conditionally with.
    pub validators: Validators,
    /// The `Accept` header.
    pub accept: &'static str,
    /// Further headers, names in any case; left out on a redirect to another origin.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Internal address ranges that this request may reach.
    pub allow_net: Vec<IpNet>,
    /// Decoded bytes of the answer, where the limit is other than the client's.
    pub body_bytes_max: Option<usize>,
    /// Whether a larger answer is cut there instead of failing.
    pub cut: bool,
    /// Whether redirects are followed; where not, a redirect is the answer.
    pub follow: bool,
}

impl Request {
    /// A plain unconditional GET.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            validators: Validators::default(),
            accept: "*/*",
            headers: Vec::new(),
            body: None,
            allow_net: Vec::new(),
            body_bytes_max: None,
            cut: false,
            follow: true,
        }
    }

    /// A POST of a body.
    pub fn post(url: Url, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            method: Method::POST,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: Some(body),
            ..Self::get(url)
        }
    }
}

/// One redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// Where it led.
    pub to: Url,
}

impl Redirect {
    /// Whether the server says that it is for good (RFC 9110, sections 15.4.2 and 15.4.9).
    pub fn is_permanent(&self) -> bool {
        matches!(self.status, 301 | 308)
    }
}

/// One answer, whatever its status, with its body decoded.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Where it came from in the end.
    pub url: Url,
    /// How it got there.
    pub redirects: Vec<Redirect>,
    /// What to ask conditionally with next time.
    pub validators: Validators,
    /// The decoded body; empty for 304.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Response {
    /// A header as text; none where it is absent or no text. Names in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Every value of a header that may stand there more than once.
    pub fn header_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the server says that nothing has changed.
    pub fn is_not_modified(&self) -> bool {
        self.status == 304
    }
}

/// The validators of an answer, byte for byte: each byte becomes the character of the same number, and back.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let text = |name| headers.get(name).map(|value| value.as_bytes().iter().map(|byte| char::from(*byte)).collect());
    Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
}

/// The header value that sends a validator back byte for byte.
pub(super) fn validator_value(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}
