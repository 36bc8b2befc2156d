//! Values as bytes: a schema version, an encoding, and JSON.
//!
//! JSON because a field that a later version adds must not make an older value unreadable; compressed because
//! posts carry their text twice (HTML and plain), which zstd sees through.

use super::{Result, StoreError};
use serde::{Serialize, de::DeserializeOwned};

/// The schema of the values this version writes.
pub(super) const SCHEMA: u8 = 1;

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
    let packed = zstd::bulk::compress(&json, ZSTD_LEVEL).map_err(|error| failed(error.to_string()))?;
    let length = (json.len() as u32).to_be_bytes();
    Ok([&[SCHEMA, ZSTD], length.as_slice(), packed.as_slice()].concat())
}

/// The value in these bytes; `what` names it in the error.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T> {
    let damaged = |cause: String| StoreError::Failed(format!("{what} cannot be read: {cause}"));
    let (schema, encoding, rest) = match bytes {
        [schema, encoding, rest @ ..] => (*schema, *encoding, rest),
        _ => return Err(damaged("it is cut off".to_owned())),
    };
    if schema != SCHEMA {
        return Err(damaged(format!("it has schema {schema}, this version knows {SCHEMA}")));
    }
    match encoding {
        PLAIN => serde_json::from_slice(rest).map_err(|error| damaged(error.to_string())),
        ZSTD => {
            let (length, packed) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("it is cut off".to_owned()))?;
            let length = (u32::from_be_bytes(*length) as usize).min(VALUE_BYTES_MAX);
            let json = zstd::bulk::decompress(packed, length).map_err(|error| damaged(error.to_string()))?;
            serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))
        }
        other => Err(damaged(format!("its encoding {other} is unknown"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut flipped = good.clone();
        flipped[1] = 9;
        assert!(decode::<String>(&flipped, "a value").is_err());
    }
}
