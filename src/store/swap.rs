//! Putting a fresh folder in the place of another, so that a crash at any moment leaves one whole store.
//!
//! The fresh store is filled and closed beside the old one; then the old one is renamed aside and the fresh one into
//! its place. A start that finds no store but a fresh one finishes the swap.

use super::backup::{file_error, sync_folder_of};
use super::{Result, StoreError};
use std::path::{Path, PathBuf};

/// Room that is wanted beyond what is to be written, in bytes.
const ROOM_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// An empty folder beside the store for a fresh one; what an interrupted attempt left there is removed.
pub(super) fn fresh(folder: &Path) -> Result<PathBuf> {
    let fresh = beside(folder, "fresh");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(|error| file_error(&fresh, &error))?;
    }
    std::fs::create_dir_all(&fresh).map_err(|error| file_error(&fresh, &error))?;
    Ok(fresh)
}

/// Moves the store aside under a name that ends in `why`, and the fresh one, which has to be closed, into its place.
/// Returns where the earlier one is.
pub(super) fn in_place(folder: &Path, why: &str) -> Result<PathBuf> {
    let mut aside = beside(folder, why);
    let mut more = 1;
    while aside.exists() {
        more += 1;
        aside = beside(folder, &format!("{why}-{more}"));
    }
    if folder.exists() {
        std::fs::rename(folder, &aside).map_err(|error| file_error(folder, &error))?;
    }
    let fresh = beside(folder, "fresh");
    std::fs::rename(&fresh, folder).map_err(|error| file_error(&fresh, &error))?;
    sync_folder_of(folder);
    Ok(aside)
}

/// Finishes a swap that was interrupted between its two steps.
pub(super) fn finish(folder: &Path) {
    let fresh = beside(folder, "fresh");
    let filled = super::witness::was_closed(&fresh);
    if !folder.exists() && filled {
        // Where this fails the store opens empty, and the fresh folder is still there.
        let _ = std::fs::rename(&fresh, folder);
    }
}

/// Whether there is room for so many bytes beside the store.
///
/// # Errors
/// There is not; the sentence says how much is wanted.
pub(super) fn check_room(folder: &Path, bytes: u64) -> Result<()> {
    let wanted = bytes + ROOM_BYTES_MIN;
    match fs4::available_space(folder) {
        Ok(free) if free < wanted => Err(StoreError::Failed(format!(
            "compacting {} wants {} MB of free space, there are {} MB",
            folder.display(),
            wanted / 1_000_000,
            free / 1_000_000
        ))),
        // A system that does not tell lets the write itself find out.
        _ => Ok(()),
    }
}

/// The bytes of all files in a folder.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => bytes_in(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let name = folder.file_name().map_or_else(|| "store".to_owned(), |name| name.to_string_lossy().into_owned());
    folder.with_file_name(format!("{name}.{ending}"))
}
