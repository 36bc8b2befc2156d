//! From probabilities to claims.

use super::Kind;
use super::weights::PerStage;
use crate::model::Stage;

/// A further stage is claimed from this probability on.
const SECONDARY_MIN: f32 = 0.18;
/// Stages beside the primary.
const SECONDARY_MAX: usize = 2;
/// Below this the best guess is no claim: the text is about selling in general.
const CLAIM_MIN: f32 = 0.2;
/// What a source's stage adds to the logit.
const SOURCE_NUDGE: f32 = 0.4;
/// What a prior adds in points where a small lexicon reads.
pub(super) const FOREIGN_NUDGE: f32 = 0.5;
/// What the stage of the post above adds to a comment's logit.
const POST_NUDGE: f32 = 0.8;

/// Adds the prior to logits. Small: it decides between near equals and overrules no words.
pub(super) fn nudge(logits: &mut PerStage, prior: &[Stage], kind: Kind) {
    let nudge = match kind {
        Kind::Post => SOURCE_NUDGE,
        Kind::Comment => POST_NUDGE,
    };
    for stage in Stage::ALL.into_iter().filter(|stage| prior.contains(stage)) {
        logits[stage as usize] += nudge;
    }
}

/// The stages claimed, best first: a primary and up to two more. `offtopic` stands alone, `general` is never second.
pub(super) fn stages(scores: &PerStage) -> Vec<Stage> {
    let mut order = Stage::ALL;
    order.sort_by(|one, other| scores[*other as usize].total_cmp(&scores[*one as usize]));
    let best = order[0];
    if best != Stage::Offtopic && scores[best as usize] < CLAIM_MIN {
        return vec![Stage::General];
    }
    let mut claimed = vec![best];
    if best != Stage::Offtopic {
        let further = order.into_iter().skip(1).filter(|stage| !matches!(stage, Stage::General | Stage::Offtopic));
        claimed.extend(further.filter(|stage| scores[*stage as usize] >= SECONDARY_MIN).take(SECONDARY_MAX));
    }
    claimed
}
