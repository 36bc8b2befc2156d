use super::{DealId, Email, Stage};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An open opportunity of a Rep, in the normal form that every CRM is read into.
///
/// Contacts' addresses and phone numbers are never part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deal {
    /// Made of the CRM and its own id.
    pub id: DealId,
    /// Where it comes from.
    pub crm: Crm,
    /// The CRM's own id.
    pub external_id: String,
    /// As the CRM names it.
    pub name: String,
    /// The pipeline, where the CRM has several.
    pub pipeline: Option<String>,
    /// The stage's label as the CRM shows it.
    pub stage_label: String,
    /// The stage's internal id, where exported.
    pub stage_id: Option<String>,
    /// Probability in percent, 0 to 100, where exported.
    pub probability: Option<f32>,
    /// Open, won, lost, or gone from the newest snapshot.
    pub state: DealState,
    /// The stages it stands for, heaviest first (1.0 is the primary); empty where unmapped.
    pub stages: Vec<StageWeight>,
    /// Amount in minor units of the currency.
    pub amount_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The owner as the CRM writes it: an address or a name.
    pub owner: String,
    /// The rep who claims that owner; none where nobody does.
    pub rep: Option<Email>,
    /// The buying company.
    pub account: Option<String>,
    /// Its industry, as the CRM writes it.
    pub industry: Option<String>,
    /// Competitors, as the CRM lists them.
    pub competitors: Vec<String>,
    /// The next step, as the rep wrote it.
    pub next_step: Option<String>,
    /// Notes, as the rep wrote them.
    pub notes: Option<String>,
    /// Expected close.
    pub close_on: Option<Date>,
    /// Last activity that the CRM knows.
    pub active_at: Option<Timestamp>,
    /// When the deal entered its stage.
    pub stage_entered_at: Option<Timestamp>,
    /// When the deal was made.
    pub created_at: Option<Timestamp>,
    /// When the CRM last changed it.
    pub updated_at: Option<Timestamp>,
    /// Days in a stage after which the CRM itself calls it rotten.
    pub rotten_days: Option<u32>,
    /// The deal's page in the CRM.
    pub url: Option<String>,
    /// When we last imported it.
    pub imported_at: Timestamp,
    /// The label before the last stage change that an import saw.
    pub previous_stage_label: Option<String>,
}

/// A stage that a deal's CRM stage stands for, with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageWeight {
    /// The stage.
    pub stage: Stage,
    /// 1.0 for the primary, less for secondary ones.
    pub weight: f32,
}

/// Where a deal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each variant is the CRM's name")]
pub enum Crm {
    Hubspot,
    Salesforce,
    Pipedrive,
    Dynamics,
    Close,
    Odoo,
    Espocrm,
    Generic,
}

impl Crm {
    /// Every CRM.
    pub const ALL: [Crm; 8] = [
        Crm::Hubspot,
        Crm::Salesforce,
        Crm::Pipedrive,
        Crm::Dynamics,
        Crm::Close,
        Crm::Odoo,
        Crm::Espocrm,
        Crm::Generic,
    ];

    /// The CRM that a word names, in any case and with what people put behind it ("HubSpot CRM", "Dynamics 365").
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        Self::ALL.into_iter().find(|crm| name.starts_with(crm.as_str()))
    }

    /// The word that the command line and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Crm::Hubspot => "hubspot",
            Crm::Salesforce => "salesforce",
            Crm::Pipedrive => "pipedrive",
            Crm::Dynamics => "dynamics",
            Crm::Close => "close",
            Crm::Odoo => "odoo",
            Crm::Espocrm => "espocrm",
            Crm::Generic => "generic",
        }
    }
}

/// Whether a deal is still being worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DealState {
    /// Being worked on.
    #[default]
    Open,
    /// Signed.
    Won,
    /// Lost.
    Lost,
    /// Missing from the newest full snapshot; not the same as lost.
    Gone,
}

/// Something about a deal that needs the rep's eye, or that drives picking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What it is.
    pub kind: SignalKind,
    /// One plain sentence with the checkable fact, for example "Close date passed 12 days ago (11 Nov)."
    pub sentence: String,
}

/// The kinds of deal signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the sentence beside each kind says it")]
pub enum SignalKind {
    PastCloseDate,
    Stalled,
    NoNextStep,
    NoAmount,
    StageMoved,
    CompetitorNamed,
    ObjectionVoiced,
    Unmapped,
}

impl SignalKind {
    /// Whether the pipeline check that opens the digest names it.
    pub fn opens_digest(self) -> bool {
        matches!(self, SignalKind::PastCloseDate | SignalKind::Stalled | SignalKind::NoNextStep | SignalKind::NoAmount)
    }
}
