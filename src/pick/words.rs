use foldhash::fast::RandomState;
use frostem::{Algorithm, Stemmer};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

/// Bytes of a word that are read; longer runs are codes, addresses or keys.
const WORD_BYTES_MAX: usize = 40;

/// Words that say nothing about what a text is about.
const STOP_WORDS: &str = "a about after again all also am an and any are as at back be because been before being both but by can could did do \
does doing done down each even ever every few for from further get gets getting give go goes going gone got had has have having he her here \
him his how i if in into is it its just keep let like made make makes many may me might more most much must my need needs never new no nor not \
now of off on once one only or other our out over own per put really said same say says see she should since so some still such take than \
that the their them then there these they thing things this those through to today told too two under until up us use used very via want \
wants was way we week weeks well were what when where which while who why will with would yes yet you your dont didnt doesnt isnt wasnt cant \
im ive youre thats theyre weve lets day days month months monday tuesday wednesday thursday friday mon tue wed thu fri next last first ask \
asked asks call calls deal deals customer customers sale sales seller sellers rep reps buyer buyers prospect prospects company team people \
send sent time good better best great right know think look come came work works wk mtg w re fwd etc eg ie \
nobody nothing somebody someone anyone anything everybody everyone something three four five side case cases real really open end start started \
back big small old long little lot bit place part way ways help helps show shows tell told try tried turn left right point hand set line name \
sure let lets loves love loved likes like liked yr yrs til till q1 q2 q3 q4 jan feb mar apr jun jul aug sep sept oct nov dec monthly ok okay";

/// One word of a text: where it stands, and its stem.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// Bytes of the text.
    pub(super) span: (usize, usize),
    pub(super) stem: Arc<str>,
    /// Whether it says nothing by itself.
    pub(super) stop: bool,
}

/// Words remembered at most; beyond that a text with endless new words only costs time.
const KNOWN_MAX: usize = 200_000;

static STOPS: LazyLock<HashSet<&str>> = LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

/// Splits texts into stems; remembers words it has seen.
pub(super) struct Stems {
    stemmer: Stemmer,
    known: HashMap<String, (Arc<str>, bool), RandomState>,
}

impl Default for Stems {
    fn default() -> Self {
        Self { stemmer: Stemmer::new(Algorithm::English), known: HashMap::default() }
    }
}

impl Stems {
    /// Forgets the words that were seen.
    pub(super) fn forget(&mut self) {
        self.known = HashMap::default();
    }

    /// The words of a text, in order.
    pub(super) fn words(&mut self, text: &str) -> Vec<Word> {
        let mut words = Vec::new();
        for (start, word) in split(text) {
            let lower = folded(word);
            let (stem, stop) = match self.known.get(&lower) {
                Some(known) => known.clone(),
                None => {
                    let short = lower.chars().count() < 2 || lower.chars().all(|c| c.is_ascii_digit());
                    let made = (Arc::from(self.stemmer.stem(&lower)), short || STOPS.contains(lower.as_str()));
                    if self.known.len() < KNOWN_MAX {
                        self.known.insert(lower, made.clone());
                    }
                    made
                }
            };
            words.push(Word { span: (start, start + word.len()), stem, stop });
        }
        words
    }
}

/// Runs of letters and digits, with an apostrophe or a percent sign inside or behind; start and text of each.
fn split(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let part = |c: char| c.is_alphanumeric() || c == '\'' || c == '’' || c == '%';
        let start = rest + text[rest..].find(|c: char| c.is_alphanumeric())?;
        let end = text[start..].find(|c| !part(c)).map_or(text.len(), |length| start + length);
        rest = end;
        let word = text[start..end].trim_end_matches(['\'', '’']);
        Some((start, word))
    })
    .filter(|(_, word)| word.len() <= WORD_BYTES_MAX)
}

/// Lower case, without apostrophes and what follows an owning one; `15%` is the word `pct`.
fn folded(word: &str) -> String {
    if word.ends_with('%') && word[..word.len() - 1].chars().all(|c| c.is_ascii_digit()) {
        return "pct".to_owned();
    }
    let own = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    own.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
