//! Names that many posts share, each kept once.

use crate::model::SourceId;
use foldhash::fast::RandomState;
use std::collections::HashSet;
use std::sync::Arc;

/// A name that other documents may share.
pub(super) type Name = Arc<str>;

/// What a text is about, as far as deals are held against it.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) objections: Box<[Name]>,
    pub(super) methods: Box<[Name]>,
    pub(super) industries: Box<[Name]>,
    pub(super) competitors: Box<[Name]>,
}

/// The names that were met. One stays after its last document, as it will be met again.
#[derive(Default)]
pub(super) struct Names {
    known: HashSet<Name, RandomState>,
    sources: HashSet<SourceId, RandomState>,
}

impl Names {
    pub(super) fn one(&mut self, name: &str) -> Name {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let new = Name::from(name);
        self.known.insert(new.clone());
        new
    }

    pub(super) fn all(&mut self, names: &[String]) -> Box<[Name]> {
        names.iter().map(|name| self.one(name)).collect()
    }

    pub(super) fn source(&mut self, id: &SourceId) -> SourceId {
        if let Some(known) = self.sources.get(id) {
            return known.clone();
        }
        self.sources.insert(id.clone());
        id.clone()
    }
}
