//! The promises that Ridealong makes, one file each; run as one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a promise that cannot be set up must fail loudly, and some print the figures that they measured"
)]

mod command;
mod crawl;
mod crm;
mod helpers;
mod house;
mod mail;
mod net;
mod operation;
mod parse;
mod pick;
mod search;
mod store;
mod tag;
mod web;

/// The program's own, so that promises about memory are about it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
