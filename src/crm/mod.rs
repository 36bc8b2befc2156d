//! Deals in: CSV files, connectors, and the stage mapping.
