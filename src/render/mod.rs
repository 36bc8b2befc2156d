//! Digest to html, mail, rss, atom and json feed. Pure.

pub mod mail;
pub mod signed;
