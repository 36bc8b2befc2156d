//! What a CRM stage means for the rep: the stages whose advice helps to get out of it.
//!
//! The table is data (`assets/stages/mapping.yaml`); a team lays its own rows over it. A deal that its CRM calls won or
//! lost is that, whatever its stage. Resolution of a name: the team's own rows, exact label or alias, internal id, won and lost, words in the label, probability, else unmapped. A label
//! misleads less than a probability ("Meeting set" is 0 %), and an id outlives a renamed label.

mod label;
mod list;
mod own;
mod table;

use crate::model::{Crm, Deal, DealState, Stage, StageWeight};
use label::normal;
use std::collections::HashMap;
use table::{Row, Table, Words};

pub use list::{StageLine, StageTally, list};
pub use own::{OwnMapError, OwnRow, with_row};

/// What a CRM stage stands for, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Heaviest first, 1.0 is the primary; empty where unmapped.
    pub stages: Vec<StageWeight>,
    /// By which rule.
    pub how: How,
    /// The same as a phrase for a person.
    pub why: String,
}

/// The rules of resolution, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The team's own mapping.
    Own,
    /// An exact label or alias.
    Label,
    /// The CRM's internal id.
    Id,
    /// The deal is won.
    Won,
    /// The deal is lost.
    Lost,
    /// A word of the label.
    Word,
    /// The probability.
    Probability,
    /// Nothing said what it means.
    Unmapped,
}

/// What is known of a CRM stage, as `resolve` needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Where the deal comes from; none where unknown.
    pub crm: Option<Crm>,
    /// The pipeline, where there are several.
    pub pipeline: Option<&'a str>,
    /// The label as the CRM shows it.
    pub label: &'a str,
    /// The internal id.
    pub id: Option<&'a str>,
    /// In percent.
    pub probability: Option<f32>,
    /// What the CRM itself says of the deal's state.
    pub state: DealState,
}

/// The mapping of CRM stages to stages: the shipped table with a team's own rows over it.
#[derive(Clone, Debug, Default)]
pub struct StageMap {
    own: Vec<OwnRow>,
    labels: HashMap<(Option<Crm>, String), usize>,
    ids: HashMap<String, usize>,
    rows: Vec<Row>,
    won: Vec<String>,
    lost: Vec<String>,
    words: Vec<Words>,
    bands: Vec<table::Band>,
}

impl StageMap {
    /// The mapping that ships with the program.
    pub fn shipped() -> Self {
        // The file is part of the program and a promise reads it; without it nothing is mapped, and nothing breaks.
        let table = Table::parse(include_str!("../../../assets/stages/mapping.yaml")).unwrap_or_default();
        let mut map = Self {
            won: table.won.iter().map(|word| normal(word)).collect(),
            lost: table.lost.iter().map(|word| normal(word)).collect(),
            words: table.words.into_iter().map(Words::normal).collect(),
            bands: table.probability,
            ..Self::default()
        };
        for row in table.labels {
            let at = map.rows.len();
            for label in &row.stage.0 {
                map.labels.entry((row.crm, normal(label))).or_insert(at);
            }
            if let Some(id) = &row.id {
                map.ids.entry(id.to_lowercase()).or_insert(at);
            }
            map.rows.push(row);
        }
        map
    }

    /// The same with a team's own mapping over it, written like the `labels` of the shipped file.
    pub fn with_own(mut self, text: &str) -> Result<Self, OwnMapError> {
        self.own = own::parse(text)?;
        Ok(self)
    }

    /// The team's own rows.
    pub fn own(&self) -> &[OwnRow] {
        &self.own
    }

    /// What a CRM stage stands for, and why.
    pub fn resolve(&self, asked: &Asked<'_>) -> Resolved {
        let label = normal(asked.label);
        let over =
            matches!(asked.state, DealState::Won | DealState::Lost).then(|| self.by_end(asked, &label)).flatten();
        over.or_else(|| self.by_own(asked, &label))
            .or_else(|| self.by_label(asked, &label))
            .or_else(|| self.by_id(asked))
            .or_else(|| self.by_end(asked, &label))
            .or_else(|| self.by_word(asked, &label))
            .or_else(|| self.by_probability(asked))
            .unwrap_or_else(|| Resolved {
                stages: Vec::new(),
                how: How::Unmapped,
                why: format!("nothing says what {:?} means", asked.label),
            })
    }

    /// What the stage of a deal stands for.
    pub fn resolve_deal(&self, deal: &Deal) -> Resolved {
        self.resolve(&Asked {
            crm: Some(deal.crm),
            pipeline: deal.pipeline.as_deref(),
            label: &deal.stage_label,
            id: deal.stage_id.as_deref(),
            probability: deal.probability,
            state: deal.state,
        })
    }

