//! `ridealong train`: the stage model from the labelled corpus.

use super::output::print;
use super::tag::load_golds;
use crate::tag::evaluate::{Figures, figures};
use crate::tag::gold::Gold;
use crate::tag::learn::{self, Split};
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

    /// Only measure: by fifths and by writer, each tagged by a model that has not seen it
    #[arg(long)]
    measure: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let golds = load_corpus(&args.corpus)?;
    if args.measure {
        for (name, split) in [("by fifths", Split::Random), ("by writer", Split::Writer)] {
            print(&format!("{name}\n{}", held_out_figures(&golds, split)))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let bytes = learn::train(&golds).to_bytes();
    std::fs::write(&args.out, &bytes).with_context(|| format!("{} cannot be written", args.out.display()))?;
    print(&format!("{}: {} bytes from {} texts", args.out.display(), bytes.len(), golds.len()))?;
    Ok(ExitCode::SUCCESS)
}

fn held_out_figures(golds: &[Gold], split: Split) -> Figures {
    figures(golds, &learn::cross_validate(golds, split))
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
