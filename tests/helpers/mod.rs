//! Builders and servers that the promises share.
