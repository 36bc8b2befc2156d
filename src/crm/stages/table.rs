use super::{is_cjk, label::normal};
use crate::model::{Crm, Stage, StageWeight};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The shipped file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) labels: Vec<Row>,
    pub(super) won: Vec<String>,
    pub(super) lost: Vec<String>,
    pub(super) words: Vec<Words>,
    pub(super) probability: Vec<Band>,
}

impl Table {
    pub(super) fn parse(text: &str) -> Result<Self, serde_saphyr::Error> {
        serde_saphyr::from_str(text)
    }
}

/// One meaning with the names that have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) crm: Option<Crm>,
    pub(super) id: Option<String>,
    pub(super) stage: Names,
    pub(super) means: BTreeMap<Stage, f32>,
}

impl Row {
    pub(super) fn weights(&self) -> Vec<StageWeight> {
        weights(&self.means)
    }
}

/// Weights, heaviest first; equals in the order of the pipeline.
pub(super) fn weights(means: &BTreeMap<Stage, f32>) -> Vec<StageWeight> {
    let mut weights: Vec<_> = means.iter().map(|(&stage, &weight)| StageWeight { stage, weight }).collect();
    weights.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    weights
}

/// One name or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "OneOrMany")]
pub(super) struct Names(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(names: OneOrMany) -> Self {
        match names {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}

/// Words of a label that say what it means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) stage: Stage,
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    whole: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
}

impl Words {
    /// The same with every word in the form in which labels are compared.
    pub(super) fn normal(self) -> Self {
        let all = |words: Vec<String>| words.iter().map(|word| normal(word)).collect();
        Self { stage: self.stage, starts: all(self.starts), whole: all(self.whole), holds: self.holds }
    }

    /// The word of this rule that stands in a normal label.
    pub(super) fn find(&self, label: &str) -> Option<&str> {
        let starts = |word: &String| label.starts_with(word.as_str()) || label.contains(&format!(" {word}"));
        let whole = |word: &String| label.split(' ').any(|part| part == word);
        let holds = |word: &String| is_cjk(word) && label.contains(word.as_str());
        let word = self.starts.iter().find(|word| starts(word));
        let word = word.or_else(|| self.whole.iter().find(|word| whole(word)));
        word.or_else(|| self.holds.iter().find(|word| holds(word))).map(String::as_str)
    }
}

/// An upper bound of the probability in percent with the stage below it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Band {
    pub(super) to: f32,
    pub(super) stage: Stage,
}
