//! Promises about: crawling.

mod discovery;
mod feeds;
mod hostile;
mod identity;
mod kill;
mod month;
mod places;
mod robots;
mod schedule;
mod visits;
mod websub;
