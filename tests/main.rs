//! The promises that Ridealong makes, one file each; run as one binary.

mod command;
mod crawl;
mod crm;
mod helpers;
mod mail;
mod net;
mod parse;
mod pick;
mod store;
mod tag;
mod web;
