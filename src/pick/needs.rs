use super::reading::{Field, Reading};
use super::weights::{NEED_MIN, REVIVAL_NEED, Weights};
use crate::model::{Deal, DealState, Signal, SignalKind, Stage};

/// How much a deal needs the advice of each stage, 0 to about 1, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    by_stage: [f32; Stage::ALL.len()],
    /// What raised a stage most: its weight and the reason as a phrase.
    because: Vec<(Stage, f32, String)>,
}

impl Needs {
    /// From the CRM stage, what was noticed, and the deal's own words.
    pub(super) fn of(deal: &Deal, signals: &[Signal], reading: &Reading, weights: &Weights) -> Self {
        let mut needs = Self::default();
        // A deal that sleeps has to wake up before its stage matters again; its own words still do.
        let asleep = signals.iter().any(|signal| signal.kind == SignalKind::Stalled);
        let awake = if asleep { weights.asleep } else { 1.0 };
        for weight in &deal.stages {
            needs.raise(weight.stage, weight.weight * awake, || format!("the deal is in {:?}", deal.stage_label));
        }
        if deal.stages.is_empty() {
            needs.raise(Stage::General, 0.5, || format!("nothing says what {:?} means", deal.stage_label));
        }
        for signal in signals {
            if matches!(signal.kind, SignalKind::PastCloseDate | SignalKind::Stalled) {
                needs.raise(Stage::Revival, REVIVAL_NEED, || signal.sentence.trim_end_matches('.').to_owned());
            }
            if signal.kind == SignalKind::CompetitorNamed {
                needs.raise(Stage::Objections, 0.3, || signal.sentence.trim_end_matches('.').to_owned());
            }
        }
        if deal.state == DealState::Open {
            needs.add_cues(deal, reading, weights);
        }
        needs.spill(deal, weights);
        needs
    }

    pub(super) fn get(&self, stage: Stage) -> f32 {
        self.by_stage[stage as usize]
    }

    /// The stages that draw posts, with their weights.
    pub(super) fn stages(&self) -> impl Iterator<Item = (Stage, f32)> {
        Stage::ALL.into_iter().map(|stage| (stage, self.get(stage))).filter(|(_, need)| *need >= NEED_MIN)
    }

    /// Why the deal needs this stage.
    pub(super) fn because(&self, stage: Stage) -> Option<&str> {
        let of_stage = self.because.iter().filter(|(known, ..)| *known == stage);
        of_stage.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(.., why)| why.as_str())
    }

    /// Several hints at one stage add up without passing 1.
    fn raise(&mut self, stage: Stage, by: f32, why: impl Fn() -> String) {
        let need = &mut self.by_stage[stage as usize];
        *need = 1.0 - (1.0 - need.min(1.0)) * (1.0 - by.clamp(0.0, 1.0));
        self.because.push((stage, by, why()));
    }

    fn add_cues(&mut self, deal: &Deal, reading: &Reading, weights: &Weights) {
        /// What lies behind the deal is mentioned more often than needed again.
        const BEHIND: f32 = 0.4;
        const NOTES: f32 = 0.8;
        /// A next step that needs this much of another stage is work outside the deal's own.
        const ELSEWHERE_MIN: f32 = 0.6;
        let primary = deal.stages.first().map(|weight| weight.stage);
        let elsewhere = reading.cues.iter().filter(|cue| cue.field == Field::NextStep).any(|cue| {
            let needs = &cue.concept().needs;
            needs.values().any(|need| *need >= ELSEWHERE_MIN)
                && deal.stages.iter().all(|weight| !needs.contains_key(&weight.stage))
        });
        if elsewhere {
            self.by_stage.iter_mut().for_each(|need| *need *= weights.elsewhere);
        }
        let mut seen = Vec::new();
        for cue in &reading.cues {
            if seen.contains(&cue.concept) {
                continue;
            }
            seen.push(cue.concept);
            for (&asked, &need) in &cue.concept().needs {
                // No reply before the first contact is still prospecting.
                let first_contact = asked == Stage::Revival && primary == Some(Stage::Prospecting);
                let stage = if first_contact { Stage::Prospecting } else { asked };
                let aside = matches!(stage, Stage::Objections | Stage::Revival);
                let behind = !aside && primary.is_some_and(|primary| primary != Stage::Revival && stage < primary);
                let field = if cue.field == Field::NextStep { 1.0 } else { NOTES };
                let by = need * weights.cues * field * if behind { BEHIND } else { 1.0 };
                self.raise(stage, by, || {
                    format!("{} {} ({:?})", cue.field.speaks_of().to_lowercase(), cue.concept().says, cue.quote)
                });
            }
        }
    }

    /// Advice for the step before or after is better than none.
    fn spill(&mut self, deal: &Deal, weights: &Weights) {
        let before = self.by_stage;
        let of_a_deal = Stage::OF_A_DEAL;
        for (at, stage) in of_a_deal.iter().enumerate() {
            let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| of_a_deal.get(at));
            // Growth and revival stand beside no other step.
            let most = beside
                .filter(|other| **other < Stage::Growth && *stage < Stage::Growth)
                .map(|other| before[*other as usize])
                .fold(0.0, f32::max);
            let need = &mut self.by_stage[*stage as usize];
            *need = need.max(most * weights.beside);
        }
        let general = &mut self.by_stage[Stage::General as usize];
        *general = general.max(weights.general);
        if deal.stages.is_empty() {
            // An unmapped deal gets the best of every stage until somebody maps it.
            for stage in of_a_deal {
                let need = &mut self.by_stage[stage as usize];
                *need = need.max(0.35);
            }
        }
        self.by_stage[Stage::Offtopic as usize] = 0.0;
    }
}
