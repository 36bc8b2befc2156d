//! One file per subcommand; the only place that wires the rooms together.
