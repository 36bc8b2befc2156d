use super::guard::Refusal;
use super::resolve::NotResolved;
use std::error::Error as StdError;
use std::io;

/// Why a fetch brought no answer. Each is one plain sentence that names the host but no secret of the URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The guard says no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A header, a proxy or a certificate of the settings or the request is unusable.
    #[error("the request to {host} could not be made: {cause}")]
    Unusable {
        /// The host.
        host: String,
        /// What is wrong.
        cause: String,
    },
    /// The name has no address.
    #[error("{host} was not found: {cause}")]
    Dns {
        /// The host.
        host: String,
        /// What the resolver said.
        cause: String,
    },
    /// No connection.
    #[error("no connection to {host}: {cause}")]
    Connect {
        /// The host.
        host: String,
        /// What the network said.
        cause: String,
    },
    /// The certificate or the handshake is bad.
    #[error("the secure connection to {host} failed: {cause}")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong with it.
        cause: String,
    },
    /// It took too long.
    #[error("{host} did not {what} within {seconds} s")]
    Timeout {
        /// The host.
        host: String,
        /// What it failed to do in time.
        what: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// The body trickles.
    #[error("{host} sends fewer than {bytes_per_s} bytes a second")]
    TooSlow {
        /// The host.
        host: String,
        /// The limit.
        bytes_per_s: u64,
    },
    /// The decoded body is over the limit.
    #[error("the answer of {host} is larger than {bytes_max} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        bytes_max: usize,
    },
    /// The body unpacks to far more than was sent.
    #[error("the answer of {host} unpacks to more than {ratio_max} times its size")]
    Bomb {
        /// The host.
        host: String,
        /// The limit.
        ratio_max: usize,
    },
    /// Too many or too large headers.
    #[error("the headers of {host} are larger than {bytes_max} bytes")]
    HeadersTooLarge {
        /// The host.
        host: String,
        /// The limit.
        bytes_max: usize,
    },
    /// A chain of redirects that is too long.
    #[error("{host} redirects more than {max} times")]
    TooManyRedirects {
        /// The first host.
        host: String,
        /// The limit.
        max: usize,
    },
    /// A redirect back to an address of the same chain.
    #[error("{host} redirects in a circle")]
    RedirectLoop {
        /// The first host.
        host: String,
    },
    /// A redirect to nowhere.
    #[error("{host} redirects to an address that cannot be read")]
    BadRedirect {
        /// The host.
        host: String,
    },
    /// The answer broke off or is not HTTP.
    #[error("the answer of {host} broke off: {cause}")]
    Broken {
        /// The host.
        host: String,
        /// What happened.
        cause: String,
    },
}

impl FetchError {
    /// Whether it may as well be our own network that fails: the host never answered a byte.
    pub fn may_be_ours(&self) -> bool {
        matches!(self, FetchError::Dns { .. } | FetchError::Connect { .. } | FetchError::Timeout { .. })
    }
}

/// The sentence for a request that brought no headers.
pub(super) fn of_request(
    host: &str,
    error: &reqwest::Error,
    connect_seconds: u64,
    header_bytes_max: usize,
) -> FetchError {
    let host = host.to_owned();
    if let Some(refusal) = find::<Refusal>(error) {
        return FetchError::Refused(refusal.clone());
    }
    if let Some(failure) = find::<NotResolved>(error) {
        return FetchError::Dns { host, cause: failure.cause.clone() };
    }
    if let Some(failure) = find::<rustls::Error>(error) {
        return FetchError::Tls { host, cause: failure.to_string() };
    }
    if error.is_connect() && error.is_timeout() {
        return FetchError::Timeout { host, what: "accept a connection", seconds: connect_seconds };
    }
    let cause = root_cause(error);
    if error.is_connect() {
        return FetchError::Connect { host, cause };
    }
    if cause.contains("message head is too large") || cause.contains("header list") {
        return FetchError::HeadersTooLarge { host, bytes_max: header_bytes_max };
    }
    FetchError::Broken { host, cause }
}

/// The sentence for a body that broke off.
pub(super) fn of_body(host: &str, error: &reqwest::Error) -> FetchError {
    FetchError::Broken { host: host.to_owned(), cause: root_cause(error) }
}

/// The deepest cause: the one that says what happened, without the layers above it (and without the URL).
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map_or_else(|| "unknown cause".to_owned(), |last| last.to_string())
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|cause| cause.downcast_ref::<E>())
}

/// An error and its causes; unlike `source()` alone it also looks inside an `io::Error` made of another error.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        let inside = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        match inside {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}
