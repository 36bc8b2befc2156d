use super::Stage;
use serde::{Deserialize, Serialize};

/// The claim that a Post or Comment serves a Stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageTag {
    /// The stage.
    pub stage: Stage,
    /// Calibrated probability, 0 to 1.
    pub score: f32,
    /// Words of the post itself that speak for the stage, strongest first, verbatim.
    pub evidence: Vec<String>,
}

/// What the tagger says of one text: up to three stages, best first, and facets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tagged {
    /// The best stage; none where the language is not tagged or there was nothing to read.
    pub primary: Option<Stage>,
    /// The primary and up to two further stages, best first.
    pub stages: Vec<StageTag>,
    /// What else the words carry.
    pub facets: Facets,
    /// The stages that a person or the wiki page itself names. They stand first, whatever the words say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Stage>,
}

/// Stages of one text.
const STAGES_MAX: usize = 3;

impl Tagged {
    /// The same led by the stages that a person names, as they would have been tagged: score 1, at most three stages,
    /// `general` and `offtopic` never beside another one that leads.
    pub fn led_by(mut self, given: &[Stage]) -> Self {
        let Some(first) = given.first().copied() else { return self };
        let evidence = |stage: Stage| {
            let known = self.stages.iter().find(|tag| tag.stage == stage);
            known.map(|tag| tag.evidence.clone()).unwrap_or_default()
        };
        let mut stages: Vec<StageTag> = Vec::new();
        for stage in given {
            if stages.iter().all(|tag| tag.stage != *stage) {
                stages.push(StageTag { stage: *stage, score: 1.0, evidence: evidence(*stage) });
            }
        }
        let alone = |stage: Stage| matches!(stage, Stage::General | Stage::Offtopic);
        if !alone(first) {
            let others = self.stages.into_iter().filter(|tag| !alone(tag.stage) && !given.contains(&tag.stage));
            stages.extend(others);
        }
        stages.truncate(STAGES_MAX);
        self.primary = Some(first);
        self.stages = stages;
        self.given = given.to_vec();
        self
    }

    /// The score of a stage, 0 where it is not claimed.
    pub fn score(&self, stage: Stage) -> f32 {
        self.stages.iter().find(|tag| tag.stage == stage).map_or(0.0, |tag| tag.score)
    }
}

/// Facets beside stages, each a lower-case word from a closed list of the tagger; used by picking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facets {
    /// `price`, `timing`, `competitor`, `status-quo`, `trust`, `authority`, `need`.
    pub objections: Vec<String>,
    /// `phone`, `mail`, `social`, `meeting`, `video`, `event`.
    pub channels: Vec<String>,
    /// `meddicc`, `spin`, `bant`, `challenger`, ...
    pub methods: Vec<String>,
    /// `enterprise`, `smb`, `inbound`, `outbound`, `channel`, `plg`.
    pub motions: Vec<String>,
    /// `software`, `insurance`, `manufacturing`, ...
    pub industries: Vec<String>,
    /// Names of competitors or vendors that the text names.
    pub competitors: Vec<String>,
    /// `checklist`, `story`, `script`, `template`, `question`.
    pub formats: Vec<String>,
}
