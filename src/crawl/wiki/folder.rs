//! Loads a folder of Markdown, within limits; links to other places are not followed.

use super::{WikiError, WikiFile};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// More files than this are not read.
const FILES_MAX: usize = 5_000;
/// Deeper folders are not read.
const DEPTH_MAX: usize = 12;
/// A larger file is no page, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Every Markdown file below `root`, sorted by path; hidden folders and files are left out.
///
/// # Errors
/// The folder itself cannot be read. A single file that cannot be read is left out.
pub fn load(root: &Path) -> Result<Vec<WikiFile>, WikiError> {
    let mut files = Vec::new();
    let mut open: Vec<(PathBuf, usize)> = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(WikiError::Folder(format!("{}: {error}", folder.display()))),
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && !hidden && depth < DEPTH_MAX {
                open.push((path, depth + 1));
            } else if kind.is_file() && !hidden && files.len() < FILES_MAX {
                files.extend(read(root, &path));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read(root: &Path, path: &Path) -> Option<WikiFile> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let meta = path.metadata().ok()?;
    if !matches!(ending.as_str(), "md" | "markdown") || meta.len() > FILE_BYTES_MAX {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let text = crate::crawl::decode::decode(&bytes, None, crate::crawl::decode::Syntax::Html).text.into_owned();
    let below = path.strip_prefix(root).ok()?;
    let parts: Vec<String> = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let changed_at = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    Some(WikiFile { path: parts.join("/"), text, changed_at })
}
