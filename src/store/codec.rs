//! Values as bytes: a schema version, an encoding, and JSON.
//!
//! A schema is upgraded by forward steps over JSON, one for each earlier version, so that a value of any age is read
//! by walking the steps after its own. Values are written back in the newest schema when they next change.
//!
//! JSON because a field that a later version adds must not make an older value unreadable; compressed because
//! posts carry their text twice (HTML and plain), which zstd sees through.

use super::{Record, Result, StoreError};
use crate::model::{Comment, Post, SourceState};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::RefCell;
use zstd::bulk::{Compressor, Decompressor};

/// The schema of the values this version writes.
pub(super) const SCHEMA: u8 = 2;

/// What an upgrade step is given: the kinds of values that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `SourceState`.
    State,
    /// `{"post": Post, "keys": [..]}`.
    Post,
    /// `Comment`.
    Comment,
    /// `Record`.
    Record,
}

/// Brings a value of one schema to the next.
type Step = fn(Kind, Value) -> Value;

/// The steps from schema 1 on. Schema 2 keeps identity keys in another way and leaves the values as they were.
const STEPS: [Step; SCHEMA as usize - 1] = [|_, value| value];

/// A value that is kept in this form.
pub(super) trait Kept: DeserializeOwned {
    /// Its kind.
    const KIND: Kind;
}

/// A post as it is read back.
#[derive(Deserialize)]
pub(super) struct KeptPost {
    /// The post.
    pub(super) post: Post,
    /// The identity keys that it holds.
    pub(super) keys: Vec<String>,
}

/// The same, as it is written.
#[derive(Serialize)]
pub(super) struct KeepingPost<'a> {
    /// The post.
    pub(super) post: &'a Post,
    /// The identity keys that it holds.
    pub(super) keys: &'a [String],
}

impl Kept for KeptPost {
    const KIND: Kind = Kind::Post;
}

impl Kept for SourceState {
    const KIND: Kind = Kind::State;
}

impl Kept for Comment {
    const KIND: Kind = Kind::Comment;
}

impl Kept for Record {
    const KIND: Kind = Kind::Record;
}

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// Values below this many bytes are not worth compressing.
const COMPRESS_FROM_BYTES: usize = 512;

/// The fastest level: 79 MB of posts become 49 MB for half a CPU second.
const ZSTD_LEVEL: i32 = 1;

/// The largest value that is read back, in bytes: far above any body limit, far below memory.
const VALUE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A value as bytes.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let failed = |cause: String| StoreError::Failed(format!("a value cannot be written: {cause}"));
    let json = serde_json::to_vec(value).map_err(|error| failed(error.to_string()))?;
    if json.len() < COMPRESS_FROM_BYTES {
        return Ok([&[SCHEMA, PLAIN], json.as_slice()].concat());
    }
    let packed = pack(&json).map_err(|error| failed(error.to_string()))?;
    let length = (json.len() as u32).to_be_bytes();
    Ok([&[SCHEMA, ZSTD], length.as_slice(), packed.as_slice()].concat())
}

/// Compresses with a context that each thread makes once: making one costs more than compressing a post.
fn pack(json: &[u8]) -> std::io::Result<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| match context {
        Some(compressor) => compressor.compress(json),
        None => context.insert(Compressor::new(ZSTD_LEVEL)?).compress(json),
    })
}

/// The reverse, with a context of the same kind.
fn unpack(packed: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| match context {
        Some(decompressor) => decompressor.decompress(packed, length),
        None => context.insert(Decompressor::new()?).decompress(packed, length),
    })
}

/// The value in these bytes; `what` names it in the error.
pub(super) fn decode<T: Kept>(bytes: &[u8], what: &str) -> Result<T> {
    let damaged = |cause: String| StoreError::Failed(format!("{what} cannot be read: {cause}"));
    let (schema, encoding, rest) = match bytes {
        [schema, encoding, rest @ ..] => (*schema, *encoding, rest),
        _ => return Err(damaged("it is cut off".to_owned())),
    };
    let json = match encoding {
        PLAIN => Cow::Borrowed(rest),
        ZSTD => {
            let (length, packed) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("it is cut off".to_owned()))?;
            let length = (u32::from_be_bytes(*length) as usize).min(VALUE_BYTES_MAX);
            Cow::Owned(unpack(packed, length).map_err(|error| damaged(error.to_string()))?)
        }
        other => return Err(damaged(format!("its encoding {other} is unknown"))),
    };
    let value = match schema {
        SCHEMA => serde_json::from_slice(&json),
        older if older != 0 && older < SCHEMA => serde_json::from_slice(&json)
            .and_then(|value| serde_json::from_value(walk(T::KIND, value, &STEPS[usize::from(older) - 1..]))),
        _ => return Err(damaged(format!("it has schema {schema}, this version knows {SCHEMA}"))),
    };
    value.map_err(|error| damaged(error.to_string()))
}

fn walk(kind: Kind, value: Value, steps: &[Step]) -> Value {
    steps.iter().fold(value, |value, step| step(kind, value))
}

/// An item of a backup, as JSON of an earlier schema, in today's.
pub(super) fn upgrade_item(item: Value, schema: u8) -> Value {
    upgrade_item_by(item, STEPS.get(usize::from(schema).saturating_sub(1)..).unwrap_or_default())
}

fn upgrade_item_by(mut item: Value, steps: &[Step]) -> Value {
    for (name, kind) in [("state", Kind::State), ("post", Kind::Post), ("record", Kind::Record)] {
        if let Some(value) = item.get_mut(name) {
            if let Some(Value::Array(comments)) = value.get_mut("comments").filter(|_| kind == Kind::Post) {
                comments.iter_mut().for_each(|comment| *comment = walk(Kind::Comment, comment.take(), steps));
            }
            *value = walk(kind, value.take(), steps);
        }
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kept for String {
        const KIND: Kind = Kind::Record;
    }

    #[test]
    fn small_and_large_values_come_back_as_they_went() {
        for length in [0, 10, 511, 512, 100_000] {
            let value = "ä".repeat(length);
            assert_eq!(decode::<String>(&encode(&value).unwrap(), "a value").unwrap(), value);
        }
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        let good = encode(&"word ".repeat(1_000)).unwrap();
        for cut in 0..good.len().min(64) {
            assert!(decode::<String>(&good[..cut], "a value").is_err());
        }
        for at in 0..good.len() {
            let mut flipped = good.clone();
            flipped[at] ^= 0x55;
            let _ = decode::<String>(&flipped, "a value");
        }
        for schema in [0, SCHEMA + 1] {
            let mut other = good.clone();
            other[0] = schema;
            assert!(decode::<String>(&other, "a value").is_err());
        }
    }

    #[test]
    fn steps_reach_every_part_of_an_item_in_order() {
        let first: Step = |kind, value| serde_json::json!({ "was": value, "kind": format!("{kind:?}") });
        let second: Step = |_, mut value| {
            value["second"] = true.into();
            value
        };
        let item = serde_json::json!({ "post": { "post": 1, "keys": [], "comments": [2] } });
        let item = upgrade_item_by(item, &[first, second]);
        let comment = &item["post"]["was"]["comments"][0];
        assert_eq!((&item["post"]["kind"], &item["post"]["second"]), (&"Post".into(), &true.into()));
        assert_eq!(
            (&comment["kind"], &comment["was"], &comment["second"]),
            (&"Comment".into(), &2.into(), &true.into())
        );
    }
}
