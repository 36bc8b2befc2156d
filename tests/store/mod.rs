//! Promises about: keeping.

mod contract;
