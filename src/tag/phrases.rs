//! Phrases found in words by their stems: what the lexicon and the facets have in common.

use super::read::{Word, phrase_hashes};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Range;

struct Phrase<T> {
    hashes: Vec<u64>,
    means: Vec<T>,
}

/// Phrases by their first word, longest first, each with what it means.
pub(super) struct Phrases<T> {
    by_first: HashMap<u64, Vec<Phrase<T>>, RandomState>,
}

impl<T: PartialEq> Phrases<T> {
    /// Takes phrases with their meanings; a phrase given twice means both, in the order given.
    pub fn new<'a>(entries: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let mut by_first: HashMap<u64, Vec<Phrase<T>>, RandomState> = HashMap::default();
        for (phrase, meaning) in entries {
            let hashes = phrase_hashes(phrase);
            let Some(first) = hashes.first() else { continue };
            let phrases = by_first.entry(*first).or_default();
            match phrases.iter_mut().find(|known| known.hashes == hashes) {
                Some(known) if known.means.contains(&meaning) => {}
                Some(known) => known.means.push(meaning),
                None => phrases.push(Phrase { hashes, means: vec![meaning] }),
            }
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.hashes.len()));
        }
        Self { by_first }
    }

    /// Every phrase in these words, the longest at each place; a word belongs to one phrase only, so that
    /// "closing costs" does not also say "closing".
    pub fn find(&self, words: &[Word]) -> Vec<(Range<usize>, &[T])> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let phrases = self.by_first.get(&word.hash).map_or(&[][..], Vec::as_slice);
            let longest = phrases.iter().find(|phrase| phrase.stands_at(words, at));
            let len = longest.map_or(1, |phrase| phrase.hashes.len());
            if let Some(phrase) = longest {
                found.push((at..at + len, phrase.means.as_slice()));
            }
            at += len;
        }
        found
    }
}

impl<T> Phrase<T> {
    fn stands_at(&self, words: &[Word], at: usize) -> bool {
        words.get(at..at + self.hashes.len()).is_some_and(|here| {
            here.iter().zip(&self.hashes).all(|(word, hash)| word.hash == *hash && word.part == here[0].part)
        })
    }
}
