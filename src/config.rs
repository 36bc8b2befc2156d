//! Settings: one struct of small structs, read once, validated together, passed down.

mod net;

pub use net::NetSettings;
