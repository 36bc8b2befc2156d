//! What happens on our own schedule. Each job is a name and an idempotent run.
