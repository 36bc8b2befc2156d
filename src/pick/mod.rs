//! Picks for deals, with named score terms. Pure.
