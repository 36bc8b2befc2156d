//! Ridealong: the electronic ride-along for salespeople.

pub mod cli;
pub mod clock;
pub mod config;
pub mod crawl;
pub mod crm;
pub mod desk;
pub mod digest;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod model;
pub mod net;
pub mod pick;
pub mod render;
pub mod search;
pub mod sources;
pub mod store;
pub mod tag;
pub mod web;
