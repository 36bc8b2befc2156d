//! Promises about: pages and feeds.

mod admin;
mod answers;
mod corrections;
mod digest;
mod feeds;
mod finds;
mod safety;
mod sign_in;
mod sources;
mod team;
