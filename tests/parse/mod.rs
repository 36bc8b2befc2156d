//! Promises about: reading feeds and pages.
