//! Builders and servers that the promises share.

pub mod crawling;
pub mod filled;
pub mod library;
pub mod make;
pub mod pages;

pub mod browser;
pub mod data;
pub mod driver;
pub mod due;
pub mod hostile;
pub mod hub;
pub mod mailing;
pub mod perilous;
pub mod postgres;
pub mod program;
pub mod provider;
pub mod smtp;
pub mod telling;
