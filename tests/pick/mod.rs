//! Promises about: picking and the digest.

mod digest;
mod judged;
mod picks;
mod playbook;
mod properties;
