//! Network and bytes to values: fetch, politeness, parse, repair, scrape, comments, wiki, social, clean. Never sees the store.

pub mod article;
pub mod asking;
pub mod clean;
pub mod comments;
pub mod dates;
pub mod decode;
pub mod entities;
pub mod health;
pub mod identity;
pub mod links;
pub mod outage;
pub mod parse;
pub mod politeness;
pub mod post;
pub mod robots;
pub mod schedule;
pub mod text;
pub mod threads;
