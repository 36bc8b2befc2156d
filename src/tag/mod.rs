//! Stage tags with evidence. Pure.
