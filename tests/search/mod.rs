//! Promises about: finding.

mod finding;
mod keeping_up;
mod language;
