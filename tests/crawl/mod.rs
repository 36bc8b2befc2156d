//! Promises about: crawling.
