use super::concepts::Concepts;
use super::reading::QueryTerm;
use super::words::{Stems, Word};

/// Words of a quotation that are chosen for what they share.
const SHARED_WORDS_MAX: usize = 12;
/// A sentence of at most so many words is quoted whole.
const SENTENCE_WORDS_MAX: usize = 16;
/// A part of a longer sentence is quoted whole up to so many words.
const CLAUSE_WORDS_MAX: usize = 22;
/// A shorter quotation takes in words around it, as far as its sentence goes.
const READABLE_WORDS: usize = 10;

/// Words of a text, verbatim but for white space, that share most with a deal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quote {
    pub(super) text: String,
    /// The shared terms that it holds.
    pub(super) keys: Vec<String>,
    /// What they weigh together.
    pub(super) gain: f32,
}

impl Quote {
    /// The run of at most twelve words inside one sentence that holds the heaviest shared terms; none where none stands
    /// in the text.
    pub(super) fn best(text: &str, shared: &[(&QueryTerm, f32)]) -> Option<Self> {
        let words = Stems::default().words(text);
        let found = found(&words, shared);
        let mut best: Option<(f32, usize, usize)> = None;
        for start in 0..words.len() {
            if found[start].is_empty() {
                continue;
            }
            let mut held: Vec<usize> = Vec::new();
            let mut gain = 0.0;
            for (end, begun) in found.iter().enumerate().skip(start).take(SHARED_WORDS_MAX) {
                if end > start && breaks(text, &words, end) {
                    break;
                }
                // A term counts once, however often the words repeat it.
                for term in begun {
                    if !held.contains(term) {
                        held.push(*term);
                        gain += shared[*term].1;
                    }
                }
                if best.is_none_or(|(known, ..)| gain > known) {
                    best = Some((gain, start, end));
                }
            }
        }
        let (gain, start, end) = best?;
        let mut keys: Vec<String> =
            found[start..=end].iter().flatten().map(|term| shared[*term].0.key.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        let (start, end) = widened(text, &words, start, end);
        let verbatim = text.get(words[start].span.0..words[end].span.1)?;
        Some(Self { text: verbatim.split_whitespace().collect::<Vec<_>>().join(" "), keys, gain })
    }
}

/// The shared terms that begin at each word.
fn found(words: &[Word], shared: &[(&QueryTerm, f32)]) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new(); words.len()];
    let concepts = Concepts::shipped();
    for hit in concepts.find(words) {
        let name = &concepts.all[hit.concept].name;
        let term = shared.iter().position(|(term, _)| term.key.strip_prefix('#') == Some(name));
        found[hit.words.0].extend(term);
    }
    for (at, word) in words.iter().enumerate() {
        found[at].extend(shared.iter().position(|(term, _)| term.key == word.stem));
    }
    found
}

/// The whole sentence where it is short; else the clause, and where that is too long or too short a few words around,
/// so that the quotation reads.
fn widened(text: &str, words: &[Word], start: usize, end: usize) -> (usize, usize) {
    let reach = |ends: fn(&str, &[Word], usize) -> bool| {
        let mut first = start;
        while first > 0 && !ends(text, words, first) {
            first -= 1;
        }
        let mut last = end;
        while last + 1 < words.len() && !ends(text, words, last + 1) {
            last += 1;
        }
        (first, last)
    };
    let (first, last) = reach(breaks);
    if last - first < SENTENCE_WORDS_MAX {
        return (first, last);
    }
    let (clause_first, clause_last) = reach(pauses);
    if (READABLE_WORDS / 2..CLAUSE_WORDS_MAX).contains(&(clause_last - clause_first)) {
        return (clause_first, clause_last);
    }
    let (mut start, mut end) = (start, end);
    while end - start + 1 < READABLE_WORDS && (end < last || start > first) {
        if end < last {
            end += 1;
        } else {
            start -= 1;
        }
    }
    (start, end)
}

/// Whether a sentence or line ends before a word.
fn breaks(text: &str, words: &[Word], at: usize) -> bool {
    text[words[at - 1].span.1..words[at].span.0].contains(['.', '!', '?', '\n', ';', '|'])
}

/// Whether a sentence, or a part of it that stands by itself, ends before a word.
fn pauses(text: &str, words: &[Word], at: usize) -> bool {
    const SIGNS: [char; 14] = ['.', '!', '?', '\n', ';', '|', ',', ':', '"', '“', '”', '(', ')', '–'];
    text[words[at - 1].span.1..words[at].span.0].contains(SIGNS)
}
