//! The best documents so far.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use tantivy::DocAddress;

/// Takes in documents in their order, and keeps the best.
pub(super) struct Top {
    limit: usize,
    /// So much the best are known to be worth at least.
    floor: f32,
    /// The worst one on top.
    kept: BinaryHeap<Reverse<Kept>>,
}

#[derive(PartialEq)]
struct Kept {
    score: f32,
    at: DocAddress,
}

impl Top {
    /// Keeps so many, at least one, and none that is worth less than the floor.
    pub(super) fn new(limit: usize, floor: f32) -> Self {
        Self { limit, floor, kept: BinaryHeap::with_capacity(limit + 1) }
    }

    /// A document that is not worth more does not come among the best.
    pub(super) fn threshold(&self) -> f32 {
        self.worst().unwrap_or(f32::NEG_INFINITY).max(self.floor.next_down())
    }

    /// What the worst of the best is worth, once there are as many as are kept.
    pub(super) fn worst(&self) -> Option<f32> {
        self.kept.peek().filter(|_| self.kept.len() == self.limit).map(|Reverse(worst)| worst.score)
    }

    /// Takes in a document that comes behind all earlier ones, so also where it is worth the same as one of them.
    pub(super) fn enter(&mut self, score: f32, at: DocAddress) {
        if score > self.threshold() {
            self.kept.push(Reverse(Kept { score, at }));
            if self.kept.len() > self.limit {
                self.kept.pop();
            }
        }
    }
}

impl From<Top> for Vec<DocAddress> {
    /// The best first.
    fn from(top: Top) -> Self {
        top.kept.into_sorted_vec().into_iter().map(|Reverse(kept)| kept.at).collect()
    }
}

impl Eq for Kept {}

impl Ord for Kept {
    /// By worth; of two that are worth the same the earlier document is the better one.
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.at.cmp(&self.at))
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
