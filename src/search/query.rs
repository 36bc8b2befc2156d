//! What is asked: the text as typed, and filters.

use super::words;
use crate::model::{Audience, SourceId, SourceKind, Stage};
use jiff::Timestamp;

/// Characters of the text that are read.
const TEXT_CHARS_MAX: usize = 256;

/// Words and phrases that are looked for; what follows is ignored.
const PARTS_MAX: usize = 12;

/// Words of a phrase that are looked for.
const PHRASE_WORDS_MAX: usize = 12;

/// For whom is searched. Nobody else's posts are ever found, whatever the text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A rep or manager: what everyone may see, and what their team may see.
    Of {
        /// The reader's team, if any.
        team: Option<String>,
    },
    /// An admin, who sees every team's posts.
    Admin,
}

impl Reader {
    /// Whether what has this audience may be found.
    pub fn may_see(&self, audience: &Audience) -> bool {
        match self {
            Reader::Of { team } => audience.includes(team.as_deref()),
            Reader::Admin => true,
        }
    }
}

/// A search.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// For whom.
    pub reader: Reader,
    /// As typed: words, `"phrases"`, `-without`. Anything may stand here; empty lists the newest posts.
    pub text: String,
    /// Only posts tagged with this stage.
    pub stage: Option<Stage>,
    /// Only posts of this source, also those first seen elsewhere.
    pub source: Option<SourceId>,
    /// Only where this mentor wrote the post or a comment; the whole name, in any case.
    pub mentor: Option<String>,
    /// Only in this language (ISO 639-1).
    pub language: Option<String>,
    /// Only of this kind of source.
    pub kind: Option<SourceKind>,
    /// Only from this instant on.
    pub since: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
    /// The page, from 1.
    pub page: usize,
}

impl Query {
    /// A search without filters, first page.
    pub fn new(reader: Reader, text: impl Into<String>) -> Self {
        Self {
            reader,
            text: text.into(),
            stage: None,
            source: None,
            mentor: None,
            language: None,
            kind: None,
            since: None,
            until: None,
            page: 1,
        }
    }
}

/// The text of a query, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Each has to be there.
    pub(super) parts: Vec<Part>,
    /// None may be there.
    pub(super) without: Vec<String>,
}

/// A part of what is asked, words exactly as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A word in any form, also mistyped.
    Word(String),
    /// The word that is being typed: also what begins like it.
    Begun(String),
    /// These words next to each other, as written.
    Phrase(Vec<String>),
}

/// Reads a query's text. Every text has a reading; an unclosed quote reaches to the end.
pub(super) fn read(text: &str) -> Asked {
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let mut asked = Asked::default();
    let quotes = |letter: char| matches!(letter, '"' | '“' | '”' | '„' | '«' | '»');
    for (at, section) in text.split(quotes).enumerate() {
        let quoted = at % 2 == 1;
        if quoted {
            let phrase: Vec<_> = words_of(section).take(PHRASE_WORDS_MAX).collect();
            if !phrase.is_empty() {
                asked.parts.push(Part::Phrase(phrase));
            }
            continue;
        }
        for chunk in section.split_whitespace() {
            match chunk.strip_prefix(['-', '−']) {
                Some(without) => asked.without.extend(words_of(without)),
                None => asked.parts.extend(words_of(chunk).map(Part::Word)),
            }
        }
    }
    asked.parts.truncate(PARTS_MAX);
    asked.without.truncate(PARTS_MAX);
    let still_typing = text.ends_with(char::is_alphanumeric);
    if still_typing
        && let Some(Part::Word(last)) = asked.parts.last()
        && text.ends_with(last.as_str())
    {
        let begun = Part::Begun(last.clone());
        asked.parts.pop();
        asked.parts.push(begun);
    }
    asked
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    words::ranges(text).map(|range| text[range].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        let word = |text: &str| Part::Word(text.to_owned());
        let asked = read(r#"Cold-call "pricing page" -spam discou"#);
        let phrase = Part::Phrase(vec!["pricing".to_owned(), "page".to_owned()]);
        assert_eq!(asked.parts, [word("Cold"), word("call"), phrase, Part::Begun("discou".to_owned())]);
        assert_eq!(asked.without, ["spam"]);
        assert_eq!(read("done ").parts, [word("done")]);
        assert_eq!(read("\"open end").parts, [Part::Phrase(vec!["open".to_owned(), "end".to_owned()])]);
        assert_eq!(read("-- \"\" - ?*:^~\\"), Asked::default());
    }
}
