//! The block of keys before a Markdown text: `---` (YAML), `+++` (TOML). Only plain keys and lists matter to us.

use crate::model::{Audience, Stage};
use std::str::FromStr as _;

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FrontMatter {
    pub title: Option<String>,
    pub mentor: Option<String>,
    pub stages: Vec<Stage>,
    pub audience: Option<Audience>,
    pub labels: Vec<String>,
    pub changed: Option<String>,
    pub draft: bool,
}

/// Splits a text into what its front matter says and the rest; without front matter everything is the rest.
pub(super) fn split(text: &str) -> (FrontMatter, &str) {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    for fence in ["---", "+++"] {
        let Some(after) =
            text.strip_prefix(fence).and_then(|after| after.strip_prefix('\n').or(after.strip_prefix("\r\n")))
        else {
            continue;
        };
        let mut at = 0;
        for line in after.split_inclusive('\n') {
            if line.trim_end() == fence {
                return (read(&after[..at]), &after[at + line.len()..]);
            }
            at += line.len();
        }
    }
    (FrontMatter::default(), text)
}

fn read(block: &str) -> FrontMatter {
    let mut found = FrontMatter::default();
    let mut key = String::new();
    for line in block.lines() {
        let trimmed = line.trim();
        if let Some(item) = trimmed.strip_prefix("- ") {
            found.take(&key, &[unquoted(item)]);
            continue;
        }
        let Some((name, value)) = trimmed.split_once([':', '=']).filter(|_| !line.starts_with([' ', '\t', '#'])) else {
            continue;
        };
        key = name.trim().to_ascii_lowercase();
        let value = value.trim();
        let list = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        let values: Vec<String> = match list {
            Some(inner) => inner.split(',').map(unquoted).collect(),
            None => vec![unquoted(value)],
        };
        found.take(&key, &values);
    }
    found
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(text).trim().to_owned()
}

impl FrontMatter {
    fn take(&mut self, key: &str, values: &[String]) {
        let values: Vec<&String> = values.iter().filter(|value| !value.is_empty()).collect();
        let Some(first) = values.first() else { return };
        let one = (*first).clone();
        match key {
            "title" => self.title = Some(one),
            "author" | "authors" | "owner" | "mentor" | "maintainer" => self.mentor = self.mentor.take().or(Some(one)),
            "stage" | "stages" => {
                let words = values.iter().flat_map(|value| value.split(','));
                self.stages.extend(words.filter_map(|word| Stage::from_str(&word.trim().to_lowercase()).ok()));
            }
            "audience" | "team" => self.audience = Some(Audience::from(one)),
            "tags" | "categories" | "labels" => self.labels.extend(values.into_iter().cloned()),
            "lastmod" | "updated" | "last_updated" | "modified" => self.changed = Some(one),
            "date" => self.changed = self.changed.take().or(Some(one)),
            "draft" => self.draft = one.eq_ignore_ascii_case("true"),
            _ => {}
        }
    }
}
