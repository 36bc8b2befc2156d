//! Promises about: pages and feeds.

mod admin;
mod answers;
mod browser;
mod corrections;
mod digest;
mod feeds;
mod finds;
mod openid;
mod passwords;
mod safety;
mod sign_in;
mod sources;
mod strangers;
mod team;
