//! What a closed store looked like: a small file beside its files, written last and taken away first.
//!
//! While the store is open there is none, so a start without one knows that the program did not end by itself. The
//! witness holds a hash of every file, which tells damage in moments, and the digest of what is kept, which tells
//! whether damaged files still give everything back.

use super::backup::{for_owner_only, sync_folder_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, Read, Write};
use std::path::Path;
use twox_hash::XxHash3_64;

/// Its name, in the store's folder.
const NAME: &str = "closed.json";

/// Bytes read at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What the store looked like when it was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Witness {
    /// The digest of what is kept.
    pub(super) digest: u64,
    /// Each file with its hash.
    files: BTreeMap<String, String>,
}

/// What a witness says of the files as they are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Testimony {
    /// They are as they were closed.
    Same,
    /// They are not; what is kept should have this digest.
    Changed(u64),
    /// There is none, or it cannot be read: the program ended without closing the store.
    None,
}

impl Witness {
    /// Looks at the files of a closed store.
    pub(super) fn of(folder: &Path, digest: u64) -> io::Result<Self> {
        Ok(Self { digest, files: hashes(folder)? })
    }

    /// Writes it into the folder. Its absence costs a check at the next start, so failing to write it is no harm.
    pub(super) fn leave(&self, folder: &Path) {
        let place = folder.join(NAME);
        let part = folder.join("closed.part");
        let written = serde_json::to_vec(self).map_err(io::Error::other).and_then(|json| {
            let mut file = for_owner_only().open(&part)?;
            file.write_all(&json)?;
            file.sync_all()?;
            std::fs::rename(&part, &place)
        });
        match written {
            Ok(()) => sync_folder_of(&place),
            Err(_) => drop(std::fs::remove_file(&part)),
        }
    }
}

/// Compares the files with what the witness in the folder saw.
pub(super) fn hear(folder: &Path) -> Testimony {
    let witness = std::fs::read(folder.join(NAME)).ok().and_then(|json| serde_json::from_slice::<Witness>(&json).ok());
    match witness {
        None => Testimony::None,
        Some(witness) if hashes(folder).is_ok_and(|files| files == witness.files) => Testimony::Same,
        Some(witness) => Testimony::Changed(witness.digest),
    }
}

/// Whether the store in this folder was closed properly.
pub(super) fn was_closed(folder: &Path) -> bool {
    folder.join(NAME).exists()
}

/// Takes the witness away: from now on files change.
pub(super) fn dismiss(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(NAME));
}

fn hashes(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    collect(folder, "", &mut hashes)?;
    Ok(hashes)
}

fn collect(folder: &Path, within: &str, hashes: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), hashes)?;
        } else if !name.starts_with("closed.") {
            hashes.insert(name, hash(&entry.path())?);
        }
    }
    Ok(())
}

fn hash(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hash = XxHash3_64::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(format!("{:016x}", hash.finish())),
            read => hash.write(&chunk[..read]),
        }
    }
}
