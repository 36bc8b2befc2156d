//! The full-text index over posts and their comments, rebuildable from the store.
//!
//! The index follows the store's changes: whoever feeds it asks [`Library::followed`] for the seq to go on from,
//! hands over what changed, and says how far that reaches ([`Library::settle`]). An index that is damaged, of another
//! version or of another store is thrown away and starts at seq 0 again, so nothing else has to know how to rebuild.

mod corpus;
mod fields;
mod library;
mod part;
mod plan;
mod postings;
mod query;
mod queue;
mod scan;
mod snippet;
mod top;
mod words;

pub use library::{Found, Hit, Hits, Library, Opened, SearchError};
pub use query::{Query, Reader};
pub use snippet::Marked;
