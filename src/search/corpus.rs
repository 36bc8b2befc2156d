//! What is known of all texts together, by which words are weighed (BM25, as the engine reckons it).

use super::postings::{Way, limit_of};
use tantivy::query::{Bm25StatisticsProvider as _, Bm25Weight, EnableScoring, PhraseQuery, Query as _};
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

/// A word is rare that one in so many documents has at most.
const RARE_ONE_IN: u64 = 4;

/// All texts of an index as it stands.
pub(super) struct Corpus<'a> {
    searcher: &'a Searcher,
    documents: u64,
    /// The fields that are searched, each with how many words its texts have in the mean.
    means: Vec<(Field, f32)>,
}

impl<'a> Corpus<'a> {
    /// Those of these fields.
    pub(super) fn new(searcher: &'a Searcher, fields: &[Field]) -> tantivy::Result<Self> {
        let documents = searcher.total_num_docs()?;
        let mean = |field: &Field| -> tantivy::Result<(Field, f32)> {
            Ok((*field, searcher.total_num_tokens(*field)? as f32 / documents as f32))
        };
        Ok(Self { searcher, documents, means: fields.iter().map(mean).collect::<tantivy::Result<_>>()? })
    }

    /// How many documents have a word.
    pub(super) fn documents_with(&self, word: &Term) -> tantivy::Result<u64> {
        self.searcher.doc_freq(word)
    }

    /// Having a word that so many documents have, worth so much more than is usual.
    pub(super) fn word(&self, term: Term, having: u64, boost: f32) -> Way {
        let mean = self.means.iter().find(|(field, _)| *field == term.field()).map_or(0.0, |(_, mean)| *mean);
        let having = having.min(self.documents);
        let weight = Bm25Weight::for_one_term_without_explain(having, self.documents, mean).boost_by(boost);
        Way::Word { term, weight, mean, is_rare: having <= self.documents / RARE_ONE_IN }
    }

    /// Having words next to each other, at least two.
    pub(super) fn phrase(&self, words: Vec<Term>) -> tantivy::Result<Way> {
        let most = limit_of(&Bm25Weight::for_terms(self.searcher, &words)?);
        let weight = PhraseQuery::new(words).weight(EnableScoring::enabled_from_searcher(self.searcher))?;
        Ok(Way::Phrase(weight, most))
    }

    /// How much a word tells that so many documents have.
    pub(super) fn rarity(&self, having: u64) -> f32 {
        let (all, having) = (self.documents as f32, having.min(self.documents) as f32);
        (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
    }
}
