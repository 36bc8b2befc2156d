//! A site on loopback that answers by the path that is asked for.

use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// What such a site says.
pub enum Answer {
    /// A document of this media type.
    Document(&'static str, String),
    /// There is none.
    Missing,
    /// Nothing, for a minute.
    Silence,
}

/// Opens the site; returns its address without a slash at the end.
pub async fn answering(answer: impl Fn(&str) -> Answer + Clone + Send + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let (status, kind, body) = match answer(text.split_whitespace().nth(1).unwrap_or_default()) {
                    Answer::Document(kind, body) => ("200 OK", kind, body),
                    Answer::Missing => ("404 Not Found", "text/plain", String::new()),
                    Answer::Silence => return tokio::time::sleep(Duration::from_secs(60)).await,
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + body.as_str()).as_bytes()).await;
            });
        }
    });
    format!("http://{address}")
}
