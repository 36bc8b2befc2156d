//! Promises about: fetching.

mod guard;
mod hostile;
mod http2;
mod manners;
mod memory;
