//! `ridealong healthy`: asks the service of this machine whether it is ready, for health checks without a browser.

use super::output::print;
use crate::config::Settings;
use anyhow::{Context as _, ensure};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// Bytes of the answer that are read; its first line is enough.
const ANSWER_BYTES: u64 = 64;

/// Exits 1 where the service does not answer, or says that it is not ready.
pub(super) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let at = reachable(settings.listen);
    let failed = || format!("nothing answers at {at}; is `ridealong serve` running?");
    let mut stream = TcpStream::connect_timeout(&at, ANSWER_WITHIN).with_context(failed)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").with_context(failed)?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer).with_context(failed)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split_whitespace().nth(1).unwrap_or("nothing");
    ensure!(status == "200", "the service at {at} is not ready: it answers {status}; its log says why");
    print("ready")?;
    Ok(ExitCode::SUCCESS)
}

/// A server that listens on every address is reached by the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
