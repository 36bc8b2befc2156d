use super::gaps::Gaps;
use super::index::room_for;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// How fast a word said again stops counting more (BM25).
const K1: f32 = 1.2;
/// How much long texts are held against short ones (BM25).
const B: f32 = 0.6;

/// Documents imagined beside the real ones, so that a term's rarity means something in a small collection too.
const IMAGINED: f32 = 200.0;
/// The share of them that hold any term.
const IMAGINED_SHARE: f32 = 0.02;

/// A term that more than one document in so many holds says little about any, and its list would be the longest to
/// walk: its counts lie by document instead.
const COMMON_SHARE: usize = 8;
/// Below so many documents every list is walked.
const COMMON_DOCS_MIN: usize = 5_000;

/// The terms of a document with how often it holds each.
pub(super) type Counts = HashMap<Arc<str>, u8, RandomState>;

/// The documents that hold one term.
enum Holders {
    /// Those that do, in order.
    Few(Gaps),
    /// The count of every document, zero for those that do not hold it; and how many do.
    Many(Counted, u32),
}

/// Which documents hold which terms how often.
#[derive(Default)]
pub(super) struct Postings {
    ids: HashMap<Arc<str>, u32, RandomState>,
    lists: Vec<Holders>,
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
    /// Whether common terms are in the points.
    complete: bool,
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
        self.complete = false;
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

    pub(super) fn add(&mut self, doc: u32, length: u32, counts: Counts) {
        for (term, count) in counts {
            let next = self.lists.len() as u32;
            let id = *self.ids.entry(term).or_insert(next);
            if id == next {
                self.lists.push(Holders::Few(Gaps::default()));
            }
            self.lists[id as usize].push(doc, count);
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
            let mut moved = Holders::Few(Gaps::default());
            for (doc, count) in list.iter() {
                if let Some(number) = numbers[doc as usize] {
                    moved.push(number, count);
                }
            }
            *list = moved;
        }
        self.lengths.retain(|length| *length > 0);
    }

    /// Scores every document that holds a term of the query which few hold. Where too few are found so, every document
    /// that holds any.
    pub(super) fn score(&self, query: &[(&str, f32)], docs: usize, enough: usize, scores: &mut Scores) {
        scores.clear(docs);
        self.score_all(query, scores, |list| !list.is_common(docs));
        if scores.touched.len() < enough {
            self.score_all(query, scores, |list| list.is_common(docs));
            scores.complete = true;
        }
    }

    fn score_all(&self, query: &[(&str, f32)], scores: &mut Scores, which: impl Fn(&Holders) -> bool) {
        for (list, weight) in self.known(query).filter(|(list, _)| which(list)) {
            let idf = self.idf(list.len()) * weight;
            for (doc, count) in list.iter() {
                let length = self.lengths[doc as usize];
                if length > 0 {
                    scores.add(doc, idf * self.saturated(count, length));
                }
            }
        }
    }

    /// Adds to these documents, each given once, what the common terms of the query say, unless `score` has.
    pub(super) fn complete(&self, query: &[(&str, f32)], docs: &[u32], scores: &mut Scores) {
        if std::mem::replace(&mut scores.complete, true) {
            return;
        }
        let all = scores.points.len();
        for (list, weight) in self.known(query).filter(|(list, _)| list.is_common(all)) {
            let idf = self.idf(list.len()) * weight;
            for doc in docs {
                let count = list.count(*doc);
                if count > 0 {
                    scores.add(*doc, idf * self.saturated(count, self.lengths[*doc as usize]));
                }
            }
        }
    }

    fn known<'p>(&'p self, query: &[(&str, f32)]) -> impl Iterator<Item = (&'p Holders, f32)> {
        query.iter().filter_map(|(term, weight)| Some((&self.lists[*self.ids.get(*term)? as usize], *weight)))
    }

    /// What a term adds to a document, before the query's own weight.
    pub(super) fn weight(&self, term: &str, doc: u32) -> f32 {
        let Some(list) = self.ids.get(term).map(|id| &self.lists[*id as usize]) else { return 0.0 };
        match list.count(doc) {
            0 => 0.0,
            count => self.idf(list.len()) * self.saturated(count, self.lengths[doc as usize]),
        }
    }

    fn idf(&self, holders: usize) -> f32 {
        let all = self.living.max(holders) as f32 + IMAGINED;
        let holders = holders as f32 + IMAGINED * IMAGINED_SHARE;
        (1.0 + (all - holders + 0.5) / (holders + 0.5)).ln()
    }

    fn saturated(&self, count: u8, length: u32) -> f32 {
        let average = self.length_sum as f32 / self.living.max(1) as f32;
        let count = f32::from(count);
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length as f32 / average.max(1.0)))
    }
}

