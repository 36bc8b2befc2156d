//! Promises about: stage tags.

mod facets;
mod golden;
mod hostile;
mod languages;
mod stages;
