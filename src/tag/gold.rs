//! Labelled texts: the corpus that trains the model, and the sets that measure it.

use crate::model::Stage;
use serde::Deserialize;

/// One labelled text, a line of `corpus/stages/*.jsonl`.
#[derive(Clone, Debug, Deserialize)]
pub struct Gold {
    /// Its id; before the first dash stands the writer.
    #[serde(deserialize_with = "string_or_number")]
    pub id: String,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Text.
    #[serde(default)]
    pub text: String,
    /// ISO 639-1 code, where known.
    #[serde(default)]
    pub lang: Option<String>,
    /// The stage it serves most.
    pub primary: Stage,
    /// Up to two others that it also serves.
    #[serde(default)]
    pub secondary: Vec<Stage>,
}

impl Gold {
    /// Whether the text serves this stage, first or second.
    pub fn serves(&self, stage: Stage) -> bool {
        self.primary == stage || self.secondary.contains(&stage)
    }

    /// Who wrote it.
    pub fn writer(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

fn string_or_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    })
}

/// A labelled line that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is not a labelled text ({cause}); it needs id, title, text, primary and secondary")]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub cause: serde_json::Error,
}

/// Reads labelled lines; empty ones are passed over.
///
/// # Errors
/// The first line that is not a labelled text.
pub fn read(lines: &str) -> Result<Vec<Gold>, BadLine> {
    lines
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| serde_json::from_str(line).map_err(|cause| BadLine { line: at + 1, cause }))
        .collect()
}
