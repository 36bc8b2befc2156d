//! Promises about: the command line.

mod rank;
mod settings;
mod sources;
