//! Promises about: pages and feeds.

mod digest;
mod feeds;
mod safety;
mod sign_in;
