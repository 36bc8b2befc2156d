//! What else the words carry beside stages, from closed lists.

use super::phrases::Phrases;
use super::read::Reading;
use crate::model::Facets;
use std::sync::LazyLock;

/// The lists: `[facet]` headings, then lines `value: phrase, phrase`.
const SHIPPED: &str = include_str!("../../assets/tag/facets.txt");
/// An industry has to be named this often, or in the title: one bank in an anecdote makes no banking post.
const INDUSTRY_MENTIONS_MIN: usize = 2;

static FACETS: LazyLock<Phrases<(Facet, &'static str)>> = LazyLock::new(|| Phrases::new(parse(SHIPPED)));

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Facet {
    Objection,
    Channel,
    Method,
    Motion,
    Industry,
    Competitor,
    Format,
}

impl Facet {
    fn of_heading(heading: &str) -> Option<Self> {
        Some(match heading {
            "objections" => Facet::Objection,
            "channels" => Facet::Channel,
            "methods" => Facet::Method,
            "motions" => Facet::Motion,
            "industries" => Facet::Industry,
            "competitors" => Facet::Competitor,
            "formats" => Facet::Format,
            _ => return None,
        })
    }
}

fn parse(source: &'static str) -> Vec<(&'static str, (Facet, &'static str))> {
    let mut facet = None;
    let mut entries = Vec::new();
    for line in source.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(heading) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            facet = Facet::of_heading(heading);
        } else if let (Some(facet), Some((value, phrases))) = (facet, line.split_once(':')) {
            entries.extend(phrases.split(',').map(|phrase| (phrase, (facet, value.trim()))));
        }
    }
    entries
}

/// The facets of a reading, each value once, most often named first.
pub(super) fn of(reading: &Reading<'_>) -> Facets {
    let mut counts: Vec<((Facet, &'static str), usize)> = Vec::new();
    for (words, means) in FACETS.find(&reading.words) {
        let in_title = words.start < reading.title_words;
        for meaning in means {
            let mentions = if in_title { INDUSTRY_MENTIONS_MIN } else { 1 };
            match counts.iter_mut().find(|(known, _)| known == meaning) {
                Some((_, count)) => *count += mentions,
                None => counts.push((*meaning, mentions)),
            }
        }
    }
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    let values = |facet: Facet, least: usize| -> Vec<String> {
        let own = counts.iter().filter(|((known, _), count)| *known == facet && *count >= least);
        own.map(|((_, value), _)| (*value).to_owned()).collect()
    };
    Facets {
        objections: values(Facet::Objection, 1),
        channels: values(Facet::Channel, 1),
        methods: values(Facet::Method, 1),
        motions: values(Facet::Motion, 1),
        industries: values(Facet::Industry, INDUSTRY_MENTIONS_MIN),
        competitors: values(Facet::Competitor, 1),
        formats: values(Facet::Format, 1),
    }
}
