use std::collections::HashMap;

/// How fast a word said again stops counting more (BM25).
const K1: f32 = 1.2;
/// How much long texts are held against short ones (BM25).
const B: f32 = 0.6;

/// Documents imagined beside the real ones, so that a term's rarity means something in a small collection too.
const IMAGINED: f32 = 200.0;
/// The share of them that hold any term.
const IMAGINED_SHARE: f32 = 0.02;

/// Which documents hold which terms how often. A posting is a document's number and a count in one word.
#[derive(Default)]
pub(super) struct Postings {
    ids: HashMap<String, u32>,
    lists: Vec<Vec<u32>>,
    /// Terms of each document, title counted in full; 0 for those taken out.
    lengths: Vec<u32>,
    length_sum: u64,
    living: usize,
}

/// Points by document; only what was touched is cleared.
#[derive(Default)]
pub(super) struct Scores {
    points: Vec<f32>,
    touched: Vec<u32>,
}

impl Scores {
    pub(super) fn get(&self, doc: u32) -> f32 {
        self.points.get(doc as usize).copied().unwrap_or(0.0)
    }

    pub(super) fn touched(&self) -> &[u32] {
        &self.touched
    }

    fn clear(&mut self, docs: usize) {
        for doc in self.touched.drain(..) {
            self.points[doc as usize] = 0.0;
        }
        self.points.resize(docs, 0.0);
    }

    fn add(&mut self, doc: u32, points: f32) {
        let place = &mut self.points[doc as usize];
        if *place == 0.0 {
            self.touched.push(doc);
        }
        *place += points;
    }
}

impl Postings {
    /// Numbers have 24 bits beside 8 bits of count.
    pub(super) const DOCS_MAX: u32 = 1 << 24;

    pub(super) fn add(&mut self, doc: u32, length: u32, counts: HashMap<String, u8>) {
        for (term, count) in counts {
            let next = self.lists.len() as u32;
            let id = *self.ids.entry(term).or_insert(next);
            if id == next {
                self.lists.push(Vec::new());
            }
            self.lists[id as usize].push(doc << 8 | u32::from(count));
        }
        self.lengths.resize((doc as usize + 1).max(self.lengths.len()), 0);
        self.lengths[doc as usize] = length.max(1);
        self.length_sum += u64::from(length.max(1));
        self.living += 1;
    }

    /// Takes a document out of the averages; its postings stay until the next sweep.
    pub(super) fn forget(&mut self, doc: u32) {
        if let Some(length) = self.lengths.get_mut(doc as usize).filter(|length| **length > 0) {
            self.length_sum -= u64::from(*length);
            self.living -= 1;
            *length = 0;
        }
    }

    /// Gives every document its new number; those without one disappear.
    pub(super) fn renumber(&mut self, numbers: &[Option<u32>]) {
        for list in &mut self.lists {
            let moved = list
                .iter()
                .filter_map(|posting| numbers[(posting >> 8) as usize].map(|number| number << 8 | (posting & 0xff)));
            *list = moved.collect();
        }
        self.lengths.retain(|length| *length > 0);
    }

    pub(super) fn score<'q>(&self, query: impl Iterator<Item = (&'q str, f32)>, docs: usize, scores: &mut Scores) {
        scores.clear(docs);
        for (term, weight) in query {
            let Some(list) = self.ids.get(term).map(|id| &self.lists[*id as usize]) else { continue };
            let idf = self.idf(list.len()) * weight;
            for posting in list {
                let doc = posting >> 8;
                let length = self.lengths[doc as usize];
                if length > 0 {
                    scores.add(doc, idf * self.saturated(posting & 0xff, length));
                }
            }
        }
    }

    /// What a term adds to a document, before the query's own weight.
    pub(super) fn weight(&self, term: &str, doc: u32) -> f32 {
        let Some(list) = self.ids.get(term).map(|id| &self.lists[*id as usize]) else { return 0.0 };
        let found = list.binary_search_by_key(&doc, |posting| posting >> 8).ok();
        found.map_or(0.0, |at| self.idf(list.len()) * self.saturated(list[at] & 0xff, self.lengths[doc as usize]))
    }

    fn idf(&self, holders: usize) -> f32 {
        let all = self.living.max(holders) as f32 + IMAGINED;
        let holders = holders as f32 + IMAGINED * IMAGINED_SHARE;
        (1.0 + (all - holders + 0.5) / (holders + 0.5)).ln()
    }

    fn saturated(&self, count: u32, length: u32) -> f32 {
        let average = self.length_sum as f32 / self.living.max(1) as f32;
        let count = count as f32;
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length as f32 / average.max(1.0)))
    }
}
