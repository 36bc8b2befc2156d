//! Promises about: crawling.

mod feeds;
mod hostile;
mod robots;
