//! `ridealong train`: the stage model from the labelled corpus.

mod card;

use super::output::print;
use super::tag::load_golds;
use super::wiring::{self, Wired};
use crate::config::Settings;
use crate::desk::corrections::{Correction, list_corrections};
use crate::tag::Text;
use crate::tag::evaluate::figures;
use crate::tag::gold::{self, Gold};
use crate::tag::learn::{self, Recipe, Split};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `ridealong train`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The folder of labelled texts (*.jsonl)
    #[arg(long, value_name = "DIR", default_value = "corpus/stages")]
    corpus: PathBuf,

    /// Where the model is written
    #[arg(long, value_name = "FILE", default_value = "assets/tag/weights.bin")]
    out: PathBuf,

    /// Learn from corrections too: labelled lines, or where no FILE is given those that reps and admins made in the
    /// store. The new model is written only if it is not worse on a fifth of the corpus that neither it nor the old one
    /// was trained on
    #[arg(long, value_name = "FILE")]
    with_corrections: Option<Option<PathBuf>>,

    /// Write the model card (Markdown) with figures measured here
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,

    /// A labelled set that the model card is measured on besides; never trained on
    #[arg(long, value_name = "GOLD", requires = "card")]
    gold: Option<PathBuf>,
}

pub(super) fn run(
    args: Args,
    settings: impl Fn() -> anyhow::Result<Settings>,
    verbose: u8,
) -> anyhow::Result<ExitCode> {
    let mut golds = load_corpus(&args.corpus)?;
    if let Some(file) = &args.with_corrections {
        let corrections = match file {
            Some(file) => load_golds(file)?,
            None => wiring::with_store(&settings()?, verbose, stored_corrections)?,
        };
        if corrections.is_empty() {
            print("there are no corrections to learn from; the model stays as it is")?;
            return Ok(ExitCode::SUCCESS);
        }
        let (before, after) = held_out_accuracy(&golds, &corrections);
        let verdict = if after >= before { "adopted" } else { "not adopted, the model stays as it is" };
        let count = corrections.len();
        print(&format!("{count} corrections: accuracy on the held-out fifth {before:.3} -> {after:.3}, {verdict}"))?;
        if after < before {
            return Ok(ExitCode::FAILURE);
        }
        golds.extend(corrections);
    }
    let tagger = learn::train(&golds, Recipe::Shipped);
    let bytes = tagger.to_bytes();
    std::fs::write(&args.out, &bytes).with_context(|| format!("{} cannot be written", args.out.display()))?;
    print(&format!("{}: {} bytes from {} texts", args.out.display(), bytes.len(), golds.len()))?;
    if let Some(file) = &args.card {
        let measured_on = args.gold.as_deref().map(load_golds).transpose()?;
        std::fs::write(file, card::card(&golds, &tagger, measured_on.as_deref()))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The corrections that people made, as labelled texts.
async fn stored_corrections(wired: Wired) -> anyhow::Result<Vec<Gold>> {
    let corrections = list_corrections(wired.store.as_ref()).await?;
    let lines: Vec<String> = corrections.iter().map(Correction::to_line).collect();
    Ok(gold::read(&lines.join("\n"))?)
}

/// Accuracy on the first fifth of a model trained on the rest, and of one trained on the rest and the corrections.
fn held_out_accuracy(golds: &[Gold], corrections: &[Gold]) -> (f64, f64) {
    let held_out = learn::folds(golds, Split::Random).swap_remove(0);
    let fifth: Vec<Gold> = held_out.iter().map(|at| golds[*at].clone()).collect();
    let mut rest = learn::without(golds, &held_out);
    let accuracy = |rest: &[Gold]| {
        let tagger = learn::train(rest, Recipe::Shipped);
        let tagged: Vec<_> = fifth.iter().map(|gold| tagger.tag(&Text::from_gold(gold))).collect();
        figures(&fifth, &tagged).accuracy
    };
    let before = accuracy(&rest);
    rest.extend_from_slice(corrections);
    (before, accuracy(&rest))
}

/// Every text of the corpus, in the order of the files' names.
fn load_corpus(folder: &Path) -> anyhow::Result<Vec<Gold>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut golds = Vec::new();
    for file in &files {
        golds.extend(load_golds(file)?);
    }
    anyhow::ensure!(!golds.is_empty(), "{} holds no labelled texts (*.jsonl)", folder.display());
    Ok(golds)
}
