//! Pages to articles: the full text, what the page says about itself, and the comments below it.

mod comment;
mod comments;
mod dom;
mod extract;
mod metadata;
mod wall;

pub use comment::PageComment;
pub use comments::find_by as comments_by;
pub use extract::{Article, extract, extract_by};
pub use wall::Wall;
