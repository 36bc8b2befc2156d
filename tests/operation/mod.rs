//! Promises about: running it for years.

mod crm;
mod dashboard;
mod docs;
mod failures;
mod fleet;
mod jobs;
mod keep;
mod kill;
mod logs;
mod manual;
mod metrics;
mod soak;
