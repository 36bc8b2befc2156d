use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// Ports of submission with TLS from the start, submission, and a relay that takes mail without sign-in.
const PORT_WRAPPED: u16 = 465;
const PORT_SUBMISSION: u16 = 587;
const PORT_RELAY: u16 = 25;
/// Connections at once, unless the address says otherwise.
const CONNECTIONS: usize = 4;
/// Mails started a second, unless the address says otherwise.
const PER_SECOND: u32 = 20;
/// Seconds to wait for one reply, unless the address says otherwise.
const TIMEOUT_S: u64 = 60;

/// An address of a relay that does not fit, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mail: {0}")]
pub struct RelayError(String);

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// From the start.
    Wrapped,
    /// By STARTTLS, or nothing is sent.
    Required,
    /// By STARTTLS where the relay offers it.
    IfOffered,
    /// Never.
    Off,
}

/// Where and how a relay is reached.
pub(super) struct RelayAddress {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
    pub(super) hello: Option<String>,
    pub(super) connections_max: usize,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    ca_file: Option<String>,
}

impl RelayAddress {
    pub(super) fn parse(text: &str) -> Result<Self, RelayError> {
        let refuse = |why: &str| RelayError(why.to_owned());
        let url = Url::parse(text).map_err(|_| refuse("the relay's address cannot be read; write smtp://host:587"))?;
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(refuse("the relay's address names no host; write smtp://host:587")),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (_, None) => {
                return Err(refuse("the relay's address has a user but no password; write smtp://user:password@host"));
            }
            (user, Some(password)) => Some(Credentials::new(decoded(user)?, decoded(password)?)),
        };
        let wrapped = url.scheme() == "smtps";
        let mut address = Self {
            port: url.port().unwrap_or(match (wrapped, &credentials) {
                (true, _) => PORT_WRAPPED,
                (false, Some(_)) => PORT_SUBMISSION,
                (false, None) => PORT_RELAY,
            }),
            tls: if wrapped { Tls::Wrapped } else { Tls::IfOffered },
            host,
            credentials,
            hello: None,
            connections_max: CONNECTIONS,
            interval: Duration::from_secs(1) / PER_SECOND,
            timeout: Duration::from_secs(TIMEOUT_S),
            ca_file: None,
        };
        for (name, value) in url.query_pairs() {
            address.set(&name, &value)?;
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), RelayError> {
        let number = |max: u64| {
            value
                .parse::<u64>()
                .ok()
                .filter(|n| (1..=max).contains(n))
                .ok_or_else(|| RelayError(format!("{name}={value} does not fit; give a number from 1 to {max}")))
        };
        match (name, value) {
            ("tls", _) if self.tls == Tls::Wrapped => {}
            ("tls", "required") => self.tls = Tls::Required,
            ("tls", "opportunistic") => self.tls = Tls::IfOffered,
            ("tls", "none") => self.tls = Tls::Off,
            ("ca", file) => self.ca_file = Some(file.to_owned()),
            ("hello", name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-') => {
                self.hello = Some(name.to_owned());
            }
            ("connections", _) => self.connections_max = usize::try_from(number(64)?).unwrap_or(CONNECTIONS),
            ("per_second", _) => {
                self.interval = Duration::from_secs(1) / u32::try_from(number(10_000)?).unwrap_or(PER_SECOND);
            }
            ("timeout", _) => self.timeout = Duration::from_secs(number(300)?),
            _ => {
                return Err(RelayError(format!(
                    "{name}={value} is not known behind a relay's address; known are tls=required|opportunistic|none, \
                     ca=FILE, connections=N, per_second=N, timeout=SECONDS and hello=NAME"
                )));
            }
        }
        Ok(())
    }

    /// Whether it is this machine, where a password is safe without encryption.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    pub(super) fn tls_parameters(&self) -> Result<Option<TlsParameters>, RelayError> {
        if self.tls == Tls::Off {
            return Ok(None);
        }
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(file) = &self.ca_file {
            let pem = std::fs::read(file)
                .map_err(|error| RelayError(format!("the file ca={file} cannot be read: {error}")))?;
            let certificate = Certificate::from_pem(&pem)
                .map_err(|error| RelayError(format!("the file ca={file} holds no certificate in PEM: {error}")))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map(Some).map_err(|error| RelayError(format!("TLS cannot be set up: {error}")))
    }
}

/// The text without percent signs for special characters.
fn decoded(text: &str) -> Result<String, RelayError> {
    let refuse = || RelayError("user or password of the relay is wrongly percent-encoded".to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).ok_or_else(refuse)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| refuse())?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_err(|_| refuse())
}
