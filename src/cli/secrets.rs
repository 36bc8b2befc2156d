//! Randomness for secrets, from the operating system.

use rand::RngCore as _;

/// 32 random bytes as 64 hexadecimal digits.
pub(super) fn fresh() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
