//! What is asked for: routes on one screen, one file per page.
