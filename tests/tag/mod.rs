//! Promises about: stage tags.

mod stages;
