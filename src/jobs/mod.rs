//! What happens on our own schedule. Each job is a name and an idempotent run that a test can call by itself.

pub mod answer_asks;
pub mod answer_crawl_asks;
mod articles;
pub mod crawl_due;
mod digest_builder;
pub mod keep;
pub mod leases;
pub mod read_returns;
mod recent;
pub mod runner;
pub mod second_look;
pub mod send_digests;
mod settling;
pub mod subscribe;
pub mod sync_deals;
pub mod tell_admins;
pub mod tell_hooks;
mod threads;
