use lettre::message::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::HeaderName;
use std::fmt;
use std::sync::Arc;

/// Signed so that nobody on the way can change who, what, when, or how to unsubscribe (RFC 6376, section 5.4.1;
/// RFC 8058, section 4, asks for both unsubscribe headers).
const SIGNED_HEADERS: [&str; 11] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Feedback-ID",
];

/// Signs mails where the relay does not.
#[derive(Clone)]
pub struct Dkim {
    selector: String,
    config: Arc<DkimConfig>,
}

/// A key that cannot sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DKIM key cannot be used: {0}")]
pub struct DkimError(String);

impl Dkim {
    /// Signs for `domain` with the key that is published at `selector._domainkey.domain`.
    ///
    /// # Errors
    /// A key that is neither RSA in PKCS#1 PEM nor the 32 bytes of an Ed25519 key in base64, or a selector or domain
    /// that cannot stand in DNS.
    pub fn new(selector: &str, domain: &str, key: &str) -> Result<Self, DkimError> {
        let name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b == b'_')
        };
        if !name(selector) || !name(domain) {
            return Err(DkimError(format!("{selector}._domainkey.{domain} is not a name of DNS")));
        }
        let key = key.trim();
        let algorithm = if key.starts_with("-----BEGIN RSA PRIVATE KEY-----") {
            DkimSigningAlgorithm::Rsa
        } else if key.starts_with("-----BEGIN") {
            return Err(DkimError(
                "turn it into PKCS#1 first: openssl rsa -traditional -in KEY -out KEY.pkcs1".to_owned(),
            ));
        } else {
            DkimSigningAlgorithm::Ed25519
        };
        let key = DkimSigningKey::new(key, algorithm).map_err(|error| {
            DkimError(format!("{error}; give an RSA key in PKCS#1 PEM, or the 32 bytes of an Ed25519 key in base64"))
        })?;
        let relaxed = DkimCanonicalizationType::Relaxed;
        let config = DkimConfig::new(
            selector.to_owned(),
            domain.to_owned(),
            key,
            SIGNED_HEADERS.iter().copied().map(HeaderName::new_from_ascii_str).collect(),
            // Relays fold headers anew; the simple form would not survive that.
            DkimCanonicalization { header: relaxed, body: relaxed },
        );
        Ok(Self { selector: selector.to_owned(), config: Arc::new(config) })
    }

    /// The name under which the public key is published, before `._domainkey.`.
    pub fn selector(&self) -> &str {
        &self.selector
    }

    pub(super) fn sign(&self, message: &mut Message) {
        message.sign(&self.config);
    }
}

impl fmt::Debug for Dkim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dkim([redacted])")
    }
}
