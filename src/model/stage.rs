use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A step of the sale, or one of the two labels for posts that serve no step.
///
/// The order is the order of the pipeline; `ALL` and the derived `Ord` follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Find accounts and earn the first conversation.
    Prospecting,
    /// Decide whether to spend time: fit, budget, authority, need, timing.
    Qualification,
    /// Pain, impact, current state, urgency.
    Discovery,
    /// Show value: demo, pitch, story, trial.
    Presentation,
    /// Win the buying group inside a deal.
    Consensus,
    /// Put the offer in writing.
    Proposal,
    /// Handle a concern that the buyer voices.
    Objections,
    /// Agree terms: concessions, procurement, legal.
    Negotiation,
    /// Decision and signature.
    Closing,
    /// After the signature: onboarding, renewal, upsell, referrals.
    Growth,
    /// Stalled or lost: silence, slipped dates, win-back.
    Revival,
    /// About selling, but bound to no stage.
    General,
    /// No use to a seller's deals. Excludes every other stage.
    Offtopic,
}

impl Stage {
    /// Every stage and label in pipeline order.
    pub const ALL: [Stage; 13] = [
        Stage::Prospecting,
        Stage::Qualification,
        Stage::Discovery,
        Stage::Presentation,
        Stage::Consensus,
        Stage::Proposal,
        Stage::Objections,
        Stage::Negotiation,
        Stage::Closing,
        Stage::Growth,
        Stage::Revival,
        Stage::General,
        Stage::Offtopic,
    ];

    /// The eleven stages a deal can be in, without the labels `general` and `offtopic`.
    pub const OF_A_DEAL: [Stage; 11] = [
        Stage::Prospecting,
        Stage::Qualification,
        Stage::Discovery,
        Stage::Presentation,
        Stage::Consensus,
        Stage::Proposal,
        Stage::Objections,
        Stage::Negotiation,
        Stage::Closing,
        Stage::Growth,
        Stage::Revival,
    ];

    /// The stable lower-case id used in files, JSON and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Prospecting => "prospecting",
            Stage::Qualification => "qualification",
            Stage::Discovery => "discovery",
            Stage::Presentation => "presentation",
            Stage::Consensus => "consensus",
            Stage::Proposal => "proposal",
            Stage::Objections => "objections",
            Stage::Negotiation => "negotiation",
            Stage::Closing => "closing",
            Stage::Growth => "growth",
            Stage::Revival => "revival",
            Stage::General => "general",
            Stage::Offtopic => "offtopic",
        }
    }

    /// The heading shown to people.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Prospecting => "Prospecting",
            Stage::Qualification => "Qualification",
            Stage::Discovery => "Discovery",
            Stage::Presentation => "Presentation",
            Stage::Consensus => "Consensus",
            Stage::Proposal => "Proposal",
            Stage::Objections => "Objections",
            Stage::Negotiation => "Negotiation",
            Stage::Closing => "Closing",
            Stage::Growth => "Growth",
            Stage::Revival => "Revival",
            Stage::General => "General",
            Stage::Offtopic => "Off topic",
        }
    }

    /// The rep's work in this stage, as one short line for headings and the library.
    pub fn work(self) -> &'static str {
        match self {
            Stage::Prospecting => "find accounts and earn the first conversation",
            Stage::Qualification => "decide whether the deal is worth your time",
            Stage::Discovery => "understand pain, impact and urgency",
            Stage::Presentation => "show what it is worth to them",
            Stage::Consensus => "win the whole buying group",
            Stage::Proposal => "put the offer in writing",
            Stage::Objections => "answer the concern they voiced",
            Stage::Negotiation => "agree terms without giving the deal away",
            Stage::Closing => "get to a decision and a signature",
            Stage::Growth => "keep and grow the customer",
            Stage::Revival => "wake up a deal that went quiet",
            Stage::General => "selling in general",
            Stage::Offtopic => "no use to a seller's deals",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownStage(pub String);

impl fmt::Display for UnknownStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
        write!(f, "{:?} is not a stage; the stages are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownStage {}

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or_else(|| UnknownStage(text.to_owned()))
    }
}
