//! Promises about: fetching.
