use super::words::{Stems, Word};
use crate::model::Stage;
use foldhash::fast::RandomState;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

/// One concept of the trade.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Concept {
    pub(super) name: String,
    /// Completes "speaks of ...".
    pub(super) says: String,
    /// The kind of concern, as the tagger's facets name it.
    pub(super) objection: Option<String>,
    /// What advice a deal needs that holds it.
    #[serde(default)]
    pub(super) needs: BTreeMap<Stage, f32>,
    phrases: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    skip: Vec<String>,
    concepts: Vec<Concept>,
}

/// A place where a concept stands in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    /// Index into `Concepts::all`.
    pub(super) concept: usize,
    /// Words from and up to.
    pub(super) words: (usize, usize),
}

/// The concepts of the trade with their phrases, found by stems.
#[derive(Default)]
pub(super) struct Concepts {
    pub(super) all: Vec<Concept>,
    /// What each is called among the terms of a text: no word begins so.
    pub(super) keys: Vec<Arc<str>>,
    /// First stem to the phrases that begin with it, longest first.
    by_first: HashMap<Arc<str>, Vec<Phrase>, RandomState>,
}

struct Phrase {
    stems: Vec<Arc<str>>,
    /// Index into `all`; none hides what stands inside.
    concept: Option<usize>,
}

impl Concepts {
    /// The concepts that ship with the program, read once.
    pub(super) fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Concepts> = LazyLock::new(Concepts::read);
        &SHIPPED
    }

    fn read() -> Self {
        let stems = &mut Stems::default();
        // The file is part of the program and a promise reads it; without it picking goes by words alone.
        let file: File = serde_saphyr::from_str(include_str!("../../assets/picking/concepts.yaml")).unwrap_or_default();
        let keys = file.concepts.iter().map(|concept| format!("#{}", concept.name).into()).collect();
        let mut concepts = Self { all: file.concepts, keys, ..Self::default() };
        let mut add = |phrase: &str, concept: Option<usize>| {
            let stems: Vec<Arc<str>> = stems.words(phrase).into_iter().map(|word| word.stem).collect();
            if let Some(first) = stems.first() {
                concepts.by_first.entry(first.clone()).or_default().push(Phrase { stems, concept });
            }
        };
        file.skip.iter().for_each(|phrase| add(phrase, None));
        for (at, concept) in concepts.all.iter().enumerate() {
            concept.phrases.iter().for_each(|phrase| add(phrase, Some(at)));
        }
        let longest_first = |phrase: &Phrase| std::cmp::Reverse(phrase.stems.len());
        concepts.by_first.values_mut().for_each(|phrases| phrases.sort_by_key(longest_first));
        concepts
    }

    /// Every concept of a text, from left to right; at one place the longest phrase wins.
    pub(super) fn find(&self, words: &[Word]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let phrases = self.by_first.get(&words[at].stem).map_or(&[][..], Vec::as_slice);
            let fits = |phrase: &&Phrase| {
                let stems = &phrase.stems;
                words.len() >= at + stems.len() && stems.iter().zip(&words[at..]).all(|(stem, word)| *stem == word.stem)
            };
            match phrases.iter().find(fits) {
                Some(phrase) => {
                    let until = at + phrase.stems.len();
                    hits.extend(phrase.concept.map(|concept| Hit { concept, words: (at, until) }));
                    at = until;
                }
                None => at += 1,
            }
        }
        hits
    }
}
