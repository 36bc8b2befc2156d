//! Promises about: the weekly mail.

mod content;
mod once;
