//! How good tags are: figures against labelled texts.

use super::gold::Gold;
use crate::model::{Stage, Tagged};
use std::fmt::{self, Write};

/// Bins of the calibration error.
const BINS: usize = 10;

/// Figures of a set.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Texts measured.
    pub texts: usize,
    /// Share whose primary is the label's primary.
    pub accuracy: f64,
    /// Share whose primary is the label's primary or one of its secondary stages.
    pub served: f64,
    /// Mean of the classes' F1, over the classes that occur.
    pub macro_f1: f64,
    /// Mean distance between score and share of right primaries (expected calibration error, 10 bins).
    pub calibration_error: f64,
    /// Share of labelled stages, first or second, that are among the claimed ones.
    pub stages_found: f64,
    /// Share of claimed stages that are labelled, first or second.
    pub stages_right: f64,
    /// For each stage of `Stage::ALL`.
    pub classes: Vec<Class>,
    /// Rows are labels, columns verdicts, the last column "none".
    pub confusion: Vec<Vec<usize>>,
}

/// Figures of one stage.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// Which.
    pub stage: Stage,
    /// Texts with that label.
    pub texts: usize,
    /// Share of its verdicts that are right.
    pub precision: f64,
    /// Share of its texts that are found.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// Measures verdicts against labels; both in the same order.
pub fn figures(golds: &[Gold], verdicts: &[Tagged]) -> Figures {
    let none = Stage::ALL.len();
    let mut confusion = vec![vec![0; none + 1]; none];
    let (mut right, mut served, mut claimed, mut claimed_right, mut labelled) = (0, 0, 0, 0, 0);
    let mut bins = [(0usize, 0usize, 0.0f64); BINS];
    for (gold, tagged) in golds.iter().zip(verdicts) {
        confusion[gold.primary as usize][tagged.primary.map_or(none, |stage| stage as usize)] += 1;
        labelled += 1 + gold.secondary.len();
        claimed += tagged.stages.len();
        claimed_right += tagged.stages.iter().filter(|tag| gold.serves(tag.stage)).count();
        let Some(primary) = tagged.primary else { continue };
        let hit = primary == gold.primary;
        right += usize::from(hit);
        served += usize::from(gold.serves(primary));
        let score = f64::from(tagged.score(primary));
        let bin = &mut bins[((score * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1, bin.1 + usize::from(hit), bin.2 + score);
    }
    let texts = golds.len();
    let classes: Vec<Class> = Stage::ALL.into_iter().map(|stage| class(stage, &confusion)).collect();
    let occurring: Vec<&Class> = classes.iter().filter(|class| class.texts > 0).collect();
    let off = bins.iter().map(|(_, hits, scores)| (*hits as f64 - scores).abs()).sum::<f64>();
    Figures {
        texts,
        accuracy: share(right, texts),
        served: share(served, texts),
        macro_f1: occurring.iter().map(|class| class.f1).sum::<f64>() / occurring.len().max(1) as f64,
        calibration_error: off / texts.max(1) as f64,
        stages_found: share(claimed_right, labelled),
        stages_right: share(claimed_right, claimed),
        classes,
        confusion,
    }
}

fn class(stage: Stage, confusion: &[Vec<usize>]) -> Class {
    let at = stage as usize;
    let right = confusion[at][at];
    let texts: usize = confusion[at].iter().sum();
    let verdicts: usize = confusion.iter().map(|row| row[at]).sum();
    let (precision, recall) = (share(right, verdicts), share(right, texts));
    let f1 = if right == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    Class { stage, texts, precision, recall, f1 }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "texts                        {:>6}", self.texts)?;
        for (name, value) in [
            ("accuracy", self.accuracy),
            ("primary-or-secondary accuracy", self.served),
            ("macro-F1", self.macro_f1),
            ("labelled stages found", self.stages_found),
            ("claimed stages right", self.stages_right),
            ("calibration error (ECE)", self.calibration_error),
        ] {
            writeln!(f, "{name:<29}{value:>6.3}")?;
        }
        writeln!(f, "\n{:<15}{:>6}{:>11}{:>8}{:>7}", "stage", "texts", "precision", "recall", "F1")?;
        for class in &self.classes {
            let Class { stage, texts, precision, recall, f1 } = class;
            writeln!(f, "{:<15}{texts:>6}{precision:>11.2}{recall:>8.2}{f1:>7.2}", stage.as_str())?;
        }
        let short = |stage: Stage| stage.as_str().chars().take(4).collect::<String>();
        let heads = Stage::ALL.iter().fold(String::new(), |mut line, stage| {
            let _ = write!(line, "{:>6}", short(*stage));
            line
        });
        writeln!(f, "\n{:<15}{heads}{:>6}", "label / verdict", "none")?;
        for (stage, row) in Stage::ALL.iter().zip(&self.confusion) {
            write!(f, "{:<15}", stage.as_str())?;
            row.iter().try_for_each(|count| match count {
                0 => write!(f, "{:>6}", "."),
                count => write!(f, "{count:>6}"),
            })?;
            writeln!(f)?;
        }
        Ok(())
    }
}
