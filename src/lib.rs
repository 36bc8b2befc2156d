//! Ridealong: the electronic ride-along for salespeople.

pub mod clock;
pub mod config;
pub mod model;
pub mod store;
