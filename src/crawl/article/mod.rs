//! Pages to articles: the full text, what the page says about itself, and the comments below it.

mod body;
mod byline;
mod comment;
mod comments;
mod dom;
mod extract;
mod furniture;
mod json_ld;
mod metadata;
mod title;
mod wall;

pub use comment::PageComment;
pub(in crate::crawl) use dom::html_without;
pub use extract::{Article, extract, extract_by};
pub use wall::Wall;
