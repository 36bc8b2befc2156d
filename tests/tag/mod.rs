//! Promises about: stage tags.

mod corpus;
mod facets;
mod golden;
mod hostile;
mod languages;
mod second_look;
mod stages;
