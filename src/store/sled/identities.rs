//! Which post holds which identity key: in memory, and as runs in the tree.
//!
//! A post has four or five keys, and the tree pays three hundred bytes and a rewritten page for each small entry that
//! is put at a random place. So all keys that one write claims or releases are one entry, a run, and the runs are read
//! into memory, one after the other, when the store is opened: about 30 bytes a key.

use super::engine_error;
use super::keys::{number, numbered};
use crate::model::PostId;
use crate::store::{Result, StoreError};
use sha2::{Digest as _, Sha256};
use sled::{Batch, Db, IVec};
use std::collections::{BTreeMap, HashMap};

/// The length of an entry of the first schema: one for each key, under `k` and 16 bytes of its hash.
const FIRST_SCHEMA_BYTES: usize = 17;

/// Keys in a run where there is a choice.
const RUN_KEYS: usize = 4_096;

/// What stands in front of the twelve bytes of an id that `PostId::of` made, and of any other id.
const MADE: u8 = 0;
const OTHER: u8 = 1;

/// A key as it is compared: the first bytes of its hash. Keys may be long addresses.
pub(super) fn mark(key: &str) -> u64 {
    number(&Sha256::digest(key.as_bytes()))
}

/// What one write claims for posts, and what it releases.
pub(super) type Claims = BTreeMap<u64, Option<PostId>>;

/// The holders of all keys, as of the last write.
#[derive(Debug, Default)]
pub(super) struct Identities {
    /// Packed ids, which need no room beside the table.
    holders: HashMap<u64, IVec>,
    /// The number of the newest run.
    newest: u64,
}

impl Identities {
    /// Reads all runs.
    pub(super) fn read(engine: &Db) -> Result<Self> {
        let mut identities = Self::default();
        for entry in engine.scan_prefix(b"k") {
            let (key, run) = entry.map_err(engine_error)?;
            identities.newest = number(&key[1..]);
            let mut rest = &run[..];
            while !rest.is_empty() {
                let Some((mark, holder, after)) = first_of(rest) else {
                    return Err(StoreError::Failed("a run of identity keys is cut off".to_owned()));
                };
                match holder {
                    [] => identities.holders.remove(&mark),
                    holder => identities.holders.insert(mark, IVec::from(holder)),
                };
                rest = after;
            }
        }
        Ok(identities)
    }

    /// The post that holds a key.
    pub(super) fn holder(&self, mark: u64) -> Option<PostId> {
        self.holders.get(&mark).map(|packed| unpacked(packed))
    }

    /// Whether some post holds a key.
    pub(super) fn is_held(&self, mark: u64) -> bool {
        self.holders.contains_key(&mark)
    }

    /// Every post that holds a key, as often as it holds one.
    pub(super) fn holders(&self) -> impl Iterator<Item = PostId> {
        self.holders.values().map(|packed| unpacked(packed))
    }

    /// Adds the run of a write to its batch.
    pub(super) fn keep(&self, claims: &Claims, batch: &mut Batch) {
        if !claims.is_empty() {
            batch.insert(numbered(b'k', self.newest + 1), run(claims));
        }
    }

    /// Takes over what was written.
    pub(super) fn take(&mut self, claims: Claims) {
        self.newest += u64::from(!claims.is_empty());
        for (mark, holder) in claims {
            match holder {
                Some(post) => self.holders.insert(mark, packed(&post).into()),
                None => self.holders.remove(&mark),
            };
        }
    }

    /// Brings the entries of the first schema into runs; part of one atomic write.
    pub(super) fn upgrade(engine: &Db, batch: &mut Batch) -> Result<()> {
        let mut claims = Claims::new();
        let mut newest = 0;
        let mut keep = |claims: &mut Claims, batch: &mut Batch| {
            newest += 1;
            batch.insert(numbered(b'k', newest), run(&std::mem::take(claims)));
        };
        for entry in engine.scan_prefix(b"k") {
            let (key, post) = entry.map_err(engine_error)?;
            if key.len() != FIRST_SCHEMA_BYTES {
                continue;
            }
            claims.insert(number(&key[1..]), Some(super::keys::post_id(post)));
            batch.remove(key);
            if claims.len() == RUN_KEYS {
                keep(&mut claims, batch);
            }
        }
        if !claims.is_empty() {
            keep(&mut claims, batch);
        }
        Ok(())
    }
}

/// Claims as bytes: for each the mark, the length of the holder in two bytes, and the holder; no holder is a release.
fn run(claims: &Claims) -> Vec<u8> {
    let mut run = Vec::with_capacity(claims.len() * 23);
    for (mark, holder) in claims {
        let holder = holder.as_ref().map(packed).unwrap_or_default();
        let length = u16::try_from(holder.len()).unwrap_or(u16::MAX);
        run.extend_from_slice(&mark.to_be_bytes());
        run.extend_from_slice(&length.to_be_bytes());
        run.extend_from_slice(&holder[..usize::from(length)]);
    }
    run
}

fn first_of(run: &[u8]) -> Option<(u64, &[u8], &[u8])> {
    let (mark, rest) = run.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (holder, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((u64::from_be_bytes(*mark), holder, rest))
}

/// The digits of an id, two in a byte.
fn packed(post: &PostId) -> Vec<u8> {
    let id = post.as_str().as_bytes();
    let value = |digit: &u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = id.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(value(high)? << 4 | value(low)?)).collect();
    match bytes {
        Some(bytes) if rest.is_empty() => [&[MADE], bytes.as_slice()].concat(),
        _ => [&[OTHER], id].concat(),
    }
}

fn unpacked(packed: &[u8]) -> PostId {
    match packed {
        [MADE, bytes @ ..] => PostId::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        [_, id @ ..] => PostId::new(String::from_utf8_lossy(id)),
        [] => PostId::new(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_form_come_back_as_they_went() {
        for id in ["02c842c343fea622da7ea703", "abc", "", "UPPER0", "a-b", "ä", "0f"] {
            assert_eq!(unpacked(&packed(&PostId::new(id))), PostId::new(id), "{id}");
        }
        assert_eq!(packed(&PostId::new("02c842c343fea622da7ea703")).len(), 13);
    }

    #[test]
    fn a_run_that_is_cut_off_is_never_read_as_a_whole_one() {
        let claims = Claims::from([(1, Some(PostId::new("abcd"))), (2, None)]);
        let run = run(&claims);
        let (mark, holder, rest) = first_of(&run).unwrap();
        assert_eq!((mark, unpacked(holder)), (1, PostId::new("abcd")));
        assert_eq!(first_of(rest), Some((2, &[][..], &[][..])));
        for cut in 1..rest.len() {
            assert_eq!(first_of(&rest[..cut]), None);
        }
    }
}
