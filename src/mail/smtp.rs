//! A relay over SMTP submission.
//!
//! The commands are sent one by one, not by lettre's own transport, because what a failure means depends on the
//! command that failed: 550 at RCPT is a dead address, 550 at MAIL is a sender that the relay does not like.

mod address;
mod verdict;

use super::{ReadyMail, SendError};
use address::{RelayAddress, Tls};
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use std::fmt;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};
use verdict::{Failure, Step, judge};

pub use address::RelayError;

/// A connection that rested longer than this is not used again; relays close them after a while.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// The reply to the whole text may take so many times the time of other replies (RFC 5321, section 4.5.3.2.6).
const TEXT_REPLY_FACTOR: u32 = 3;

/// A relay, its connections and its pace. Shared by everybody who sends.
pub struct Relay {
    address: RelayAddress,
    tls: Option<TlsParameters>,
    hello: ClientId,
    gate: Semaphore,
    idle: Mutex<Vec<Idle>>,
    next_start: Mutex<Instant>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay({}:{})", self.address.host, self.address.port)
    }
}

impl Relay {
    /// The relay at `smtp://user:password@host:port` or `smtps://...`.
    ///
    /// Behind a `?`: `tls=required|opportunistic|none`, `ca=FILE` (PEM, trusted beside the system's),
    /// `connections=N`, `per_second=N` (mails started a second), `timeout=SECONDS` (one reply), `hello=NAME`.
    ///
    /// # Errors
    /// The part of the address that does not fit, without its password.
    pub fn new(url: &str) -> Result<Self, RelayError> {
        let address = RelayAddress::parse(url)?;
        let tls = address.tls_parameters()?;
        Ok(Self {
            hello: address.hello.clone().map_or_else(ClientId::default, ClientId::Domain),
            gate: Semaphore::new(address.connections_max),
            idle: Mutex::new(Vec::new()),
            next_start: Mutex::new(Instant::now()),
            tls,
            address,
        })
    }

    /// Connections used at once.
    pub fn connections_max(&self) -> usize {
        self.address.connections_max
    }

    pub(super) async fn send(&self, mail: &ReadyMail) -> Result<(), SendError> {
        // The gate is never closed, so waiting for it cannot fail; without a permit we would only send a little faster.
        let _permit = self.gate.acquire().await;
        self.keep_pace().await;
        let rested = self.take_idle().await;
        let fresh = rested.is_none();
        let first = match rested {
            Some(connection) => self.deliver(connection, mail).await,
            None => self.deliver(self.connect().await?, mail).await,
        };
        match first {
            // The relay closed a resting connection: nothing was said of this mail yet.
            Err(failure) if !fresh && failure.step == Step::From && failure.is_lost() => {
                self.deliver(self.connect().await?, mail).await
            }
            done => done,
        }
        .map_err(|failure| self.explain(failure))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let wait = self.address.timeout;
        let opened = timeout(wait * 2, self.open()).await;
        let mut connection = opened
            .unwrap_or_else(|_| Err(Failure::slow(Step::Connect, wait * 2)))
            .map_err(|failure| self.explain(failure))?;
        let starttls = match self.address.tls {
            Tls::Wrapped | Tls::Off => false,
            Tls::Required => true,
            Tls::IfOffered => connection.can_starttls(),
        };
        if let (true, Some(tls)) = (starttls, self.tls.clone()) {
            let upgraded = self.timed(Step::Tls, wait * 2, connection.starttls(tls, &self.hello)).await;
            upgraded.map_err(|failure| self.explain(failure))?;
        }
        if let Some(credentials) = &self.address.credentials {
            if !connection.is_encrypted() && !self.address.is_loopback() {
                return Err(SendError::Refused(format!(
                    "the relay {} offers no encryption, so the password was not sent; use smtps://, or a relay with STARTTLS",
                    self.address.host
                )));
            }
            let signed_in = self.timed(Step::SignIn, wait * 2, connection.auth(DEFAULT_MECHANISMS, credentials)).await;
            signed_in.map_err(|failure| self.explain(failure))?;
        }
        Ok(connection)
    }

    /// A connection that has said hello, encrypted from the start where the address wants that.
    async fn open(&self) -> Result<AsyncSmtpConnection, Failure> {
        let place = (self.address.host.as_str(), self.address.port);
        let broken = |error: &lettre::transport::smtp::Error| Failure::of(Step::Connect, error);
        if self.address.tls == Tls::Wrapped {
            let wait = Some(self.address.timeout);
            let opened = AsyncSmtpConnection::connect_tokio1(place, wait, &self.hello, self.tls.clone(), None).await;
            return opened.map_err(|error| broken(&error));
        }
        let lost = |error: std::io::Error| Failure::lost(Step::Connect, &error);
        let stream = TcpStream::connect(place).await.map_err(lost)?;
        // A text and its closing dot are two writes; without this the second waits for the relay's delayed ACK.
        stream.set_nodelay(true).map_err(lost)?;
        let opened = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await;
        opened.map_err(|error| broken(&error))
    }

    async fn deliver(&self, mut connection: AsyncSmtpConnection, mail: &ReadyMail) -> Result<(), Failure> {
        let wait = self.address.timeout;
        let mut options = Vec::new();
        let addresses = mail.envelope.from().into_iter().chain(mail.envelope.to());
        if !addresses.into_iter().all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::told(Step::Recipient, "it takes no addresses beyond ASCII (SMTPUTF8)"));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        let from = MailFrom::new(mail.envelope.from().cloned(), options);
        self.timed(Step::From, wait, connection.command(from)).await?;
        for to in mail.envelope.to() {
            let answer = self.timed(Step::Recipient, wait, connection.command(Rcpt::new(to.clone(), Vec::new()))).await;
            if let Err(failure) = answer {
                // Ends the transaction politely; what the relay says to that does not matter any more.
                let _ = timeout(wait, connection.quit()).await;
                return Err(failure);
            }
        }
        self.timed(Step::Data, wait, connection.command(Data)).await?;
        self.timed(Step::Text, wait * TEXT_REPLY_FACTOR, connection.message(&mail.bytes)).await?;
        self.idle.lock().await.push(Idle { connection, since: Instant::now() });
        Ok(())
    }

    async fn timed<T>(
        &self,
        step: Step,
        wait: Duration,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Failure> {
        match timeout(wait, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Failure::of(step, &error)),
            Err(_) => Err(Failure::slow(step, wait)),
        }
    }

    fn explain(&self, failure: Failure) -> SendError {
        judge(&format!("{}:{}", self.address.host, self.address.port), &failure)
    }

    async fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().await;
        idle.retain(|held| held.since.elapsed() < IDLE_MAX);
        idle.pop().map(|held| held.connection)
    }

    /// Waits for this mail's turn, so that no more than so many start in a second.
    async fn keep_pace(&self) {
        let turn = {
            let mut next = self.next_start.lock().await;
            let turn = (*next).max(Instant::now());
            *next = turn + self.address.interval;
            turn
        };
        sleep_until(turn).await;
    }
}
