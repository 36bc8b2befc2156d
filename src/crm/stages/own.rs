use super::table::{Names, weights};
use super::{Asked, label::normal};
use crate::model::{Crm, Stage, StageWeight};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// One row of a team's own mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnRow {
    /// Only for this CRM.
    pub crm: Option<Crm>,
    /// Only for this pipeline.
    pub pipeline: Option<String>,
    /// The stage's label or internal id.
    pub stage: String,
    /// What it stands for, heaviest first.
    pub stages: Vec<StageWeight>,
}

impl OwnRow {
    pub(super) fn applies_to(&self, asked: &Asked<'_>, label: &str) -> bool {
        let named =
            normal(&self.stage) == label || asked.id.is_some_and(|id| id.eq_ignore_ascii_case(self.stage.trim()));
        let crm = self.crm.is_none_or(|crm| asked.crm == Some(crm));
        let pipeline = self.pipeline.as_deref().is_none_or(|own| {
            asked.pipeline.is_some_and(|name| name.trim().to_lowercase() == own.trim().to_lowercase())
        });
        named && crm && pipeline
    }

    /// How much the row says about where it applies.
    pub(super) fn narrowness(&self) -> u8 {
        u8::from(self.pipeline.is_some()) * 2 + u8::from(self.crm.is_some())
    }
}

impl fmt::Display for OwnRow {
    /// The row as it stands in a mapping file; strings are quoted as JSON, which YAML reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        f.write_str("- { ")?;
        if let Some(crm) = self.crm {
            write!(f, "crm: {}, ", crm.as_str())?;
        }
        if let Some(pipeline) = &self.pipeline {
            write!(f, "pipeline: {}, ", quoted(pipeline))?;
        }
        let means: Vec<_> = self.stages.iter().map(|weight| format!("{}: {}", weight.stage, weight.weight)).collect();
        write!(f, "stage: {}, means: {{ {} }} }}", quoted(&self.stage), means.join(", "))
    }
}

/// A team's own mapping as text, with one row changed: `row` goes in, and what was said before of the same stage in the
/// same place goes out. A row without stages only takes out. Comment lines at the top stay.
pub fn with_row(text: &str, row: &OwnRow) -> Result<String, OwnMapError> {
    let same = |known: &OwnRow| {
        known.crm == row.crm
            && known.pipeline.as_deref().map(normal) == row.pipeline.as_deref().map(normal)
            && normal(&known.stage) == normal(&row.stage)
    };
    let mut rows = parse(text)?;
    rows.retain(|known| !same(known));
    if !row.stages.is_empty() {
        rows.push(row.clone());
    }
    let comments = text.lines().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let lines: Vec<String> = comments.map(str::to_owned).chain(rows.iter().map(ToString::to_string)).collect();
    Ok(lines.join("\n"))
}

/// A fault in a team's own mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMapError(pub String);

impl fmt::Display for OwnMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the stage mapping cannot be read: {}; write rows like - {{ crm: hubspot, stage: \"Verbal OK\", means: {{ closing: 1 }} }}",
            self.0
        )
    }
}

impl std::error::Error for OwnMapError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    crm: Option<Crm>,
    pipeline: Option<String>,
    stage: Names,
    means: BTreeMap<Stage, f32>,
}

/// Reads a team's own mapping; an empty text is an empty mapping.
pub(super) fn parse(text: &str) -> Result<Vec<OwnRow>, OwnMapError> {
    let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(blank) {
        return Ok(Vec::new());
    }
    let rows: Vec<RawRow> = serde_saphyr::from_str(text).map_err(|error| OwnMapError(error.to_string()))?;
    let mut own = Vec::new();
    for row in rows {
        for stage in row.stage.0 {
            check(&stage, &row.means)?;
            own.push(OwnRow { crm: row.crm, pipeline: row.pipeline.clone(), stage, stages: weights(&row.means) });
        }
    }
    Ok(own)
}

fn check(stage: &str, means: &BTreeMap<Stage, f32>) -> Result<(), OwnMapError> {
    if stage.trim().is_empty() {
        return Err(OwnMapError("a row has an empty stage name".to_owned()));
    }
    for (meaning, weight) in means {
        if !Stage::OF_A_DEAL.contains(meaning) {
            return Err(OwnMapError(format!("{stage:?} means {meaning}, which no deal can be in")));
        }
        if !(*weight > 0.0 && *weight <= 1.0) {
            return Err(OwnMapError(format!("the weight {weight} of {stage:?} is not above 0 and at most 1")));
        }
    }
    Ok(())
}
