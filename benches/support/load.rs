//! Load on a server as browsers make it: connections that are kept, each asking again as soon as it has its answer.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// One request.
pub struct Asked {
    pub path: String,
    pub cookie: String,
}

/// What came of it.
#[derive(Default)]
pub struct Load {
    /// Milliseconds of each answer.
    times: Vec<f64>,
    seconds: f64,
    /// Bytes of the largest body, as it travelled.
    pub body_bytes_max: usize,
}

impl Load {
    /// Takes in another turn.
    pub fn add(&mut self, other: Load) {
        self.times.extend(other.times);
        self.seconds += other.seconds;
        self.body_bytes_max = self.body_bytes_max.max(other.body_bytes_max);
    }

    /// Milliseconds within which this share of the answers came.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times[((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1]
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, nine, last] = [0.5, 0.9, 0.99].map(|share| self.percentile(share));
        let each = self.times.len() as f64 / self.seconds;
        let kb = self.body_bytes_max as f64 / 1024.0;
        write!(f, "{each:.0} a second; 50 % in {half:.1} ms, 90 % in {nine:.1}, 99 % in {last:.1}; largest {kb:.1} KB")
    }
}

/// Asks over so many connections for so long. `asked` gives the n-th request of all.
pub async fn run(server: SocketAddr, connections: usize, time: Duration, asked: impl Fn(usize) -> Asked) -> Load {
    let started = Instant::now();
    // A connection asks for a list of its own over and over; together they ask for everything.
    let lists: Vec<Vec<Vec<u8>>> =
        (0..connections).map(|at| (0..32).map(|turn| request(&asked(at + turn * connections))).collect()).collect();
    let begun = lists.into_iter().map(|list| tokio::spawn(connection(server, list, started + time)));
    let mut load = Load::default();
    for one in begun.collect::<Vec<_>>() {
        load.add(one.await.unwrap());
    }
    load.seconds = started.elapsed().as_secs_f64();
    load
}

fn request(asked: &Asked) -> Vec<u8> {
    let Asked { path, cookie } = asked;
    format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\naccept: text/html\r\n\
         accept-encoding: gzip, deflate, br, zstd\r\n\r\n"
    )
    .into_bytes()
}

async fn connection(server: SocketAddr, requests: Vec<Vec<u8>>, until: Instant) -> Load {
    let stream = TcpStream::connect(server).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::with_capacity(64 * 1024, stream);
    let mut load = Load::default();
    for request in requests.iter().cycle() {
        let started = Instant::now();
        if started > until {
            break;
        }
        stream.write_all(request).await.unwrap();
        let bytes = answer(&mut stream).await;
        load.times.push(started.elapsed().as_secs_f64() * 1_000.0);
        load.body_bytes_max = load.body_bytes_max.max(bytes);
    }
    load
}

/// Reads one answer and returns the bytes of its body.
async fn answer(stream: &mut BufReader<TcpStream>) -> usize {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(told) = header.strip_prefix("content-length:") {
            length = told.trim().parse().unwrap();
        }
        chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
    }
    if !chunked {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        return length;
    }
    let mut bytes = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let length = usize::from_str_radix(line.trim_end(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).await.unwrap();
        bytes += length;
        if length == 0 {
            return bytes;
        }
    }
}
