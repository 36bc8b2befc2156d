//! Promises about: pages and feeds.

mod admin;
mod answers;
mod api;
mod api_document;
mod browser;
mod corrections;
mod deliveries;
mod digest;
mod feeds;
mod feeds_valid;
mod finds;
mod greader;
mod hooks;
mod mail;
mod mcp;
mod moving;
mod openid;
mod passwords;
mod safety;
mod sign_in;
mod sources;
mod strangers;
mod team;
