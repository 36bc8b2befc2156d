//! How many pages a second become articles on one core: `cargo bench --bench articles -- [FOLDER]`.
//!
//! FOLDER holds pages (`*.html`); without one, those of `tests/fixtures/parse/platforms`. The aim is 200 pages a second, with
//! text, metadata and comments. Each page is also read inside 60 kB of menus and scripts, as sites serve it. CPU time counts.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot be made must fail loudly")]

use jiff::Timestamp;
use ridealong::crawl::article::extract;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// The fastest round counts.
const ROUNDS: usize = 5;
/// What stands around a page, in bytes.
const AROUND_BYTES: usize = 57_000;

fn main() {
    let folder = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parse/platforms"), PathBuf::from);
    let plain: Vec<Vec<u8>> = load(&folder);
    let heavy: Vec<Vec<u8>> = plain.iter().map(|page| surrounded(page)).collect();
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 57);
    let url = Url::parse("https://bench.example/post").unwrap();
    for (name, pages) in [("as they are", &plain), ("inside 60 kB of menus and scripts", &heavy)] {
        let bytes: usize = pages.iter().map(Vec::len).sum();
        let round = |_| {
            let before = cpu();
            let read = pages.iter().filter(|page| black_box(extract(page, None, &url, now)).is_ok()).count();
            assert!(read * 2 > pages.len(), "most pages are articles");
            cpu() - before
        };
        let best = (0..ROUNDS).map(round).min().unwrap().as_secs_f64();
        println!("{name}: {:.0} pages/s, {:.1} MB/s", pages.len() as f64 / best, bytes as f64 / best / 1e6);
    }
}

fn load(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "html"));
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// The page with a menu before its text and scripts and a footer behind it.
fn surrounded(page: &[u8]) -> Vec<u8> {
    let menu = "<li class=\"menu-item\"><a class=\"menu-link\" href=\"/topics/one\">A topic with three words</a></li>";
    let script = "<script>window.dataLayer=window.dataLayer||[];function g(a,b){return a<b&&b>1}</script>";
    let menus = format!("<nav><ul>{}</ul></nav>", menu.repeat(AROUND_BYTES / 2 / menu.len()));
    let scripts = script.repeat(AROUND_BYTES / 2 / script.len());
    let text = String::from_utf8_lossy(page).into_owned();
    let at = text.find("<body").and_then(|at| text[at..].find('>').map(|end| at + end + 1)).unwrap_or(0);
    format!("{}{menus}{}{scripts}", &text[..at], &text[at..]).into_bytes()
}

/// CPU time of this process so far, from Linux's own counters of the thread.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
}
