//! The model card: what was trained on what, and how good it is, measured while it is written.

use crate::model::{Stage, Tagged};
use crate::tag::evaluate::{Figures, figures};
use crate::tag::gold::Gold;
use crate::tag::learn::{self, Recipe, Split};
use crate::tag::{Tagger, Text};
use std::fmt::Write;

/// What does not depend on the measurement.
const ABOUT: &str = include_str!("../../../assets/tag/about.md");

/// The whole card.
pub(super) fn card(golds: &[Gold], tagger: &Tagger, measured_on: Option<&[Gold]>) -> String {
    let mut card = ABOUT.to_owned();
    let counts = Stage::ALL.map(|stage| golds.iter().filter(|gold| gold.primary == stage).count());
    let classes: Vec<String> = Stage::ALL.iter().zip(counts).map(|(stage, count)| format!("{stage} {count}")).collect();
    section(&mut card, "Texts it was trained on", &format!("{} texts: {}.", golds.len(), classes.join(", ")));
    let held_out = learn::cross_validate(golds, [Split::Random, Split::Writer]);
    for (name, tagged) in ["By fifths", "By writer"].into_iter().zip(held_out) {
        let measured = figures(golds, &tagged);
        let text = format!("Each part tagged by a model that has not seen it.\n\n```text\n{measured}```");
        section(&mut card, &format!("{name}: the corpus, held out"), &text);
    }
    if let Some(set) = measured_on {
        let shipped = tags(tagger, set);
        let table = comparison(golds, set, &figures(set, &shipped));
        let text = format!("{table}\nThe shipped model in full:\n\n```text\n{}```", figures(set, &shipped));
        section(&mut card, "A set that was never trained on", &text);
    }
    card
}

fn section(card: &mut String, heading: &str, text: &str) {
    let _ = write!(card, "\n## {heading}\n\n{text}\n");
}

fn tags(tagger: &Tagger, set: &[Gold]) -> Vec<Tagged> {
    set.iter().map(|gold| tagger.tag(&Text::from_gold(gold))).collect()
}

/// The shipped model beside simpler ones.
fn comparison(golds: &[Gold], set: &[Gold], shipped: &Figures) -> String {
    let of = |recipe| figures(set, &tags(&learn::train(golds, recipe), set));
    let rows = [
        ("always the most frequent label", figures(set, &majority(set))),
        ("lexicon alone", of(Recipe::LexiconAlone)),
        ("TF-IDF and logistic regression alone", of(Recipe::WordsAlone)),
        ("shipped", shipped.clone()),
    ];
    let head = "| model | accuracy | primary or secondary | macro-F1 | off-topic precision |\n|---|---|---|---|---|\n";
    rows.iter().fold(head.to_owned(), |mut table, (name, figures)| {
        let off_topic = figures.classes[Stage::Offtopic as usize].precision;
        let Figures { accuracy, served, macro_f1, .. } = figures;
        let _ = writeln!(table, "| {name} | {accuracy:.3} | {served:.3} | {macro_f1:.3} | {off_topic:.2} |");
        table
    })
}

fn majority(set: &[Gold]) -> Vec<Tagged> {
    let count = |stage: &Stage| set.iter().filter(|gold| gold.primary == *stage).count();
    let primary = Stage::ALL.into_iter().max_by_key(count);
    vec![Tagged { primary, ..Tagged::default() }; set.len()]
}