impl Holders {
    /// Takes in a document whose number is above all before it.
    fn push(&mut self, doc: u32, count: u8) {
        match self {
            Holders::Few(gaps) => {
                gaps.push(doc, count);
                let docs = doc as usize + 1;
                if docs >= COMMON_DOCS_MIN && gaps.holders() as usize * COMMON_SHARE > docs {
                    let mut counts = Counted::default();
                    gaps.iter().for_each(|(doc, count)| counts.set(doc, count));
                    *self = Holders::Many(counts, gaps.holders());
                }
            }
            Holders::Many(counts, holders) => {
                counts.set(doc, count);
                *holders += 1;
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Holders::Few(gaps) => gaps.holders() as usize,
            Holders::Many(_, holders) => *holders as usize,
        }
    }

    /// Whether too many of so many documents hold it to walk them all.
    fn is_common(&self, docs: usize) -> bool {
        // One that was common once is walked again only when it is clearly rare.
        matches!(self, Holders::Many(_, holders) if *holders as usize * 2 * COMMON_SHARE > docs)
    }

    fn count(&self, doc: u32) -> u8 {
        match self {
            Holders::Few(gaps) => {
                let found = gaps.iter().take_while(|(held, _)| *held <= doc).find(|(held, _)| *held == doc);
                found.map_or(0, |(_, count)| count)
            }
            Holders::Many(counts, _) => counts.get(doc),
        }
    }

    /// Documents with their counts, by number.
    fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        let (few, many) = match self {
            Holders::Few(gaps) => (Some(gaps), None),
            Holders::Many(counts, _) => (None, Some(counts)),
        };
        few.into_iter().flat_map(Gaps::iter).chain(many.into_iter().flat_map(Counted::iter))
    }
}

/// A count for each document, from 0 to 15, two in a byte: a word said more often says nothing more.
#[derive(Default)]
struct Counted(Vec<u8>);

impl Counted {
    const COUNT_MAX: u8 = 15;

    /// Sets the count of a document that has none yet.
    fn set(&mut self, doc: u32, count: u8) {
        let bytes = doc as usize / 2 + 1;
        if bytes > self.0.capacity() {
            self.0.reserve_exact(bytes - self.0.len() + room_for(bytes));
        }
        if bytes > self.0.len() {
            self.0.resize(bytes, 0);
        }
        self.0[bytes - 1] |= count.min(Self::COUNT_MAX) << (4 * (doc % 2));
    }

    fn get(&self, doc: u32) -> u8 {
        self.0.get(doc as usize / 2).map_or(0, |byte| byte >> (4 * (doc % 2)) & Self::COUNT_MAX)
    }

    /// Documents with their counts, by number.
    fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        let both = |(at, byte): (u32, &u8)| [(2 * at, byte & Self::COUNT_MAX), (2 * at + 1, byte >> 4)];
        (0..).zip(&self.0).flat_map(both).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: u32 = 6_000;

    /// "deal" stands in every document, "price" in every second, "discount" in every third, "redline" in every hundredth.
    fn postings() -> Postings {
        let mut postings = Postings::default();
        for doc in 0..DOCS {
            let mut counts = Counts::from_iter([("deal".into(), 1)]);
            if doc % 2 == 0 {
                counts.insert("price".into(), 2);
            }
            if doc % 100 == 0 {
                counts.insert("redline".into(), 1);
            }
            if doc % 3 == 0 {
                counts.insert("discount".into(), 7);
            }
            postings.add(doc, 10 + doc % 7, counts);
        }
        postings
    }

    fn sum(postings: &Postings, query: &[(&str, f32)], doc: u32) -> f32 {
        query.iter().map(|(term, weight)| postings.weight(term, doc) * weight).sum()
    }

    #[test]
    fn a_document_is_worth_the_same_however_its_terms_are_kept() {
        let postings = postings();
        let query = [("deal", 1.0), ("price", 0.8), ("discount", 0.9), ("redline", 1.2), ("unknown", 1.0)];
        let mut scores = Scores::default();
        postings.score(&query, DOCS as usize, 10, &mut scores);
        assert_eq!(scores.touched().len(), 60, "common terms alone bring nobody in where others do");
        let docs = [0, 2, 3, 100, 5_999];
        postings.complete(&query, &docs, &mut scores);
        for doc in docs {
            assert!((scores.get(doc) - sum(&postings, &query, doc)).abs() < 1e-4, "{doc}");
        }
    }

    #[test]
    fn where_a_query_has_only_common_words_they_bring_the_documents_in() {
        let postings = postings();
        let query = [("price", 1.0)];
        let mut scores = Scores::default();
        postings.score(&query, DOCS as usize, 10, &mut scores);
        assert_eq!(scores.touched().len(), DOCS as usize / 2);
        postings.complete(&query, &[4], &mut scores);
        assert!((scores.get(4) - postings.weight("price", 4)).abs() < 1e-4, "counted once");
    }

    #[test]
    fn numbered_anew_a_document_keeps_its_worth() {
        let mut postings = postings();
        let before = postings.weight("redline", 200);
        let numbers: Vec<Option<u32>> = (0..DOCS).map(|doc| (doc >= 100).then(|| doc - 100)).collect();
        (0..100).for_each(|doc| postings.forget(doc));
        postings.renumber(&numbers);
        assert!((postings.weight("redline", 100) - before).abs() < 0.05);
        assert_eq!(postings.weight("redline", 101), 0.0);
    }
}
