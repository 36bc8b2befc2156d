//! Public corpora that tests read where they are there: `RIDEALONG_DATA`, or `../shared/data`.

use std::path::{Path, PathBuf};

/// A file of the corpora, where they are there.
pub fn data_file(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("RIDEALONG_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    named.into_iter().chain([beside]).map(|folder| folder.join(name)).find(|path| path.exists())
}

/// The lines of a JSON-lines file of the corpora; none where it is not there.
pub fn data_lines(name: &str) -> Vec<serde_json::Value> {
    let Some(path) = data_file(name) else { return Vec::new() };
    let text = std::fs::read_to_string(path).expect("the corpus is readable");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}
