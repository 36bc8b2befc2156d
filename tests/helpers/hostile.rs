//! A server on the loopback interface that does to a crawler whatever servers do: one path, one trick.

use futures::future::BoxFuture;
use ridealong::net::Lookup;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// A small good feed.
pub const FEED: &str = include_str!("../fixtures/net/good.xml");

const GZIP_BOMB: &[u8] = include_bytes!("../fixtures/net/zeros-256mib.gz");
const BROTLI_BOMB: &[u8] = include_bytes!("../fixtures/net/zeros-256mib.br");
const ZSTD_BOMB: &[u8] = include_bytes!("../fixtures/net/zeros-256mib.zst");

/// The running server.
pub struct Hostile {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    scripts: Arc<Mutex<HashMap<String, Vec<Vec<u8>>>>>,
}

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Path with query.
    pub path: String,
    /// Head, as sent.
    pub head: String,
}

impl Seen {
    /// A header's value, byte for byte.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }
}

impl Hostile {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, scripts) =
            (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<Mutex<HashMap<String, Vec<Vec<u8>>>>>::default());
        let (log, script) = (seen.clone(), scripts.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, script) = (log.clone(), script.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, log, script).await;
                });
            }
        });
        Self { address, seen, scripts }
    }

    /// The address of a trick.
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// The same under another name, for clients with a scripted resolver.
    pub fn named(&self, host: &str, path: &str) -> Url {
        Url::parse(&format!("http://{host}:{}{path}", self.address.port())).unwrap()
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Answers a path with these raw answers, one after the other, the last for ever.
    pub fn answers(&self, path: &str, answers: impl IntoIterator<Item = impl Into<Vec<u8>>>) {
        let mut answers: Vec<Vec<u8>> = answers.into_iter().map(Into::into).collect();
        answers.reverse();
        self.scripts.lock().unwrap().insert(path.to_owned(), answers);
    }
}

/// A raw answer with a status, headers and a body of the right length.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let mut raw = head.into_bytes();
    raw.extend_from_slice(body);
    raw
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Seen>>>,
    scripts: Arc<Mutex<HashMap<String, Vec<Vec<u8>>>>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0_u8; 1];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    seen.lock().unwrap().push(Seen { path: path.clone(), head });
    let scripted = {
        let mut scripts = scripts.lock().unwrap();
        scripts.get_mut(&path).and_then(|left| if left.len() > 1 { left.pop() } else { left.last().cloned() })
    };
    if let Some(raw) = scripted {
        stream.write_all(&raw).await?;
        return stream.shutdown().await;
    }
    play(&mut stream, &path).await?;
    stream.shutdown().await
}

async fn play(stream: &mut TcpStream, path: &str) -> io::Result<()> {
    let (trick, argument) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    match trick {
        "feed" => stream.write_all(&answer("200 OK", "Content-Type: application/rss+xml\r\n", FEED)).await,
        "gzip-bomb" => stream.write_all(&coded("gzip", GZIP_BOMB)).await,
        "brotli-bomb" => stream.write_all(&coded("br", BROTLI_BOMB)).await,
        "zstd-bomb" => stream.write_all(&coded("zstd", ZSTD_BOMB)).await,
        "endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n").await?;
            let line = [b'x'; 64 * 1024];
            loop {
                stream.write_all(&line).await?;
            }
        }
        "huge" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\nConnection: close\r\n\r\n").await?;
            let line = [b'x'; 64 * 1024];
            for _ in 0..1600 {
                stream.write_all(&line).await?;
            }
            Ok(())
        }
        "drip" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await?;
            loop {
                stream.write_all(b"<").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        "silence" => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok(())
        }
        "stall" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<rss>").await?;
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok(())
        }
        "many-headers" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            for n in 0..100_000 {
                stream.write_all(format!("X-Flood-{n}: {n}\r\n").as_bytes()).await?;
            }
            stream.write_all(b"Content-Length: 0\r\n\r\n").await
        }
        "long-header" => {
            let line = format!("X-Flood: {}\r\n", "y".repeat(90 * 1024));
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{line}Content-Length: 0\r\n\r\n").as_bytes()).await
        }
        "endless-header" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Flood: ").await?;
            let line = [b'y'; 64 * 1024];
            loop {
                stream.write_all(&line).await?;
            }
        }
        "to" => stream.write_all(&redirect("302 Found", argument)).await,
        "moved" => stream.write_all(&redirect("301 Moved Permanently", argument)).await,
        "loop" => stream.write_all(&redirect("302 Found", "/loop")).await,
        "chain" => {
            let left: u32 = argument.parse().unwrap_or(0);
            let to = if left == 0 { "/feed".to_owned() } else { format!("/chain/{}", left - 1) };
            stream.write_all(&redirect("301 Moved Permanently", &to)).await
        }
        "nowhere" => stream.write_all(&answer("302 Found", "", "")).await,
        "login" => {
            let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method=post><input type=\"password\" name=p></form></body></html>";
            stream.write_all(&answer("200 OK", "Content-Type: text/html\r\nETag: \"login\"\r\n", page)).await
        }
        "challenge" => {
            let page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>";
            stream.write_all(&answer("403 Forbidden", "cf-mitigated: challenge\r\n", page)).await
        }
        "slow-down" => {
            let header = format!("Retry-After: {}\r\n", argument.replace('_', " "));
            stream.write_all(&answer("429 Too Many Requests", &header, "")).await
        }
        "too-short" => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss>cut").await,
        "too-long" => stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{FEED}").as_bytes()).await,
        "reset" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss>").await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.set_zero_linger()
        }
        "garbage" => stream.write_all(&[0xff; 4096]).await,
        "cut-gzip" => stream.write_all(&coded("gzip", &GZIP_BOMB[..600])).await,
        "plain-as-gzip" => stream.write_all(&coded("gzip", FEED.as_bytes())).await,
        _ => stream.write_all(&answer("404 Not Found", "", "nothing here")).await,
    }
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    answer("200 OK", &format!("Content-Type: text/xml\r\nContent-Encoding: {coding}\r\n"), body)
}

fn redirect(status: &str, to: &str) -> Vec<u8> {
    answer(status, &format!("Location: {to}\r\n"), "")
}

/// A resolver that answers each name with one list after the other, the last for ever, and counts.
#[derive(Clone, Default)]
pub struct Scripted {
    answers: Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Gives a name its answers.
    pub fn with(self, name: &str, answers: &[&[&str]]) -> Self {
        let parsed = answers.iter().rev().map(|list| list.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        self.answers.lock().unwrap().insert(name.to_owned(), parsed);
        self
    }

    /// The names asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Lookup for Scripted {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(name.clone());
        let mut answers = self.answers.lock().unwrap();
        let found =
            answers.get_mut(&name).and_then(|left| if left.len() > 1 { left.pop() } else { left.last().cloned() });
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such name")) })
    }
}
