//! Promises about: pages and feeds.
