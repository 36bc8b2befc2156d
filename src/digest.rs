//! A Digest from picks: limits, order, sections. Pure.
