use super::concepts::Concepts;
use super::reading::QueryTerm;
use super::words::{Stems, Word};

/// Words of a quotation that are chosen for what they share.
const SHARED_WORDS_MAX: usize = 12;
/// A sentence of at most so many words is quoted whole; of a longer one, parts that stand by themselves.
const QUOTED_WORDS_MAX: usize = 26;
/// A shorter quotation out of a long sentence takes in what stands around it.
const READABLE_WORDS: usize = 10;
/// Stands where a quotation leaves out a part of its sentence.
const LEFT_OUT: &str = "…";

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
        Some(Self { text: Extent::around(text, &words, start, end).quoted(text, &words)?, keys, gain })
    }
}

/// The sentence, or the parts of it, that a phrase of the text stands in; none where the text does not hold it.
pub(super) fn around(text: &str, phrase: &str) -> Option<String> {
    let from = text.find(phrase)?;
    let words = Stems::default().words(text);
    let start = words.iter().position(|word| word.span.1 > from)?;
    let end = words.iter().rposition(|word| word.span.0 < from + phrase.len()).filter(|end| *end >= start)?;
    Extent::around(text, &words, start, end).quoted(text, &words)
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
        found[at].extend(shared.iter().position(|(term, _)| *term.key == *word.stem));
    }
    found
}

/// The first and last word of a quotation and of the sentence that it is from.
struct Extent {
    start: usize,
    end: usize,
    sentence: (usize, usize),
}

impl Extent {
    /// The whole sentence around some words where it is short; else the parts of it that they stand in, and as many
    /// more as make it readable; where even one part is too long, a few words around.
    fn around(text: &str, words: &[Word], start: usize, end: usize) -> Self {
        let reach = |(mut first, mut last): (usize, usize), ends: fn(&str, &[Word], usize) -> bool| {
            while first > 0 && !ends(text, words, first) {
                first -= 1;
            }
            while last + 1 < words.len() && !ends(text, words, last + 1) {
                last += 1;
            }
            (first, last)
        };
        let sentence = reach((start, end), breaks);
        let fits = |(first, last): (usize, usize)| last - first < QUOTED_WORDS_MAX;
        if fits(sentence) {
            return Self { start: sentence.0, end: sentence.1, sentence };
        }
        let mut part = reach((start, end), pauses);
        while fits(part) && part.1 - part.0 + 1 < READABLE_WORDS {
            let after = (part.1 < sentence.1).then(|| (part.0, reach((part.1 + 1, part.1 + 1), pauses).1));
            let before = (part.0 > sentence.0).then(|| (reach((part.0 - 1, part.0 - 1), pauses).0, part.1));
            match [after, before].into_iter().flatten().find(|wider| fits(*wider)) {
                Some(wider) => part = wider,
                None => break,
            }
        }
        if !fits(part) {
            part = (start, end);
            while part.1 - part.0 + 1 < READABLE_WORDS && part != sentence {
                if part.1 < sentence.1 { part.1 += 1 } else { part.0 -= 1 }
            }
        }
        Self { start: part.0, end: part.1, sentence }
    }

    /// The words as they stand in the text but for white space, with a mark where the sentence goes on. A question
    /// keeps its sign.
    fn quoted(&self, text: &str, words: &[Word]) -> Option<String> {
        let to = words[self.end].span.1;
        let asks = text[to..].starts_with(['?', '!']) && self.end == self.sentence.1;
        let verbatim = text.get(words[self.start].span.0..to + usize::from(asks))?;
        let mut quoted = verbatim.split_whitespace().collect::<Vec<_>>().join(" ");
        // A quotation inside that begins here ends here too, and one that ends here begins here.
        if quoted.matches('"').count() % 2 == 1 {
            let before = quoted.rfind('"').and_then(|at| quoted[..at].chars().next_back());
            if before.is_none_or(|c| c.is_whitespace() || c == '(') { quoted.push('"') } else { quoted.insert(0, '"') }
        }
        if self.start > self.sentence.0 {
            quoted = format!("{LEFT_OUT} {quoted}");
        }
        if self.end < self.sentence.1 {
            quoted = format!("{quoted} {LEFT_OUT}");
        }
        Some(quoted)
    }
}

/// Whether a sentence or line ends before a word. A full stop before a small letter is an abbreviation's.
fn breaks(text: &str, words: &[Word], at: usize) -> bool {
    let gap = &text[words[at - 1].span.1..words[at].span.0];
    let small = text[words[at].span.0..].starts_with(char::is_lowercase);
    gap.contains(['!', '?', '\n', ';', '|']) || (gap.contains('.') && !small)
}

/// Whether a sentence, or a part of it that stands by itself, ends before a word.
fn pauses(text: &str, words: &[Word], at: usize) -> bool {
    const SIGNS: [char; 9] = [',', ':', '"', '“', '”', '(', ')', '–', '—'];
    breaks(text, words, at) || text[words[at - 1].span.1..words[at].span.0].contains(SIGNS)
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn a_quotation_is_a_whole_sentence_or_says_where_it_leaves_something_out() {
        let short = "First things first. When the buyer goes quiet for three weeks after a warm demo, say what you see and offer to close the file. Then wait.";
        assert_eq!(
            around(short, "buyer goes quiet").as_deref(),
            Some(
                "When the buyer goes quiet for three weeks after a warm demo, say what you see and offer to close the file"
            )
        );
        assert_eq!(
            around("So? What would it cost to wait? Ask.", "cost").as_deref(),
            Some("What would it cost to wait?")
        );
        let long = "We had four calls and two demos and a pilot that everybody on their side said was the best that they had seen in years, and then the CFO asked for a discount, and nobody in the room could say what we should get in return for it.";
        assert_eq!(
            around(long, "asked for a discount").as_deref(),
            Some(
                "… and then the CFO asked for a discount, and nobody in the room could say what we should get in return for it"
            )
        );
        let endless = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty and so on until somebody at last asks about the price";
        assert_eq!(
            around(endless, "twelve").as_deref(),
            Some("… twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty and …")
        );
        assert_eq!(
            around("She wrote: \"Please send a price.\" Then silence.", "price").as_deref(),
            Some("She wrote: \"Please send a price\"")
        );
        assert_eq!(around("Ask (e.g. the CFO) twice.", "CFO").as_deref(), Some("Ask (e.g. the CFO) twice"));
        assert_eq!(around("Nothing here.", "elsewhere"), None);
    }
}
