use super::file::{self, EditError};
use super::{SourcesError, parse};
use crate::model::SourceSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The set of sources in use, the file it comes from, and why a newer file was refused, if it was.
#[derive(Debug, Default)]
pub struct Running {
    set: RwLock<Arc<SourceSet>>,
    refused: RwLock<Option<SourcesError>>,
    file: Option<PathBuf>,
    /// One change of the file at a time.
    changing: Mutex<()>,
}

impl Running {
    /// Starts with this set, which comes from no file.
    pub fn new(set: SourceSet) -> Self {
        Self { set: RwLock::new(Arc::new(set)), ..Self::default() }
    }

    /// Starts with this set of this file.
    pub fn of_file(file: PathBuf, set: SourceSet) -> Self {
        Self { file: Some(file), ..Self::new(set) }
    }

    /// The set in use.
    pub fn set(&self) -> Arc<SourceSet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why the file, as it stands now, is not in use.
    pub fn refused(&self) -> Option<SourcesError> {
        self.refused.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a newly read file: a good one replaces the set, a broken one leaves it and is remembered.
    pub fn take(&self, read: Result<SourceSet, SourcesError>) {
        let refused = match read {
            Ok(set) => {
                *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
                None
            }
            Err(error) => Some(error),
        };
        *self.refused.write().unwrap_or_else(PoisonError::into_inner) = refused;
    }

    /// Reads the file again and takes what it holds; says how many sources are in use, or why the file is not.
    ///
    /// # Errors
    /// The file cannot be read, or holds a fault; the set stays.
    pub fn reread(&self) -> Result<usize, SourcesError> {
        let Some(file) = &self.file else { return Ok(self.set().sources.len()) };
        let name = file.display().to_string();
        let read = std::fs::read_to_string(file)
            .map_err(|error| SourcesError {
                file: name.clone(),
                line: 1,
                column: 1,
                message: format!("the file cannot be read: {error}"),
                text: String::new(),
            })
            .and_then(|text| parse(&text, &name));
        self.take(read);
        self.refused().map_or_else(|| Ok(self.set().sources.len()), Err)
    }

    /// The text of the file and its name in messages.
    ///
    /// # Errors
    /// There is no file, or it cannot be read.
    pub fn text(&self) -> Result<(String, String), EditError> {
        let file = self.file.as_ref().ok_or(EditError::NoFile)?;
        let name = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(text) => Ok((text, name)),
            Err(cause) => Err(EditError::Io { file: name, what: "read", cause }),
        }
    }

    /// Changes the file and takes it into use: `change` gets its text and its name, and gives the new text.
    ///
    /// # Errors
    /// The change was refused, or the file cannot be read or written; file and set stay as they were.
    pub fn edit(
        &self,
        change: impl FnOnce(&str, &str) -> Result<String, EditError>,
    ) -> Result<Arc<SourceSet>, EditError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, name) = self.text()?;
        let new = change(&text, &name)?;
        let file = self.file.as_ref().ok_or(EditError::NoFile)?;
        self.take(Ok(file::save(file, &new)?));
        Ok(self.set())
    }
}
