//! Network and bytes to values: fetch, politeness, parse, repair, scrape, comments, wiki, social, clean. Never sees the store.

pub mod identity;
pub mod politeness;
pub mod robots;
pub mod schedule;
