//! Promises about: the weekly mail.
