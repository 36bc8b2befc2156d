//! Promises about: the weekly mail.

mod asked;
mod content;
mod dkim;
mod hostile;
mod kills;
mod notice;
mod once;
mod relay;
mod returns;
mod signed;
mod year;
