//! Promises about: pages and feeds.

mod admin;
mod answers;
mod digest;
mod feeds;
mod finds;
mod safety;
mod sign_in;
mod sources;
mod team;
