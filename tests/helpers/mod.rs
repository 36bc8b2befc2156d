//! Builders and servers that the promises share.

pub mod make;

pub mod data;
