use super::SourcesError;
use crate::model::SourceSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The set of sources in use, and why a newer file was refused, if it was.
#[derive(Debug, Default)]
pub struct Running {
    set: RwLock<Arc<SourceSet>>,
    refused: RwLock<Option<SourcesError>>,
}

impl Running {
    /// Starts with this set.
    pub fn new(set: SourceSet) -> Self {
        Self { set: RwLock::new(Arc::new(set)), refused: RwLock::default() }
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
}
