//! The one guarded HTTP client: address guard, limits, redirects. `crawl` and `crm` go out through it.
//!
//! A [`Request`] goes in, a [`Response`] with a decoded body comes out, or a [`FetchError`] that is one plain
//! sentence. On the way: [`guard`] judges the URL and each hop, [`resolve`](Lookup) lets only judged addresses be
//! dialled, `body` and `decode` hold every limit while the bytes come in.

mod address;
mod body;
mod client;
mod decode;
mod error;
pub mod guard;
mod message;
mod redirect;
mod resolve;

pub use address::{is_global, may_dial};
pub use client::Client;
pub use error::FetchError;
pub use guard::Refusal;
pub use message::{ACCEPT_FEED, ACCEPT_JSON, ACCEPT_PAGE, Redirect, Request, Response};
pub use reqwest::Method;
pub use resolve::{Lookup, SystemLookup};
