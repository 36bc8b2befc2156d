//! Where a segment of the index has a word, walked forward, with the most that the part at hand can be worth.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::query::{Bm25Weight, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader, TERMINATED, Term};

/// No document comes later.
pub(super) const LAST: DocId = TERMINATED - 1;

/// Of a word that more documents have some come close to what any could be worth, and looking at each of its blocks would
/// cost more than it saves.
const LOOKED_AHEAD_MAX: u32 = 128_000;

/// A way in which a document may have what is asked for.
pub(super) enum Way {
    /// It has the word, in a field whose texts have so many words in the mean. Worth what BM25 says. Rare is a word that
    /// few documents have in that field.
    Word { term: Term, weight: Bm25Weight, mean: f32, is_rare: bool },
    /// It has the word. Worth always this.
    Always(Term, f32),
    /// It has these words next to each other. Worth what BM25 says, at most this.
    Phrase(Box<dyn Weight>, f32),
    /// It has it in one of these ways. Worth the best of them.
    OneOf(Vec<Way>),
}

/// The documents of a segment that have it in one way, in their order, from the first one on.
pub(super) struct Postings {
    /// The document at hand, or `TERMINATED`.
    doc: DocId,
    list: List,
}

enum List {
    Word {
        block: Box<BlockSegmentPostings>,
        at: usize,
        worth: Worth,
    },
    Phrase {
        scorer: Box<dyn Scorer>,
        most: f32,
    },
    /// Of many lists the blocks are not looked at: the most counts that any of them is worth ahead.
    OneOf {
        lists: Vec<Postings>,
        most: f32,
    },
}

/// What a document is worth that has a word.
enum Worth {
    Bm25 {
        weight: Bm25Weight,
        norms: FieldNormReader,
        /// By so much a document may be worth more than its block says; see [`slack`].
        slack: f32,
    },
    Always(f32),
}

impl Postings {
    /// Those of one way; none where no document of the segment has it so.
    pub(super) fn open(way: &Way, segment: &SegmentReader) -> tantivy::Result<Option<Self>> {
        Ok(match way {
            Way::Word { term, weight, mean, .. } => {
                let inverted = segment.inverted_index(term.field())?;
                let Some(block) = inverted.read_block_postings(term, IndexRecordOption::WithFreqs)? else {
                    return Ok(None);
                };
                let here = inverted.total_num_tokens() as f32 / segment.max_doc().max(1) as f32;
                let norms = segment.get_fieldnorms_reader(term.field())?;
                Some(Self::of(block, Worth::Bm25 { weight: weight.clone(), norms, slack: slack(here, *mean) }))
            }
            Way::Always(term, score) => {
                let block =
                    segment.inverted_index(term.field())?.read_block_postings(term, IndexRecordOption::Basic)?;
                block.map(|block| Self::of(block, Worth::Always(*score)))
            }
            Way::Phrase(weight, most) => {
                let scorer = weight.scorer(segment, 1.0)?;
                Some(Self { doc: scorer.doc(), list: List::Phrase { scorer, most: *most } })
            }
            Way::OneOf(ways) => {
                let mut lists = Vec::with_capacity(ways.len());
                for way in ways {
                    lists.extend(Self::open(way, segment)?);
                }
                let first = lists.iter().map(Self::doc).min();
                first.map(|doc| Self { doc, list: List::OneOf { lists, most: f32::INFINITY } })
            }
        })
    }

    fn of(block: BlockSegmentPostings, worth: Worth) -> Self {
        Self { doc: block.doc(0), list: List::Word { block: Box::new(block), at: 0, worth } }
    }

    pub(super) fn doc(&self) -> DocId {
        self.doc
    }

    /// Goes to the first document from this one on, never back.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            self.doc = match &mut self.list {
                List::Word { block, at, .. } => {
                    // Of a frequent word it is the next one most often.
                    let next = *at + 1;
                    let is_next = next < block.block_len() && block.doc(next) >= target;
                    *at = if is_next { next } else { block.seek(target) };
                    block.doc(*at)
                }
                List::Phrase { scorer, .. } => scorer.seek(target),
                List::OneOf { lists, .. } => lists.iter_mut().map(|list| list.seek(target)).min().unwrap_or(TERMINATED),
            };
        }
        self.doc
    }

    /// What the document at hand is worth.
    pub(super) fn score(&mut self) -> f32 {
        match &mut self.list {
            List::Word { block, at, worth: Worth::Bm25 { weight, norms, .. } } => {
                weight.score(norms.fieldnorm_id(self.doc), block.freq(*at))
            }
            List::Word { worth: Worth::Always(score), .. } => *score,
            List::Phrase { scorer, .. } => scorer.score(),
            List::OneOf { lists, .. } => {
                let here = lists.iter_mut().filter(|list| list.doc == self.doc);
                here.map(Self::score).fold(0.0, f32::max)
            }
        }
    }

    /// The last document of the block at hand, for which [`Postings::block_most`] speaks.
    pub(super) fn block_end(&self) -> DocId {
        match &self.list {
            List::Word { block, .. } => block.docs().last().copied().unwrap_or(LAST),
            List::Phrase { .. } | List::OneOf { .. } => LAST,
        }
    }

    /// No document of the block at hand is worth more.
    pub(super) fn block_most(&mut self) -> f32 {
        match &mut self.list {
            List::Word { block, worth: Worth::Bm25 { weight, norms, slack }, .. } => {
                block.block_max_score(norms, weight) * *slack
            }
            List::Word { worth: Worth::Always(score), .. } => *score * ROUNDED,
            List::Phrase { most, .. } | List::OneOf { most, .. } => *most,
        }
    }

    /// No document from the one at hand on is worth more.
    pub(super) fn most(&mut self) -> f32 {
        match &mut self.list {
            List::Word { block, worth: Worth::Bm25 { weight, norms, slack }, .. } => {
                if block.doc_freq() > LOOKED_AHEAD_MAX {
                    return limit_of(weight);
                }
                let (mut ahead, mut most) = (block.clone(), 0.0_f32);
                while ahead.block_len() > 0 {
                    most = most.max(ahead.block_max_score(norms, weight));
                    ahead.advance();
                }
                most * *slack
            }
            List::Word { worth: Worth::Always(score), .. } => *score * ROUNDED,
            List::Phrase { most, .. } => *most,
            List::OneOf { lists, most } => {
                *most = lists.iter_mut().map(Self::most).fold(0.0, f32::max);
                *most
            }
        }
    }
}

/// Bounds and worth are sums in different orders: by so much a bound is raised that rounding cannot make it the smaller.
const ROUNDED: f32 = 1.000_01;

/// What no document is worth, however often and in however short a text it has the words.
pub(super) fn limit_of(weight: &Bm25Weight) -> f32 {
    weight.score(0, u32::MAX) * ROUNDED
}

/// A block names the document that is worth most by the mean length of the segment's texts, but worth is taken by the
/// mean length of all. Both divide a word's count by a length, so they differ by the ratio of the means at most.
fn slack(here: f32, all: f32) -> f32 {
    let ratio = if here > 0.0 && all > 0.0 { here / all } else { 1.0 };
    ratio.max(1.0 / ratio) * ROUNDED
}
