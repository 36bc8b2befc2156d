//! A real browser that is watched: what ran, where it went, what it asked for.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a page did in the browser.
#[derive(Debug, Default)]
pub struct Watched {
    /// Paths that were asked for beside the page itself.
    pub requests: Vec<String>,
    /// The document as it stood in the end.
    pub dom: String,
}

/// The browser's program, where it is installed.
pub fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.exists())
}

/// Opens `page` headless; every host of the world leads back to the watching server.
pub fn watch(program: &PathBuf, page: &str) -> Watched {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (seen, body) = (requests.clone(), page.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (seen, body) = (seen.clone(), body.clone());
            std::thread::spawn(move || answer(stream, &seen, &body));
        }
    });
    let profile = tempfile::tempdir().expect("a folder");
    let output = Command::new(program)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-component-update",
            "--dump-dom",
        ])
        .args(["--disable-background-networking", "--disable-sync", "--virtual-time-budget=3000", "--timeout=20000"])
        .arg(format!("--host-resolver-rules=MAP * {address}"))
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://page.test:{}/page", address.port()))
        .output()
        .expect("the browser starts");
    let requests = requests.lock().expect("no thread broke").clone();
    Watched { requests, dom: String::from_utf8_lossy(&output.stdout).into_owned() }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Vec<String>>, body: &str) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let mut buffer = [0u8; 8192];
    let length = stream.read(&mut buffer).unwrap_or(0);
    let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
    let mut words = request.split_whitespace();
    let (Some(_), Some(path)) = (words.next(), words.next()) else { return };
    if !request.is_ascii() {
        // The beginning of a TLS connection; the host that is wanted stands in it as text.
        if !is_browsers_own(&request) {
            seen.lock().expect("no thread broke").push(request);
        }
        return;
    }
    let host = request.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap_or("?");
    if is_browsers_own(host) {
        return;
    }
    let page = path == "/page";
    if !page && path != "/favicon.ico" {
        seen.lock().expect("no thread broke").push(format!("{host}{path}"));
    }
    let body = if page { body } else { "" };
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// What the browser asks on its own account (updates, safe browsing), whatever the page.
fn is_browsers_own(request: &str) -> bool {
    ["google.com", "googleapis.com", "gvt1.com", "gstatic.com", "googleusercontent.com"]
        .iter()
        .any(|own| request.contains(own))
}
