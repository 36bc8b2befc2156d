//! Promises about: keeping.
