//! The desk: loads what one rep's digest needs, lets the pure rooms build it, and saves it.
//!
//! It stands beside the rooms because pages, mails, feeds and commands all need the same Digest, and `jobs` and `web`
//! must not name each other.

mod deals;

use crate::clock::Clock;
use crate::sources::Running;
use crate::store::Store;
use std::sync::Arc;

pub use deals::{Imported, STAGE_MAP_SETTING};

/// Where a rep's digest is put together.
pub struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sources: Arc<Running>,
}

impl Desk {
    /// A desk over this store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, sources: Arc<Running>) -> Self {
        Self { store, clock, sources }
    }
}
