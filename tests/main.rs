//! The promises that Ridealong makes, one file each; run as one binary.
