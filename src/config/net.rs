use super::ConfigError;
use super::layer::Layer;
use super::value::{Bytes, FileText, Span, within};
use std::time::Duration;

/// Limits and manners of every outgoing request.
#[derive(Clone, Debug, PartialEq)]
pub struct NetSettings {
    /// Sent as User-Agent: product, version and where a publisher can reach us.
    pub user_agent: String,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time until the first byte of the answer.
    pub first_byte_timeout: Duration,
    /// Time for the whole request, redirects and body included.
    pub request_timeout: Duration,
    /// Decoded bytes of a body.
    pub body_bytes_max: usize,
    /// Bytes of all header names and values of an answer.
    pub header_bytes_max: usize,
    /// Redirects followed.
    pub redirects_max: usize,
    /// How many times its size a compressed body may unpack to; judged above 1 MiB.
    pub ratio_max: usize,
    /// Bytes a second that a body must average, as sent.
    pub rate_bytes_min: u64,
    /// Waiting time before that is judged.
    pub rate_grace: Duration,
    /// Certificates (PEM) trusted beside those of the machine: a company's own authority.
    pub extra_roots_pem: Vec<String>,
}

/// Time to connect, in seconds.
const CONNECT_TIMEOUT_S: u64 = 10;
/// Time until the first byte, in seconds.
const FIRST_BYTE_TIMEOUT_S: u64 = 20;
/// Time for a whole request, in seconds.
const REQUEST_TIMEOUT_S: u64 = 60;
/// Decoded bytes of a body: 10 MiB.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of headers: 64 KiB.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Redirects followed.
const REDIRECTS_MAX: usize = 5;
/// Unpacked to packed size. Feeds of markup reach 30; gzip ends at 1,032.
const RATIO_MAX: usize = 200;
/// Bytes a second.
const RATE_BYTES_MIN: u64 = 1024;
/// Waiting time before the rate is judged, in seconds.
const RATE_GRACE_S: u64 = 10;

/// The longest time that can be set for any of them, in seconds.
const TIMEOUT_LIMIT_S: u64 = 10 * 60;
/// The range of `body-bytes-max`: 16 KiB to 512 MiB.
const BODY_BYTES_LEAST: usize = 16 * 1024;
/// See there.
const BODY_BYTES_LIMIT: usize = 512 * 1024 * 1024;
/// The range of `header-bytes-max`: 8 KiB to 1 MiB.
const HEADER_BYTES_LEAST: usize = 8 * 1024;
/// See there.
const HEADER_BYTES_LIMIT: usize = 1024 * 1024;
/// The most redirects that can be set.
const REDIRECTS_LIMIT: usize = 20;
/// The highest ratio that can be set: what gzip can reach.
const RATIO_LIMIT: usize = 1_032;
/// The highest rate that can be asked for: 1 MiB a second.
const RATE_BYTES_LIMIT: usize = 1024 * 1024;

impl Default for NetSettings {
    fn default() -> Self {
        Self {
            user_agent: concat!("Ridealong/", env!("CARGO_PKG_VERSION"), " (+https://ridealong.example/crawler)")
                .to_owned(),
            connect_timeout: Duration::from_secs(CONNECT_TIMEOUT_S),
            first_byte_timeout: Duration::from_secs(FIRST_BYTE_TIMEOUT_S),
            request_timeout: Duration::from_secs(REQUEST_TIMEOUT_S),
            body_bytes_max: BODY_BYTES_MAX,
            header_bytes_max: HEADER_BYTES_MAX,
            redirects_max: REDIRECTS_MAX,
            ratio_max: RATIO_MAX,
            rate_bytes_min: RATE_BYTES_MIN,
            rate_grace: Duration::from_secs(RATE_GRACE_S),
            extra_roots_pem: Vec::new(),
        }
    }
}

impl NetSettings {
    /// What the layers say, checked.
    pub(super) fn of(set: &Layer) -> Result<Self, ConfigError> {
        let usual = Self::default();
        let seconds = |s| Span(Duration::from_secs(s));
        let span = |key, value: Option<Span>, usual, most| {
            within(key, value.unwrap_or(Span(usual)), seconds(1), seconds(most)).map(|span| span.0)
        };
        let bytes = |key, value: Option<Bytes>, usual, least, most| {
            within(key, value.unwrap_or(Bytes(usual)), Bytes(least), Bytes(most)).map(|bytes| bytes.0)
        };
        let rate = bytes("rate-bytes-min", set.rate_bytes_min, RATE_BYTES_MIN as usize, 1, RATE_BYTES_LIMIT)?;
        Ok(Self {
            user_agent: match &set.contact {
                None => usual.user_agent,
                Some(contact) => user_agent(contact)?,
            },
            connect_timeout: span("connect-timeout", set.connect_timeout, usual.connect_timeout, TIMEOUT_LIMIT_S)?,
            first_byte_timeout: span(
                "first-byte-timeout",
                set.first_byte_timeout,
                usual.first_byte_timeout,
                TIMEOUT_LIMIT_S,
            )?,
            request_timeout: span("request-timeout", set.request_timeout, usual.request_timeout, TIMEOUT_LIMIT_S)?,
            body_bytes_max: bytes(
                "body-bytes-max",
                set.body_bytes_max,
                usual.body_bytes_max,
                BODY_BYTES_LEAST,
                BODY_BYTES_LIMIT,
            )?,
            header_bytes_max: bytes(
                "header-bytes-max",
                set.header_bytes_max,
                usual.header_bytes_max,
                HEADER_BYTES_LEAST,
                HEADER_BYTES_LIMIT,
            )?,
            redirects_max: within(
                "redirects-max",
                set.redirects_max.unwrap_or(usual.redirects_max),
                0,
                REDIRECTS_LIMIT,
            )?,
            ratio_max: within("ratio-max", set.ratio_max.unwrap_or(usual.ratio_max), 2, RATIO_LIMIT)?,
            rate_bytes_min: rate as u64,
            rate_grace: span("rate-grace", set.rate_grace, usual.rate_grace, TIMEOUT_LIMIT_S)?,
            extra_roots_pem: match set.trusted_roots.as_ref().and_then(FileText::text) {
                None => Vec::new(),
                Some(pem) => certificates(pem.expose())?,
            },
        })
    }
}

/// The User-Agent with the team's own contact address.
fn user_agent(contact: &str) -> Result<String, ConfigError> {
    let fits = contact.len() <= 200 && contact.chars().all(|c| c.is_ascii_graphic() && c != '(' && c != ')');
    if !fits {
        return Err(ConfigError(format!(
            "contact: {contact:?} does not fit a header; write an address like https://example.com/crawler"
        )));
    }
    Ok(format!("Ridealong/{} (+{contact})", env!("CARGO_PKG_VERSION")))
}

/// The certificates of a PEM file, each by itself.
fn certificates(pem: &str) -> Result<Vec<String>, ConfigError> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let found: Vec<String> = pem
        .split(BEGIN)
        .skip(1)
        .filter_map(|part| Some(format!("{BEGIN}{}{END}\n", part.split_once(END)?.0)))
        .collect();
    if found.is_empty() {
        return Err(ConfigError("trusted-roots: the file holds no certificate in PEM".to_owned()));
    }
    Ok(found)
}
