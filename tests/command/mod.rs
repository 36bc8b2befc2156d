//! Promises about: the command line.

mod sources;
