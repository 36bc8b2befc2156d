//! Promises about: picks and digests.
