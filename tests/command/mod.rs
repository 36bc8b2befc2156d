//! Promises about: the command line.

mod bad_input;
mod demo;
mod editing;
mod mcp;
mod rank;
mod settings;
mod sources;
mod store;
mod train;
