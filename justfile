# What CI does
ci:
    .ci/run

# Set up and run the main job on sample sites, reps and deals
demo:
    cargo run --release -- demo

# The tests; arguments go to cargo test
test *arguments:
    scripts/test {{arguments}}

# Licences, bans and sources of dependencies (needs cargo-deny)
deny:
    cargo deny check licenses bans sources
