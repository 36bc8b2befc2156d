//! The body of an answer: read chunk by chunk, decoded at once, within every limit.

use super::decode::{Decoder, Fault};
use super::error::{self, FetchError};
use crate::config::NetSettings;
use reqwest::header;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Duration, Instant, timeout_at};

/// Up to this many decoded bytes a body needs no leave.
const SMALL_BYTES: usize = 64 * 1024;

/// Up to this many decoded bytes a body needs one of `MIDDLING_AT_ONCE`; beyond, also one of `LARGE_AT_ONCE`.
const MIDDLING_BYTES: usize = 1024 * 1024;

/// How many bodies above `SMALL_BYTES` are read at once.
const MIDDLING_AT_ONCE: usize = 32;

/// How many bodies above `MIDDLING_BYTES` are read at once.
const LARGE_AT_ONCE: usize = 3;

/// Keeps the memory of all bodies that are being read within a bound, however many requests are in flight.
///
/// The leaves are always asked for in the same order, so nobody waits in a circle.
pub(super) struct Budget {
    middling: Semaphore,
    large: Semaphore,
}

impl Default for Budget {
    fn default() -> Self {
        Self { middling: Semaphore::new(MIDDLING_AT_ONCE), large: Semaphore::new(LARGE_AT_ONCE) }
    }
}

/// How much of a body is wanted.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// Decoded bytes.
    pub bytes_max: usize,
    /// Whether more is cut off instead of refused.
    pub cut: bool,
}

/// Reads and decodes the body.
pub(super) async fn read(
    mut response: reqwest::Response,
    host: &str,
    settings: &NetSettings,
    limit: Limit,
    deadline: Instant,
    budget: &Budget,
) -> Result<Vec<u8>, FetchError> {
    let Limit { bytes_max, cut } = limit;
    let expected = response.content_length().and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
    let coding = response.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    if expected > bytes_max && !cut {
        return Err(FetchError::TooLarge { host: host.to_owned(), bytes_max });
    }
    let mut decoder = Decoder::new(coding, expected, bytes_max, settings.ratio_max);
    let mut pace = Pace::new(settings);
    let mut leaves: Vec<SemaphorePermit<'_>> = Vec::new();
    loop {
        let len = decoder.len();
        if leaves.is_empty() && len > SMALL_BYTES {
            leaves.extend(budget.middling.acquire().await.ok());
        }
        if leaves.len() == 1 && len > MIDDLING_BYTES {
            leaves.extend(budget.large.acquire().await.ok());
        }
        let asked_at = Instant::now();
        let too_slow = || FetchError::TooSlow { host: host.to_owned(), bytes_per_s: settings.rate_bytes_min };
        let chunk = match timeout_at(deadline.min(pace.give_up_at(asked_at)), response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(error::of_body(host, &error)),
            Err(_) if Instant::now() < deadline => return Err(too_slow()),
            Err(_) => {
                let seconds = settings.request_timeout.as_secs();
                return Err(FetchError::Timeout { host: host.to_owned(), what: "finish its answer", seconds });
            }
        };
        if !pace.keeps_up(asked_at, chunk.len()) {
            return Err(too_slow());
        }
        match decoder.feed(&chunk) {
            Ok(()) => {}
            Err(Fault::TooLarge) if cut => return Ok(decoder.cut()),
            Err(fault) => return Err(of_fault(fault, host, settings, bytes_max)),
        }
    }
    decoder.finish().map_err(|fault| of_fault(fault, host, settings, bytes_max))
}

fn of_fault(fault: Fault, host: &str, settings: &NetSettings, bytes_max: usize) -> FetchError {
    let host = host.to_owned();
    match fault {
        Fault::TooLarge => FetchError::TooLarge { host, bytes_max },
        Fault::Bomb => FetchError::Bomb { host, ratio_max: settings.ratio_max },
        Fault::Corrupt => FetchError::Broken { host, cause: "its compression is damaged or cut short".to_owned() },
    }
}

/// Watches how fast a body comes in; only the time that we waited for the server counts.
struct Pace {
    grace: Duration,
    bytes_per_s: u64,
    waited: Duration,
    received: u64,
}

impl Pace {
    fn new(settings: &NetSettings) -> Self {
        Self { grace: settings.rate_grace, bytes_per_s: settings.rate_bytes_min, waited: Duration::ZERO, received: 0 }
    }

    /// The instant at which the pace is too slow unless something comes in before.
    fn give_up_at(&self, now: Instant) -> Instant {
        let covered = Duration::from_millis(self.received.saturating_mul(1000) / self.bytes_per_s.max(1));
        let allowed = self.grace.max(covered);
        now + allowed.saturating_sub(self.waited)
    }

    /// Counts what came in since `asked_at`; says whether the server is fast enough.
    fn keeps_up(&mut self, asked_at: Instant, bytes: usize) -> bool {
        self.waited += asked_at.elapsed();
        self.received += bytes as u64;
        let due = self.waited.as_millis().saturating_mul(u128::from(self.bytes_per_s)) / 1000;
        self.waited <= self.grace || u128::from(self.received) >= due
    }
}
