//! Promises about: crawling.

mod robots;
