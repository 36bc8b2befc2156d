//! Pages to articles: the full text, and the comments below it.

mod comment;

pub use comment::PageComment;
