//! Weights by counting: complement naive Bayes (Rennie and others, 2003).
//!
//! A feature speaks for a stage when it is rare in the texts of all other stages. It learns less from each text than
//! the minimiser does, and is fooled by fewer of them.

use super::Example;
use crate::tag::weights::STAGES;

/// Added to every count, so that what was never seen is not impossible.
const SMOOTHING: f64 = 0.3;

/// A row for each of the first `columns` columns, centred over the stages.
pub(super) fn weights(examples: &[Example], columns: usize) -> Vec<[f64; STAGES]> {
    let mut counts = vec![[0.0; STAGES]; columns];
    for example in examples {
        for (column, value) in example.entries.iter().filter(|(column, _)| *column < columns) {
            for (count, share) in counts[*column].iter_mut().zip(&example.target) {
                *count += value * share;
            }
        }
    }
    let mut totals = [0.0; STAGES];
    for row in &mut counts {
        let all: f64 = row.iter().sum();
        for (count, total) in row.iter_mut().zip(&mut totals) {
            *count = SMOOTHING + all - *count;
            *total += *count;
        }
    }
    for row in &mut counts {
        let logs: [f64; STAGES] = std::array::from_fn(|stage| -libm::log(row[stage] / totals[stage]));
        let mean = logs.iter().sum::<f64>() / STAGES as f64;
        *row = logs.map(|log| log - mean);
    }
    counts
}
