//! Network and bytes to values: fetch, politeness, parse, repair, scrape, comments, wiki, social, clean. Never sees the store.

pub mod asking;
pub mod health;
pub mod identity;
pub mod outage;
pub mod politeness;
pub mod robots;
pub mod schedule;
pub mod threads;
