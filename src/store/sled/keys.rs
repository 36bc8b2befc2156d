//! How things are named in the tree; the table is in the parent module.

use super::super::RecordKey;
use crate::model::{Comment, PostId};
use jiff::Timestamp;
use sled::IVec;

/// The schema of the whole store.
pub(super) const SCHEMA_KEY: &[u8] = b"mschema";

/// The digest of what is kept.
pub(super) const DIGEST_KEY: &[u8] = b"mdigest";

/// Whether this names a value that counts in the digest, not an index.
pub(super) fn is_value(key: &[u8]) -> bool {
    matches!(key.first(), Some(b's' | b'p' | b'c' | b'd'))
}

pub(super) fn keyed(prefix: u8, rest: &str) -> Vec<u8> {
    [&[prefix], rest.as_bytes()].concat()
}

pub(super) fn numbered(prefix: u8, number: u64) -> Vec<u8> {
    [&[prefix], number.to_be_bytes().as_slice()].concat()
}

pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Instants before 1970 sort as 1970: a thread that old is due anyway.
pub(super) fn due_prefix(second: i64) -> Vec<u8> {
    numbered(b't', second.max(0) as u64)
}

pub(super) fn due_key(at: Timestamp, post: &PostId) -> Vec<u8> {
    [due_prefix(at.as_second()).as_slice(), post.as_str().as_bytes()].concat()
}

pub(super) fn comment_key(comment: &Comment) -> Vec<u8> {
    [b"c".as_slice(), comment.post_id.as_str().as_bytes(), comment.id.as_str().as_bytes()].concat()
}

pub(super) fn record_key(key: &RecordKey) -> Vec<u8> {
    [b"d".as_slice(), key.kind.as_str().as_bytes(), &[0], key.owner.as_bytes(), &[0], key.id.as_bytes()].concat()
}

pub(super) fn post_id(bytes: IVec) -> PostId {
    PostId::new(String::from_utf8_lossy(&bytes))
}
