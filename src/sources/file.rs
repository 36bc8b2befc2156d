//! The file of sources: read whole, written whole or not at all.

use super::{SourcesError, parse};
use crate::model::SourceSet;
use std::io::{self, Write as _};
use std::path::Path;

/// Why a change to the file was not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The set does not come from a file.
    #[error("these sources come from no file, so they cannot be changed here")]
    NoFile,
    /// What it would become cannot be read.
    #[error("{0}")]
    Refused(#[from] SourcesError),
    /// Somebody else has changed it meanwhile.
    #[error("the entry was changed meanwhile; look at it again")]
    Changed,
    /// The file cannot be read or written.
    #[error("the sources file {file} cannot be {what}: {cause}")]
    Io {
        /// Its name.
        file: String,
        /// Read or written.
        what: &'static str,
        /// What the system said.
        cause: io::Error,
    },
}

/// The set and the text of a file; both empty where there is no file yet.
///
/// # Errors
/// The file cannot be read, or holds a fault.
pub fn load_or_new(file: &Path) -> Result<(SourceSet, String), EditError> {
    let name = file.display().to_string();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(cause) => return Err(EditError::Io { file: name, what: "read", cause }),
    };
    if text.trim().is_empty() {
        return Ok((SourceSet::default(), String::new()));
    }
    Ok((parse(&text, &name)?, text))
}

/// Writes the file whole or not at all: beside it first, then in its place. A link stays a link.
///
/// # Errors
/// The text cannot be read as sources, or the file cannot be written.
pub fn save(file: &Path, text: &str) -> Result<SourceSet, EditError> {
    let name = file.display().to_string();
    // What we write must be what we read; a fault here must not reach the running set.
    let set = parse(text, &name)?;
    let target = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let beside = target.with_extension("yaml.new");
    let write = || -> io::Result<()> {
        let mut out = std::fs::File::create(&beside)?;
        if let Ok(before) = std::fs::metadata(&target) {
            out.set_permissions(before.permissions())?;
        }
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&beside, &target)
    };
    write().map_err(|cause| EditError::Io { file: name, what: "written", cause })?;
    Ok(set)
}
