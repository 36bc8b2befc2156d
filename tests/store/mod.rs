//! Promises about: keeping.

mod backup;
mod conflicts;
mod contract;
mod full_disk;
mod kill;
mod postgres;
mod recovery;
mod tokens;
