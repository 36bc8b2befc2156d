//! From what is asked to what the index is asked.
//!
//! A word is looked for as written, by its stem, by what begins with it where it is still being typed, and, where
//! few posts have it, by words that differ by a typing error. The index's own words are asked which these are, so
//! each search stays a handful of exact look-ups, and highlighting knows what was found.

use super::corpus::Corpus;
use super::fields::{EVERYONE, Fields, mentor_term, team_term};
use super::postings::Way;
use super::query::{Asked, Part, Query, Reader as For};
use super::snippet::Sought;
use super::words::{Reader, STEM_MARK, Word};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Bound;
use tantivy::query::{
    AllQuery, BooleanQuery, EmptyQuery, FuzzyTermQuery, Occur, Query as IndexQuery, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::{Language, RawTokenizer, StopWordFilter, TextAnalyzer};
use tantivy::{Searcher, Term};

/// A word in the title counts so much more than one in the text.
const TITLE_WEIGHT: f32 = 2.0;
/// Another form of the word, against the word itself.
const STEM_WEIGHT: f32 = 0.7;
/// What begins with the word that is being typed.
const BEGUN_WEIGHT: f32 = 0.4;
/// One typing error: found, but below everything that is written right.
const TYPO_SCORE: f32 = 0.001;

/// Words with fewer letters are not taken for mistyped.
const TYPO_LETTERS_MIN: usize = 4;
/// Words with so many letters may have two errors.
const TWO_TYPOS_LETTERS_MIN: usize = 8;
/// Where so many posts have the word as written, it is no typing error.
const TYPO_POSTS_MAX: u64 = 10;

/// Words of the index that may stand for one that is asked for; the most frequent are taken.
const EXPANSIONS_MAX: usize = 20;
/// Words of the index that are looked at for that.
const LOOKED_AT_MAX: usize = 5_000;

/// What the index is asked, and what to mark in what it finds.
pub(super) struct Plan {
    /// Among which posts: those that may be seen, that the filters leave and that have no word that is not wanted.
    pub(super) around: Box<dyn IndexQuery>,
    /// What is looked for, part by part; nothing where the newest are asked for.
    pub(super) parts: Vec<Vec<Way>>,
    /// What to mark.
    pub(super) sought: Sought,
}

type Clause = (Occur, Box<dyn IndexQuery>);

/// Plans a search over the index as it stands.
pub(super) fn plan(query: &Query, asked: &Asked, fields: &Fields, searcher: &Searcher) -> tantivy::Result<Plan> {
    let languages = languages(query, fields, searcher)?;
    let corpus = Corpus::new(searcher, &[fields.all, fields.title])?;
    let mut planner = Planner { fields, searcher, corpus, readers: readers(&languages), sought: Sought::default() };
    let mut parts = Vec::new();
    for part in without_stop_words(&asked.parts, &languages) {
        parts.push(planner.part(part)?);
    }
    let mut around = filters(query, fields);
    let nothing_readable = parts.is_empty() && asked.without.is_empty() && !query.text.trim().is_empty();
    let some: Box<dyn IndexQuery> = if nothing_readable { Box::new(EmptyQuery) } else { Box::new(AllQuery) };
    around.push((Occur::Must, some));
    for word in &asked.without {
        for word in planner.forms(word) {
            let term = Term::from_field_text(fields.all, &word.plain);
            around.push((Occur::MustNot, Box::new(TermQuery::new(term, IndexRecordOption::Basic))));
        }
    }
    Ok(Plan { around: Box::new(BooleanQuery::new(around)), parts, sought: planner.sought })
}

/// The languages whose stems are looked for: the one asked for, or those that the index holds.
fn languages(query: &Query, fields: &Fields, searcher: &Searcher) -> tantivy::Result<Vec<String>> {
    if let Some(language) = &query.language {
        return Ok(vec![language.clone()]);
    }
    let mut languages = Vec::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.language)?;
        let mut known = inverted.terms().stream()?;
        while known.advance() {
            let language = String::from_utf8_lossy(known.key()).into_owned();
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
    }
    Ok(languages)
}

fn readers(languages: &[String]) -> Vec<Reader> {
    match languages {
        [] => vec![Reader::new("")],
        some => some.iter().map(|language| Reader::new(language)).collect(),
    }
}

