//! Promises about: keeping.

mod backup;
mod contract;
mod recovery;
