//! A Digest and its parts -> pages, mail, plain text, and RSS, Atom and JSON Feed. Pure: no I/O, no clock.
//!
//! Everything that is read by a person goes through [`view`] (what a pick says) and [`words`] (how dates, money
//! and ages are written), so that page, mail, text and feed never disagree. Text from outside is escaped by the
//! templates; only HTML that `crawl` has cleaned is ever marked safe.

pub mod assets;
pub mod edition;
pub mod hook;
mod links;
pub mod mail;
pub mod pages;
pub mod playbook;
pub mod signed;
mod text;
pub mod view;
pub mod words;

pub use links::Links;
pub use pages::digest_html;
pub use text::digest_text;
