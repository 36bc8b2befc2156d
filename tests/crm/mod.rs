//! Promises about: deals in.
