//! Which texts are held out: always the same ones, by the hash of their id.

use crate::model::Stage;
use crate::tag::gold::Gold;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Mixed into every id, so that another seed would hold out other texts.
const SEED: &str = "ridealong-1";

/// How texts are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Into fifths, each with its share of every stage.
    Random,
    /// By writer: what is learned of one writer's style does not help with the next.
    Writer,
}

/// The parts, as indexes into the texts; every text stands in one.
pub fn folds(golds: &[Gold], split: Split) -> Vec<Vec<usize>> {
    match split {
        Split::Random => random(golds),
        Split::Writer => {
            let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, gold) in golds.iter().enumerate() {
                parts.entry(gold.writer()).or_default().push(at);
            }
            parts.into_values().collect()
        }
    }
}

fn random(golds: &[Gold]) -> Vec<Vec<usize>> {
    let mut parts = vec![Vec::new(); super::FOLDS];
    let mut dealt = 0;
    for stage in Stage::ALL {
        let mut own: Vec<(Vec<u8>, usize)> = golds
            .iter()
            .enumerate()
            .filter(|(_, gold)| gold.primary == stage)
            .map(|(at, gold)| (Sha256::digest(format!("{SEED} {}", gold.id)).to_vec(), at))
            .collect();
        own.sort();
        for (_, at) in own {
            parts[dealt % super::FOLDS].push(at);
            dealt += 1;
        }
    }
    parts
}
