//! The look: style, script, fonts and icons, built into the program.

use rust_embed::{Embed, EmbeddedFile};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

#[derive(Embed)]
#[folder = "assets/"]
#[include = "style.css"]
#[include = "script.js"]
#[include = "worker.js"]
#[include = "offline.html"]
#[include = "htmx/htmx.min.js"]
#[include = "fonts/*.woff2"]
#[include = "icons/*"]
struct Embedded;

/// A file of the look.
pub struct Asset {
    /// Its bytes.
    pub bytes: std::borrow::Cow<'static, [u8]>,
    /// Its content type.
    pub mime: &'static str,
    /// A strong validator: the start of its SHA-256, quoted.
    pub etag: String,
}

/// The file at this path below `assets/`; none where it is not part of the look.
pub fn find(path: &str) -> Option<Asset> {
    let EmbeddedFile { data, metadata } = Embedded::get(path)?;
    Some(Asset { bytes: data, mime: mime(path), etag: format!("\"{}\"", version(&metadata.sha256_hash())) })
}

/// The address of a file, with a version that changes with its bytes, so that browsers may keep it for ever.
pub fn href(path: &str) -> &str {
    VERSIONED.get(path).map_or(path, String::as_str)
}

/// Every address, made once: hashing is for the first page alone.
static VERSIONED: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let files = Embedded::iter().filter_map(|path| Some((Embedded::get(&path)?, path)));
    files
        .map(|(file, path)| {
            let version = version(&file.metadata.sha256_hash());
            (path.to_string(), format!("/assets/{path}?v={version}"))
        })
        .collect()
});

fn version(hash: &[u8; 32]) -> String {
    let mut text = String::with_capacity(16);
    for byte in &hash[..8] {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
