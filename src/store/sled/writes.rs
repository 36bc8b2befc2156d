//! One atomic write, and the digest that it leaves behind.
//!
//! The digest is the exclusive or of a hash of every value with its key (posts, comments, states and records; the
//! indexes follow from them). It is written with each batch, so it tells at any time whether what is kept is exactly
//! what was acknowledged.

use super::engine_error;
use super::identities::{Claims, Identities};
use super::keys::DIGEST_KEY;
use crate::model::PostId;
use crate::store::Result;
use sled::{Batch, Db, IVec};
use std::collections::BTreeMap;
use std::hash::Hasher as _;
use twox_hash::XxHash3_64;

/// Values are put and taken here first; `apply` makes them one batch.
pub(super) struct Writes<'a> {
    engine: &'a Db,
    values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    indexes: Batch,
    digest: u64,
    identities: &'a Identities,
    claims: Claims,
}

/// What is known of the store beside its tree, as of the last write.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The digest of what is kept.
    pub(super) digest: u64,
    /// Which post holds which key.
    pub(super) identities: Identities,
}

impl Known {
    /// Reads it from the tree.
    pub(super) fn read(engine: &Db) -> Result<Self> {
        Ok(Self { digest: super::tree::digest(engine)?, identities: Identities::read(engine)? })
    }

    /// Takes over what a write has applied.
    pub(super) fn take(&mut self, applied: Applied) {
        self.digest = applied.digest;
        self.identities.take(applied.claims);
    }
}

/// What a write has changed beside the tree.
pub(super) struct Applied {
    digest: u64,
    claims: Claims,
}

impl<'a> Writes<'a> {
    /// A write on top of what is known.
    pub(super) fn new(engine: &'a Db, known: &'a Known) -> Self {
        let (digest, identities) = (known.digest, &known.identities);
        Self { engine, values: BTreeMap::new(), indexes: Batch::default(), digest, identities, claims: Claims::new() }
    }

    /// Claims a key for a post, unless some post holds it; says whether it was free.
    pub(super) fn claim(&mut self, mark: u64, post: &PostId) -> bool {
        let held = self.claims.get(&mark).map_or_else(|| self.identities.is_held(mark), Option::is_some);
        if !held {
            self.claims.insert(mark, Some(post.clone()));
        }
        !held
    }

    /// Lets go of a key.
    pub(super) fn release(&mut self, mark: u64) {
        self.claims.insert(mark, None);
    }

    /// The value as it will be after this write.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>> {
        match self.values.get(key) {
            Some(value) => Ok(value.as_deref().map(IVec::from)),
            None => self.engine.get(key).map_err(engine_error),
        }
    }

    /// Puts a value.
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<()> {
        self.digest ^= entry_hash(&key, &value);
        self.take(&key)?;
        self.values.insert(key, Some(value));
        Ok(())
    }

    /// Takes a value away, where there is one.
    pub(super) fn take(&mut self, key: &[u8]) -> Result<()> {
        if let Some(earlier) = self.get(key)? {
            self.digest ^= entry_hash(key, &earlier);
            self.values.insert(key.to_owned(), None);
        }
        Ok(())
    }

    /// What follows from values and is not part of the digest.
    pub(super) fn indexes(&mut self) -> &mut Batch {
        &mut self.indexes
    }

    /// Applies everything at once.
    pub(super) fn apply(self) -> Result<Applied> {
        let mut batch = self.indexes;
        self.identities.keep(&self.claims, &mut batch);
        for (key, value) in self.values {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(DIGEST_KEY, &self.digest.to_be_bytes());
        self.engine.apply_batch(batch).map_err(engine_error)?;
        Ok(Applied { digest: self.digest, claims: self.claims })
    }
}

/// The part of one value in the digest.
pub(super) fn entry_hash(key: &[u8], value: &[u8]) -> u64 {
    let mut hash = XxHash3_64::with_seed(key.len() as u64);
    hash.write(key);
    hash.write(value);
    hash.finish()
}
