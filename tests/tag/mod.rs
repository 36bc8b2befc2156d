//! Promises about: stage tags.
