//! `sources.yaml` to Sources; every error names file, line and key.