/// Leaves "how", "to" and "the" away where something else is asked for.
fn without_stop_words<'a>(parts: &'a [Part], languages: &[String]) -> Vec<&'a Part> {
    let known = languages.iter().filter_map(|language| stop_language(language)).filter_map(StopWordFilter::new);
    let mut filters: Vec<_> =
        known.map(|filter| TextAnalyzer::builder(RawTokenizer::default()).filter(filter).build()).collect();
    let mut is_stop_word = |part: &Part| match part {
        Part::Word(word) => {
            let word = word.to_lowercase();
            filters.iter_mut().any(|filter| !filter.token_stream(&word).advance())
        }
        Part::Begun(_) | Part::Phrase(_) => false,
    };
    let telling: Vec<_> = parts.iter().filter(|part| !is_stop_word(part)).collect();
    if telling.is_empty() { parts.iter().collect() } else { telling }
}

fn stop_language(code: &str) -> Option<Language> {
    Some(match code {
        "da" => Language::Danish,
        "de" => Language::German,
        "en" => Language::English,
        "es" => Language::Spanish,
        "fi" => Language::Finnish,
        "fr" => Language::French,
        "hu" => Language::Hungarian,
        "it" => Language::Italian,
        "nl" => Language::Dutch,
        "no" | "nb" => Language::Norwegian,
        "pt" => Language::Portuguese,
        "ru" => Language::Russian,
        "sv" => Language::Swedish,
        _ => return None,
    })
}

/// What a post has to be, whatever is looked for in it. The first is who may see it.
fn filters(query: &Query, fields: &Fields) -> Vec<Clause> {
    let must = |field: Field, values: Vec<String>| -> Clause {
        let any = values.iter().map(|value| {
            let term = Term::from_field_text(field, value);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn IndexQuery>
        });
        (Occur::Must, Box::new(BooleanQuery::union(any.collect())))
    };
    let mut filters = Vec::new();
    match &query.reader {
        For::Admin => {}
        For::Of { team } => {
            let everyone = EVERYONE.to_owned();
            let audiences = [everyone].into_iter().chain(team.as_deref().map(team_term));
            filters.push(must(fields.audience, audiences.collect()));
        }
    }
    let named = [
        (fields.stage, query.stage.map(|stage| stage.as_str().to_owned())),
        (fields.source, query.source.as_ref().map(|source| source.as_str().to_owned())),
        (fields.mentor, query.mentor.as_deref().map(mentor_term)),
        (fields.language, query.language.clone()),
        (fields.kind, query.kind.map(|kind| kind.as_str().to_owned())),
    ];
    filters.extend(named.into_iter().filter_map(|(field, value)| Some(must(field, vec![value?]))));
    if query.since.is_some() || query.until.is_some() {
        let second = |at: jiff::Timestamp| Term::from_field_i64(fields.dated_s, at.as_second());
        let from = query.since.map_or(Bound::Unbounded, |at| Bound::Included(second(at)));
        let to = query.until.map_or(Bound::Unbounded, |at| Bound::Excluded(second(at)));
        filters.push((Occur::Must, Box::new(RangeQuery::new(from, to))));
    }
    filters
}

struct Planner<'a> {
    fields: &'a Fields,
    searcher: &'a Searcher,
    corpus: Corpus<'a>,
    readers: Vec<Reader>,
    sought: Sought,
}