    /// The shipped label that an unmapped one is most like, with its stages.
    pub fn propose(&self, label: &str) -> Option<(String, Vec<StageWeight>)> {
        const LIKENESS_MIN: f32 = 0.4;
        let label = normal(label);
        let all = self.rows.iter().flat_map(|row| row.stage.0.iter().map(move |name| (name, row)));
        all.map(|(name, row)| (label::likeness(&label, &normal(name)), name, row))
            .filter(|(likeness, ..)| *likeness >= LIKENESS_MIN)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name, row)| (name.clone(), row.weights()))
    }

    fn by_own(&self, asked: &Asked<'_>, label: &str) -> Option<Resolved> {
        // The row that says most about where it applies wins: pipeline, then CRM, then anywhere.
        let fits = |row: &&OwnRow| row.applies_to(asked, label);
        let row = self.own.iter().filter(fits).max_by_key(|row| row.narrowness())?;
        Some(Resolved { stages: row.stages.clone(), how: How::Own, why: "your own mapping".to_owned() })
    }

    fn by_label(&self, asked: &Asked<'_>, label: &str) -> Option<Resolved> {
        if label.is_empty() {
            return None;
        }
        let own_crm = asked.crm.filter(|crm| *crm != Crm::Generic).map(Some);
        let others = Crm::ALL.into_iter().map(Some);
        let order = own_crm.into_iter().chain([None]).chain(others);
        let row = order.filter_map(|crm| self.labels.get(&(crm, label.to_owned()))).map(|at| &self.rows[*at]).next()?;
        let why = match row.crm {
            Some(crm) => format!("{:?} is a stage of {}", asked.label, name_of(crm)),
            None => format!("{:?} is a known name", asked.label),
        };
        Some(Resolved { stages: row.weights(), how: How::Label, why })
    }

    fn by_id(&self, asked: &Asked<'_>) -> Option<Resolved> {
        let ids = [asked.id, Some(asked.label)];
        let (id, at) = ids.into_iter().flatten().find_map(|id| Some((id, self.ids.get(&id.trim().to_lowercase())?)))?;
        let row = &self.rows[*at];
        let name = row.crm.map_or("the CRM", name_of);
        Some(Resolved { stages: row.weights(), how: How::Id, why: format!("the id {id:?} of {name}") })
    }

    fn by_end(&self, asked: &Asked<'_>, label: &str) -> Option<Resolved> {
        let (how, stage, why) = match self.end_of(asked.label, asked.id, label, asked.state)? {
            DealState::Won => (How::Won, Stage::Growth, "the deal is won"),
            _ => (How::Lost, Stage::Revival, "the deal is lost"),
        };
        Some(Resolved { stages: vec![StageWeight { stage, weight: 1.0 }], how, why: why.to_owned() })
    }

    /// Won or lost, where the state, the label or the id says so.
    pub fn state_of(&self, label: &str, id: Option<&str>) -> Option<DealState> {
        self.end_of(label, id, &normal(label), DealState::Open)
    }

    fn end_of(&self, raw: &str, id: Option<&str>, label: &str, state: DealState) -> Option<DealState> {
        if matches!(state, DealState::Won | DealState::Lost) {
            return Some(state);
        }
        let id = id.map(normal).unwrap_or_default();
        let holds = |words: &[String]| {
            words.iter().any(|word| {
                label.split(' ').any(|part| part == word)
                    || id == *word
                    || (is_cjk(word) && raw.contains(word.as_str()))
            })
        };
        if holds(&self.lost) {
            Some(DealState::Lost)
        } else if holds(&self.won) {
            Some(DealState::Won)
        } else {
            None
        }
    }

    fn by_word(&self, asked: &Asked<'_>, label: &str) -> Option<Resolved> {
        let (word, rule) = self.words.iter().find_map(|rule| Some((rule.find(label)?, rule)))?;
        Some(Resolved {
            stages: vec![StageWeight { stage: rule.stage, weight: 1.0 }],
            how: How::Word,
            why: format!("the word {word:?} in {:?}", asked.label),
        })
    }

    fn by_probability(&self, asked: &Asked<'_>) -> Option<Resolved> {
        let percent = asked.probability?;
        let band = self.bands.iter().find(|band| percent <= band.to)?;
        Some(Resolved {
            stages: vec![StageWeight { stage: band.stage, weight: 1.0 }],
            how: How::Probability,
            why: format!("its probability of {percent} %"),
        })
    }
}

/// Whether a word is written in a script without spaces.
fn is_cjk(word: &str) -> bool {
    word.chars().any(|c| c >= '\u{3040}')
}

/// A CRM's name as people write it.
pub fn name_of(crm: Crm) -> &'static str {
    match crm {
        Crm::Hubspot => "HubSpot",
        Crm::Salesforce => "Salesforce",
        Crm::Pipedrive => "Pipedrive",
        Crm::Dynamics => "Dynamics 365",
        Crm::Close => "Close",
        Crm::Odoo => "Odoo",
        Crm::Espocrm => "EspoCRM",
        Crm::Generic => "a CRM",
    }
}
