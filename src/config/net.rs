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
    /// Time for the whole request, body included.
    pub request_timeout: Duration,
    /// Decoded bytes of a body.
    pub body_bytes_max: usize,
    /// Redirects followed.
    pub redirects_max: usize,
}

impl Default for NetSettings {
    fn default() -> Self {
        Self {
            user_agent: concat!("Ridealong/", env!("CARGO_PKG_VERSION"), " (+https://ridealong.example/crawler)")
                .to_owned(),
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(60),
            body_bytes_max: 10 * 1024 * 1024,
            redirects_max: 5,
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
