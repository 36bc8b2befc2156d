//! Walks the documents that have what is asked for, counts them, and keeps the best.
//!
//! Each is weighed until enough of them were counted. From then on a run of documents is passed over where the most that
//! its blocks of postings say is not enough to come among the best (Ding and Suel, "Faster top-k document retrieval
//! using block-max indexes", SIGIR 2011), and inside a run only postings are followed that a document needs to come
//! among them (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995). The best are the same as if
//! each had been weighed.

use super::part::Part;
use super::postings::{LAST, Way};
use super::top::Top;
use tantivy::query::{EnableScoring, Query, Scorer};
use tantivy::{DocAddress, DocId, Searcher, SegmentReader, TERMINATED};

/// Whether a document has to have each part, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Each,
    Any,
}

/// How many documents are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// So many of the best.
    pub(super) best: usize,
    /// So many are counted, not fewer than are wanted; of more it is only said that there are more.
    pub(super) counted: usize,
}

/// What was found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Best {
    /// How many documents, as far as they were counted.
    pub(super) total: usize,
    /// There are more.
    pub(super) more: bool,
    /// The best ones, best first, in the order of the index where they are worth the same.
    pub(super) found: Vec<DocAddress>,
}

/// The best documents that have the parts, each of them in one of its ways, among those that `around` leaves.
pub(super) fn best(
    searcher: &Searcher,
    around: &dyn Query,
    parts: &[Vec<Way>],
    needs: Needs,
    wanted: Wanted,
) -> tantivy::Result<Best> {
    let around = around.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let walk = |wanted: Wanted, floor: f32, ways_of: fn(&[Way]) -> Vec<&Way>| -> tantivy::Result<(Top, usize)> {
        let (mut top, mut total) = (Top::new(wanted.best, floor), 0);
        for (number, segment) in searcher.segment_readers().iter().enumerate() {
            let opened = parts.iter().map(|ways| Part::open(&ways_of(ways), segment));
            let opened = opened.collect::<tantivy::Result<_>>()?;
            let around = around.scorer(segment, 1.0)?;
            let mut walk =
                Walk { number: number as u32, segment, parts: opened, around, needs, top, total, left_at: f32::NAN };
            walk.all(wanted.counted);
            (top, total) = (walk.top, walk.total);
        }
        Ok((top, total))
    };
    // Documents that have what is asked for in rare ways are few and worth much: what they are worth for these alone is
    // soon known, and the best of all are worth no less.
    let mut floor = f32::NEG_INFINITY;
    if parts.iter().flatten().any(is_rare) {
        let (few, _) = walk(Wanted { counted: wanted.best, ..wanted }, floor, rare_ways)?;
        floor = few.worst().unwrap_or(floor);
    }
    let (top, total) = walk(wanted, floor, |ways| ways.iter().collect())?;
    Ok(Best { total: total.min(wanted.counted), more: total > wanted.counted, found: top.into() })
}

/// The rare ones of the ways of a part, or all where none is rare.
fn rare_ways(ways: &[Way]) -> Vec<&Way> {
    let all = !ways.iter().any(is_rare);
    ways.iter().filter(|way| all || is_rare(way)).collect()
}

fn is_rare(way: &Way) -> bool {
    matches!(way, Way::Word { is_rare: true, .. })
}

/// A walk through one segment.
struct Walk<'a> {
    number: u32,
    segment: &'a SegmentReader,
    parts: Vec<Part>,
    around: Box<dyn Scorer>,
    needs: Needs,
    top: Top,
    total: usize,
    /// The worth for which ways were last left.
    left_at: f32,
}

