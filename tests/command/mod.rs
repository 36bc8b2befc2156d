//! Promises about: the command line.

mod settings;
mod sources;
