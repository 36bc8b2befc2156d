//! A small mail relay on loopback that behaves as badly as it is told to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How the relay behaves; the default takes everything.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Says 451 to the first so many tries of each recipient.
    pub greylists: usize,
    /// Replies to RCPT for addresses that begin with this.
    pub at_rcpt: Vec<(&'static str, &'static str)>,
    /// Replies to MAIL instead of 250.
    pub at_mail: Option<&'static str>,
    /// Replies to the text instead of taking it.
    pub at_text: Option<&'static str>,
    /// Takes the text of the first so many mails, then hangs up without a reply.
    pub hangs_up_after_text: usize,
    /// Takes one mail a connection, then hangs up after the reply.
    pub one_a_connection: bool,
    /// Counts mails and keeps none, for long runs.
    pub forgets: bool,
    /// Waits before every reply.
    pub waits: Duration,
    /// Offers STARTTLS with the certificate of the fixtures.
    pub tls: bool,
    /// Offers AUTH and takes only this user and password.
    pub login: Option<(&'static str, &'static str)>,
}

/// A mail that the relay took.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
    pub encrypted: bool,
}

#[derive(Default)]
struct Shared {
    taken: Mutex<Vec<Taken>>,
    tries: Mutex<BTreeMap<String, usize>>,
    manner: Mutex<Manner>,
    count: AtomicUsize,
    hung_up: AtomicUsize,
    open: AtomicUsize,
    open_max: AtomicUsize,
    connections: AtomicUsize,
    commands: Mutex<Vec<String>>,
}

/// The relay; it ends with the test's runtime.
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Relay {
    /// Starts on a free port.
    pub async fn start(manner: Manner) -> Self {
        Self::start_at(manner, 0).await
    }

    /// Starts on this port.
    pub async fn start_at(manner: Manner, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { manner: Mutex::new(manner), ..Shared::default() });
        let all = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&all);
                tokio::spawn(async move {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
                    shared.open_max.fetch_max(open, Ordering::SeqCst);
                    // A sender that hangs up in the middle is part of the game.
                    let _ = serve(stream, &shared).await;
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, shared }
    }

    /// The setting that names it, with `options` behind the question mark.
    pub fn url(&self, options: &str) -> String {
        format!("smtp://{}?{options}", self.address)
    }

    /// The setting with a user and a password.
    pub fn url_for(&self, login: &str, options: &str) -> String {
        format!("smtp://{login}@localhost:{}?{options}", self.address.port())
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// How many mails it took, also those that it forgot.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub fn open_max(&self) -> usize {
        self.shared.open_max.load(Ordering::SeqCst)
    }

    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().unwrap().clone()
    }
}

async fn serve(stream: tokio::net::TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, shared, "220 relay.example ready").await?;
    if !talk(&mut stream, shared, false).await? {
        return Ok(());
    }
    let acceptor = TlsAcceptor::from(Arc::new(tls()));
    let mut stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
    talk(&mut stream, shared, true).await.map(|_| ())
}

fn tls() -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mail");
    let certificate = std::fs::read(format!("{folder}/relay.der")).unwrap();
    let key = std::fs::read(format!("{folder}/relay-key.der")).unwrap();
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], rustls::pki_types::PrivatePkcs8KeyDer::from(key).into())
        .unwrap()
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, shared: &Shared, line: &str) -> std::io::Result<()> {
    let waits = shared.manner.lock().unwrap().waits;
    tokio::time::sleep(waits).await;
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// One conversation; true where the sender asked for encryption.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    shared: &Shared,
    encrypted: bool,
) -> std::io::Result<bool> {
    let (mut from, mut to) = (String::new(), String::new());
    let mut signed_in = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let line = line.trim_end();
        shared.commands.lock().unwrap().push(line.split_whitespace().next().unwrap_or_default().to_owned());
        let manner = shared.manner.lock().unwrap().clone();
        let reply = match line.to_uppercase().split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                let mut lines = vec!["250-relay.example".to_owned(), "250-8BITMIME".to_owned()];
                if manner.tls && !encrypted {
                    lines.push("250-STARTTLS".to_owned());
                }
                if manner.login.is_some() {
                    lines.push("250-AUTH PLAIN LOGIN".to_owned());
                }
                lines.push("250 SIZE 1000000".to_owned());
                lines.join("\r\n")
            }
            "STARTTLS" => {
                say(stream, shared, "220 go ahead").await?;
                return Ok(true);
            }
            "AUTH" => {
                use base64::Engine as _;
                let given = line.split(' ').nth(2).unwrap_or_default();
                let wanted = manner.login.map(|(user, password)| {
                    base64::engine::general_purpose::STANDARD.encode(format!("\0{user}\0{password}"))
                });
                signed_in = wanted.as_deref() == Some(given);
                if signed_in { "235 2.7.0 welcome" } else { "535 5.7.8 wrong password" }.to_owned()
            }
            "MAIL" if manner.login.is_some() && !signed_in => "530 5.7.0 sign in first".to_owned(),
            "MAIL" => {
                from = bracketed(line);
                manner.at_mail.unwrap_or("250 2.1.0 ok").to_owned()
            }
            "RCPT" => {
                to = bracketed(line);
                let tries = {
                    let mut tries = shared.tries.lock().unwrap();
                    let count = tries.entry(to.clone()).or_default();
                    *count += 1;
                    *count
                };
                match manner.at_rcpt.iter().find(|(begins, _)| to.starts_with(begins)) {
                    Some((_, reply)) => (*reply).to_owned(),
                    None if tries <= manner.greylists => "451 4.7.1 come back later".to_owned(),
                    None => "250 2.1.5 ok".to_owned(),
                }
            }
            "DATA" => {
                say(stream, shared, "354 go on").await?;
                let bytes = read_text(stream).await?;
                if let Some(reply) = manner.at_text {
                    say(stream, shared, reply).await?;
                    continue;
                }
                shared.count.fetch_add(1, Ordering::SeqCst);
                let message_id = header(&bytes, "message-id");
                if !manner.forgets {
                    shared.taken.lock().unwrap().push(Taken {
                        from: from.clone(),
                        to: to.clone(),
                        message_id,
                        bytes,
                        encrypted,
                    });
                }
                if shared.hung_up.fetch_add(1, Ordering::SeqCst) < manner.hangs_up_after_text {
                    return Ok(false);
                }
                if manner.one_a_connection {
                    say(stream, shared, "250 2.0.0 taken").await?;
                    return Ok(false);
                }
                "250 2.0.0 taken".to_owned()
            }
            "RSET" | "NOOP" => "250 2.0.0 ok".to_owned(),
            "QUIT" => {
                say(stream, shared, "221 2.0.0 bye").await?;
                return Ok(false);
            }
            _ => "500 5.5.1 what?".to_owned(),
        };
        say(stream, shared, &reply).await?;
    }
}

fn bracketed(line: &str) -> String {
    line.split('<').nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default().to_owned()
}

/// The text up to the line with a single dot, doubled dots undone.
async fn read_text<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.take(1_000_000).read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.as_slice() {
            b".\r\n" => return Ok(bytes),
            [b'.', rest @ ..] => bytes.extend_from_slice(rest),
            all => bytes.extend_from_slice(all),
        }
    }
}

fn header(bytes: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.split("\r\n")
        .find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default()
}
