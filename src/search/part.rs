//! A part of what is asked for, in one segment: which documents have it in some way, and the most it can be worth.

use super::postings::{LAST, Postings, Way};
use tantivy::{DocId, SegmentReader, TERMINATED};

/// A document that has a part in several ways is worth the best one, and this share of the others.
pub(super) const OTHERS_SHARE: f32 = 0.3;

/// What a document is worth that has a part in ways that are worth so much.
#[derive(Clone, Copy, Default)]
struct Together {
    best: f32,
    sum: f32,
}

impl Together {
    fn and(self, worth: f32) -> Self {
        Self { best: self.best.max(worth), sum: self.sum + worth }
    }

    fn worth(self) -> f32 {
        self.best * (1.0 - OTHERS_SHARE) + self.sum * OTHERS_SHARE
    }
}

/// A part of what is asked for, in one segment.
#[derive(Default)]
pub(super) struct Part {
    ways: Vec<Postings>,
    /// The most that each way is worth from here on; nothing before it was looked ahead.
    ahead: Vec<f32>,
    /// The most that each way is worth in the run at hand.
    most: Vec<f32>,
    /// Places among the ways: first those that are followed no more, then those that are not followed in the run at
    /// hand, then the others.
    order: Vec<usize>,
    /// So many are followed no more.
    left_for_good: usize,
    /// The most that they are worth.
    behind: Together,
    /// So many are not followed in the run at hand.
    left_out: usize,
    /// The most that they are worth there.
    out: Together,
    /// The most that the part is worth in the run at hand.
    pub(super) worth: f32,
}

impl Part {
    /// A part in its ways, in a segment; those that no document has are left away.
    pub(super) fn open(ways: &[&Way], segment: &SegmentReader) -> tantivy::Result<Self> {
        let mut part = Self::default();
        for way in ways {
            part.ways.extend(Postings::open(way, segment)?);
        }
        part.order = (0..part.ways.len()).collect();
        Ok(part)
    }

    /// The first document from this one on that has the part in a way that is followed.
    pub(super) fn next(&mut self, target: DocId) -> DocId {
        let mut first = TERMINATED;
        for way in &self.order[self.left_out..] {
            first = first.min(self.ways[*way].seek(target));
        }
        first
    }

    /// What a document is worth for having the part; nothing where it has not.
    pub(super) fn score(&mut self, doc: DocId) -> f32 {
        let mut together = Together::default();
        for way in &mut self.ways {
            if way.seek(doc) == doc {
                together = together.and(way.score());
            }
        }
        together.worth()
    }

    /// The most that a document may be worth for having the part: the ways that are followed stand at it or behind it.
    pub(super) fn most_of(&mut self, doc: DocId) -> f32 {
        let mut together = self.out;
        for way in &self.order[self.left_out..] {
            let way = &mut self.ways[*way];
            if way.doc() == doc {
                together = together.and(way.score());
            }
        }
        together.worth()
    }

    /// The most that the part is worth from here on.
    pub(super) fn worth_ahead(&mut self) -> f32 {
        if self.ahead.is_empty() {
            self.ahead = self.ways.iter_mut().map(Postings::most).collect();
        }
        self.ahead.iter().fold(Together::default(), |together, most| together.and(*most)).worth()
    }

    /// Follows no more the ways without which a document has `enough` of this part at most. Says whether others are left.
    pub(super) fn leave_for_good(&mut self, enough: f32) -> bool {
        let ahead = &self.ahead;
        let least = |order: &[usize]| (0..order.len()).min_by(|a, b| ahead[order[*a]].total_cmp(&ahead[order[*b]]));
        while let Some(at) = least(&self.order[self.left_for_good..]) {
            let behind = self.behind.and(ahead[self.order[self.left_for_good + at]]);
            if behind.worth() > enough {
                return true;
            }
            self.behind = behind;
            self.order.swap(self.left_for_good, self.left_for_good + at);
            self.left_for_good += 1;
        }
        false
    }

    /// The last document up to which each block at hand reaches.
    pub(super) fn end(&self) -> DocId {
        let left = self.order[self.left_for_good..].iter().map(|way| &self.ways[*way]);
        left.filter(|way| way.doc() != TERMINATED).map(Postings::block_end).min().unwrap_or(LAST)
    }

    /// Reads the most that its ways are worth from the document at hand up to the end of a run.
    pub(super) fn read_most(&mut self, end: DocId) {
        let mut together = self.behind;
        self.most.resize(self.ways.len(), 0.0);
        for at in &self.order[self.left_for_good..] {
            let way = &mut self.ways[*at];
            self.most[*at] = if way.doc() <= end { way.block_most() } else { 0.0 };
            together = together.and(self.most[*at]);
        }
        self.worth = together.worth();
    }

    /// Follows every way that is left.
    pub(super) fn follow_all(&mut self) {
        (self.left_out, self.out) = (self.left_for_good, self.behind);
    }

    /// Follows in this run only ways without which a document has `enough` of this part at most.
    pub(super) fn follow(&mut self, enough: f32) {
        self.follow_all();
        let most = &self.most;
        self.order[self.left_for_good..].sort_unstable_by(|a, b| most[*a].total_cmp(&most[*b]));
        for way in &self.order[self.left_for_good..] {
            let out = self.out.and(most[*way]);
            if out.worth() > enough {
                return;
            }
            self.left_out += 1;
            self.out = out;
        }
    }
}