impl Walk<'_> {
    fn all(&mut self, counted_max: usize) {
        let mut doc = 0;
        loop {
            let counts = self.total <= counted_max;
            if !counts && !self.leave_for_good() {
                return;
            }
            self.parts.iter_mut().for_each(Part::follow_all);
            doc = self.next(doc, LAST);
            if doc > LAST {
                return;
            }
            if counts {
                self.weigh(doc);
                doc += 1;
                continue;
            }
            let end = self.begin_run();
            if self.follow() {
                loop {
                    doc = self.next(doc, end);
                    if doc > end {
                        break;
                    }
                    let most: f32 = self.parts.iter_mut().map(|part| part.most_of(doc)).sum();
                    if most > self.top.threshold() {
                        self.weigh(doc);
                    }
                    doc += 1;
                }
            }
            doc = end + 1;
        }
    }

    /// The first document from this one to the last that has what is needed in ways that are followed; a later one where
    /// there is none. Goes nowhere behind the last, as other ways may be followed there.
    fn next(&mut self, mut doc: DocId, last: DocId) -> DocId {
        while doc <= last {
            let mut next = doc;
            match self.needs {
                Needs::Any => next = self.parts.iter_mut().map(|part| part.next(doc)).min().unwrap_or(TERMINATED),
                Needs::Each => {
                    for part in &mut self.parts {
                        next = part.next(doc);
                        if next > doc {
                            break;
                        }
                    }
                }
            }
            if next == doc {
                if self.around.doc() < doc {
                    self.around.seek(doc);
                }
                next = self.around.doc();
                if next == doc {
                    break;
                }
            }
            doc = next;
        }
        doc
    }

    fn weigh(&mut self, doc: DocId) {
        if !self.segment.is_deleted(doc) {
            let score = self.parts.iter_mut().map(|part| part.score(doc)).sum();
            self.top.enter(score, DocAddress::new(self.number, doc));
            self.total += 1;
        }
    }

    /// Follows only what a document of the segment needs to come among the best from now on; false where none can.
    fn leave_for_good(&mut self) -> bool {
        let threshold = self.top.threshold();
        if threshold == self.left_at {
            return true;
        }
        self.left_at = threshold;
        let ahead: Vec<f32> = self.parts.iter_mut().map(Part::worth_ahead).collect();
        let most: f32 = ahead.iter().sum();
        match self.needs {
            Needs::Each => {
                let mut parts = self.parts.iter_mut().zip(ahead);
                parts.all(|(part, ahead)| part.leave_for_good(threshold - (most - ahead)))
            }
            Needs::Any => most > threshold,
        }
    }

    /// Looks at the run that begins with a document, and says which one is its last: up to there the blocks at hand say
    /// what is worth most.
    fn begin_run(&mut self) -> DocId {
        let end = self.parts.iter().map(Part::end).min().unwrap_or(LAST);
        self.parts.iter_mut().for_each(|part| part.read_most(end));
        end
    }

    /// Follows only what a document of the run needs to come among the best; false where none can.
    fn follow(&mut self) -> bool {
        let threshold = self.top.threshold();
        let most: f32 = self.parts.iter().map(|part| part.worth).sum();
        if most <= threshold {
            return false;
        }
        match self.needs {
            Needs::Each => {
                for part in &mut self.parts {
                    part.follow(threshold - (most - part.worth));
                }
            }
            Needs::Any => {
                // The parts themselves stay in their order: a sum in another one is rounded otherwise.
                let mut places: Vec<usize> = (0..self.parts.len()).collect();
                places.sort_unstable_by(|a, b| self.parts[*a].worth.total_cmp(&self.parts[*b].worth));
                let mut enough = threshold;
                for part in places {
                    let part = &mut self.parts[part];
                    if part.worth > enough {
                        break;
                    }
                    enough -= part.worth;
                    part.follow(f32::INFINITY);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::corpus::Corpus;
    use super::super::part::OTHERS_SHARE;
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::sync::LazyLock;
    use tantivy::collector::{Count, TopDocs};
    use tantivy::query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery, TermQuery,
    };
    use tantivy::schema::{Field, IndexRecordOption, STRING, Schema, TEXT};
    use tantivy::{Index, Term, doc};

    const WORDS: usize = 60;

    struct Shelf {
        searcher: Searcher,
        title: Field,
        text: Field,
        audience: Field,
    }

    /// Texts in four segments, longer ones in later segments, some of them taken out again.
    static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
        let mut schema = Schema::builder();
        let (title, text) = (schema.add_text_field("title", TEXT), schema.add_text_field("text", TEXT));
        let (audience, id) = (schema.add_text_field("audience", STRING), schema.add_text_field("id", STRING));
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
        writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
        let mut state = 7_u64;
        let mut below = |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % most
        };
        for segment in 1..=4 {
            for number in 0..900 {
                let mut words = |count: usize| -> String {
                    // The lower the number, the more frequent the word.
                    (0..count).map(|_| format!("w{} ", below(WORDS) * below(WORDS) / WORDS)).collect()
                };
                let (heading, body) = (words(4), words(15 * segment));
                let team = if number % 3 == 0 { "north" } else { "everyone" };
                let id_text = format!("{segment} {number}");
                let document = doc!(title => heading, text => body, audience => team, id => id_text);
                writer.add_document(document).expect("taken in");
            }
            writer.commit().expect("a segment");
        }
        for number in (0..900).step_by(7) {
            writer.delete_term(Term::from_field_text(id, &format!("2 {number}")));
        }
        writer.commit().expect("taken out");
        let reader = index.reader().expect("a reader");
        Shelf { searcher: reader.searcher(), title, text, audience }
    });

    /// A way in which a word is asked for, as the engine's own queries and as the walk take it.
    #[derive(Clone, Debug)]
    enum Asked {
        Word(Term, f32),
        Always(Term, f32),
        Phrase(Vec<Term>),
        OneOf(Vec<Asked>),
    }

    fn asked() -> impl Strategy<Value = Asked> {
        let word = move || (0..WORDS, any::<bool>()).prop_map(|(word, heading)| (format!("w{word}"), heading));
        let term = move |(word, heading): (String, bool)| {
            Term::from_field_text(if heading { SHELF.title } else { SHELF.text }, &word)
        };
        let weighed = move || (word(), 0.2_f32..3.0).prop_map(move |(word, weight)| Asked::Word(term(word), weight));
        let always = move || (word(), 0.001_f32..2.0).prop_map(move |(word, score)| Asked::Always(term(word), score));
        prop_oneof![
            8 => weighed(),
            1 => always(),
            1 => prop::collection::vec(weighed(), 0..9).prop_map(Asked::OneOf),
            1 => prop::collection::vec(always(), 0..9).prop_map(Asked::OneOf),
            1 => (0..8_usize, 0..8_usize).prop_map(|(one, two)| {
                Asked::Phrase([one, two].map(|word| Term::from_field_text(SHELF.text, &format!("w{word}"))).to_vec())
            }),
        ]
    }

    fn way(asked: &Asked, corpus: &Corpus<'_>) -> Way {
        match asked {
            Asked::Word(term, boost) => {
                corpus.word(term.clone(), corpus.documents_with(term).expect("counted"), *boost)
            }
            Asked::Always(term, score) => Way::Always(term.clone(), *score),
            Asked::Phrase(terms) => corpus.phrase(terms.clone()).expect("a phrase"),
            Asked::OneOf(all) => Way::OneOf(all.iter().map(|one| way(one, corpus)).collect()),
        }
    }

    /// The same as the engine's own queries, which weigh every document.
    fn weighing_all(around: &dyn Query, parts: &[Vec<Asked>], needs: Needs) -> BooleanQuery {
        fn one(way: &Asked) -> Box<dyn Query> {
            let word = |term: &Term| Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs));
            match way {
                Asked::Word(term, weight) => Box::new(BoostQuery::new(word(term), *weight)),
                Asked::Always(term, score) => Box::new(ConstScoreQuery::new(word(term), *score)),
                Asked::Phrase(terms) => Box::new(PhraseQuery::new(terms.clone())),
                Asked::OneOf(ways) => Box::new(DisjunctionMaxQuery::new(ways.iter().map(one).collect())),
            }
        }
        let together = |ways: &Vec<Asked>| -> Box<dyn Query> {
            Box::new(DisjunctionMaxQuery::with_tie_breaker(ways.iter().map(one).collect(), OTHERS_SHARE))
        };
        let parts: Vec<Box<dyn Query>> = parts.iter().map(together).collect();
        let wanted = match needs {
            Needs::Each => BooleanQuery::intersection(parts),
            Needs::Any => BooleanQuery::union(parts),
        };
        let around = ConstScoreQuery::new(around.box_clone(), 0.0);
        BooleanQuery::new(vec![(Occur::Must, Box::new(around)), (Occur::Must, Box::new(wanted))])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_best_are_those_that_weighing_all_would_find(
            asked in prop::collection::vec(prop::collection::vec(asked(), 1..5), 1..4),
            any in any::<bool>(),
            narrow in any::<bool>(),
            best in 1..40_usize,
        ) {
            let Shelf { searcher, title, text, audience } = &*SHELF;
            let corpus = Corpus::new(searcher, &[*title, *text]).expect("texts");
            let parts: Vec<Vec<Way>> = asked.iter().map(|ways| ways.iter().map(|one| way(one, &corpus)).collect()).collect();
            let needs = if any { Needs::Any } else { Needs::Each };
            let everyone = Term::from_field_text(*audience, "everyone");
            let around: Box<dyn Query> =
                if narrow { Box::new(TermQuery::new(everyone, IndexRecordOption::Basic)) } else { Box::new(AllQuery) };
            let all = TopDocs::with_limit(10_000).order_by_score();
            let (total, all) = searcher
                .search(&weighing_all(&*around, &asked, needs), &(Count, all))
                .expect("searched");
            let worth: HashMap<DocAddress, f32> = all.iter().map(|(score, at)| (*at, *score)).collect();
            let counted = super::best(searcher, &*around, &parts, needs, Wanted { best, counted: 10_000 }).expect("found");
            prop_assert_eq!((counted.total, counted.more), (total, false));
            let passed_over = super::best(searcher, &*around, &parts, needs, Wanted { best, counted: best }).expect("found");
            prop_assert_eq!((passed_over.total, passed_over.more), (total.min(best), total > best));
            prop_assert_eq!(&passed_over.found, &counted.found);
            prop_assert_eq!(counted.found.len(), total.min(best));
            for (found, (score, _)) in counted.found.iter().zip(&all) {
                prop_assert!((worth[found] - score).abs() < 1e-4, "{} is not {}", worth[found], score);
            }
        }
    }
}
