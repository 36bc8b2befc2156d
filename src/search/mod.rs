//! The full-text index, rebuildable from the store.
