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

/// The defaults with the team's own contact address in the User-Agent.
pub(super) fn with_contact(contact: Option<String>) -> Result<NetSettings, super::ConfigError> {
    let mut net = NetSettings::default();
    if let Some(contact) = contact {
        let fits = contact.len() <= 200 && contact.chars().all(|c| c.is_ascii_graphic() && c != '(' && c != ')');
        if !fits {
            return Err(super::ConfigError(format!(
                "contact: {contact:?} does not fit a header; write an address like https://example.com/crawler"
            )));
        }
        net.user_agent = format!("Ridealong/{} (+{contact})", env!("CARGO_PKG_VERSION"));
    }
    Ok(net)
}