impl Planner<'_> {
    fn part(&mut self, part: &Part) -> tantivy::Result<Vec<Way>> {
        match part {
            Part::Word(word) => self.word(word, false),
            Part::Begun(word) => self.word(word, true),
            Part::Phrase(words) => Ok(vec![self.phrase(words)?]),
        }
    }

    /// A word as each language reads it; the plain word is the same in all.
    fn forms(&mut self, word: &str) -> Vec<Word> {
        self.readers.iter_mut().map(|reader| reader.read(word).clone()).collect()
    }

    /// Adds a word where it stands in any field and once more where it stands in the title. Says how many posts have it.
    fn weigh(&self, ways: &mut Vec<Way>, word: &str, weight: f32) -> tantivy::Result<u64> {
        let mut posts = 0;
        for (field, weight) in [(self.fields.title, weight * TITLE_WEIGHT), (self.fields.all, weight)] {
            let term = Term::from_field_text(field, word);
            posts = self.corpus.documents_with(&term)?;
            if posts > 0 {
                ways.push(self.corpus.word(term, posts, weight));
            }
        }
        Ok(posts)
    }

    fn word(&mut self, word: &str, begun: bool) -> tantivy::Result<Vec<Way>> {
        let forms = self.forms(word);
        let plain = forms.first().map(|form| form.plain.clone()).unwrap_or_default();
        let mut ways = Vec::new();
        let mut posts = self.weigh(&mut ways, &plain, 1.0)?;
        self.sought.words.insert(plain.clone());
        // "close" is its own stem, yet "closing" was indexed with it.
        let own_stem = format!("{STEM_MARK}{plain}");
        for stem in forms.into_iter().filter_map(|form| form.stem).chain([own_stem]) {
            // A word that is its own stem was indexed without a second one.
            for form in [stem.trim_start_matches(STEM_MARK).to_owned(), stem] {
                if self.sought.words.insert(form.clone()) {
                    posts += self.weigh(&mut ways, &form, STEM_WEIGHT)?;
                }
            }
        }
        let any = |word: &str| Term::from_field_text(self.fields.all, word);
        if begun {
            let longer = self.beginning_with(&plain)?;
            posts += longer.iter().map(|(_, having)| having).sum::<u64>();
            // Any of them may be meant: a rare one says no more than a frequent one.
            let weight = |having| BEGUN_WEIGHT * self.corpus.rarity(posts) / self.corpus.rarity(having);
            let one_of = longer.iter().map(|(word, having)| self.corpus.word(any(word), *having, weight(*having)));
            ways.push(Way::OneOf(one_of.collect()));
            self.sought.words.extend(longer.into_iter().map(|(word, _)| word));
        }
        if posts < TYPO_POSTS_MAX {
            let meant = self.mistyped(&plain)?;
            let one_of = meant.iter().map(|(errors, _, word)| Way::Always(any(word), TYPO_SCORE / f32::from(*errors)));
            ways.push(Way::OneOf(one_of.collect()));
            self.sought.words.extend(meant.into_iter().map(|(.., word)| word));
        }
        Ok(ways)
    }

    fn phrase(&mut self, words: &[String]) -> tantivy::Result<Way> {
        let plain: Vec<String> =
            words.iter().filter_map(|word| self.forms(word).into_iter().next()).map(|form| form.plain).collect();
        let terms: Vec<Term> = plain.iter().map(|word| Term::from_field_text(self.fields.all, word)).collect();
        self.sought.phrases.push(plain);
        match <[Term; 1]>::try_from(terms) {
            Ok([word]) => {
                let posts = self.corpus.documents_with(&word)?;
                Ok(self.corpus.word(word, posts, 1.0))
            }
            Err(words) => self.corpus.phrase(words),
        }
    }

    /// The most frequent words of the index that begin like this one and are longer, with the number of their posts.
    fn beginning_with(&self, word: &str) -> tantivy::Result<Vec<(String, u64)>> {
        let mut found: HashMap<String, (u8, u64), RandomState> = HashMap::default();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.all)?;
            let mut stream = inverted.terms().range().gt(word.as_bytes()).into_stream()?;
            let mut looked_at = 0;
            while looked_at < LOOKED_AT_MAX && stream.advance() && stream.key().starts_with(word.as_bytes()) {
                looked_at += 1;
                note(&mut found, stream.key(), 1, stream.value().doc_freq);
            }
        }
        Ok(most_frequent(found).into_iter().map(|(_, posts, word)| (word, posts)).collect())
    }

    /// The words of the index that this one may be a typing error of, with the numbers of errors and of posts.
    fn mistyped(&self, word: &str) -> tantivy::Result<Vec<(u8, u64, String)>> {
        let errors_max = match word.chars().count() {
            TWO_TYPOS_LETTERS_MIN.. => 2,
            TYPO_LETTERS_MIN.. => 1,
            _ => return Ok(Vec::new()),
        };
        let mut found = HashMap::default();
        for errors in 1..=errors_max {
            let term = Term::from_field_text(self.fields.all, word);
            let automaton = FuzzyTermQuery::new(term, errors, true);
            for segment in self.searcher.segment_readers() {
                let inverted = segment.inverted_index(self.fields.all)?;
                let mut stream = inverted.terms().search(automaton.automaton()?).into_stream()?;
                while stream.advance() {
                    let is_word = stream.key() != word.as_bytes() && !stream.key().starts_with(b"=");
                    if is_word {
                        note(&mut found, stream.key(), errors, stream.value().doc_freq);
                    }
                }
            }
        }
        Ok(most_frequent(found))
    }
}

/// Notes a word of one segment; the first number of errors it was found with stays.
fn note(found: &mut HashMap<String, (u8, u64), RandomState>, word: &[u8], errors: u8, posts: u32) {
    if let Ok(word) = std::str::from_utf8(word) {
        let noted = found.entry(word.to_owned()).or_insert((errors, 0));
        noted.1 += u64::from(posts);
    }
}

/// Those with the fewest errors and then the most posts; the same ones every time.
fn most_frequent(found: HashMap<String, (u8, u64), RandomState>) -> Vec<(u8, u64, String)> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, (a_errors, a_posts)), (b, (b_errors, b_posts))| {
        a_errors.cmp(b_errors).then(b_posts.cmp(a_posts)).then_with(|| a.cmp(b))
    });
    found.into_iter().take(EXPANSIONS_MAX).map(|(word, (errors, posts))| (errors, posts, word)).collect()
}
