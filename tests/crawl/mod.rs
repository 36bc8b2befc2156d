//! Promises about: crawling.

mod asked;
mod discovery;
mod feeds;
mod hostile;
mod hub;
mod identity;
mod kept;
mod kill;
mod month;
mod places;
mod robots;
mod schedule;
mod threads;
mod turns;
mod visits;
mod websub;
mod wikis;
