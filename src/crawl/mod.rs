//! Network and bytes to values: fetch, politeness, parse, repair, scrape, comments, wiki, social, clean. Never sees the store.

pub mod article;
pub mod asking;
pub mod clean;
pub mod comments;
mod crawler;
pub mod dates;
pub mod decode;
pub mod discovery;
pub mod entities;
pub mod finds;
pub mod health;
pub mod identity;
mod json;
pub mod links;
pub mod maildir;
pub mod outage;
pub mod page;
pub mod parse;
mod places;
pub mod politeness;
pub mod post;
mod reading;
pub mod robots;
mod round;
pub mod schedule;
pub mod social;
pub mod text;
pub mod threads;
pub mod transcript;
mod visit;
pub mod websub;
pub mod wiki;

pub use crawler::{Crawled, Crawler, How, Outcome};
pub use discovery::DiscoveryError;
pub use round::Permit;
pub use visit::{ArticleCrawled, ThreadCrawled, wants_article};
