//! `ridealong tag`: JSON lines of posts in, JSON lines of stage tags out.

use super::output::print;
use crate::model::{Facets, Stage, StageTag};
use crate::tag::{Kind, Tagger, Term, Text, evaluate, gold};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `ridealong tag`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Posts as JSON lines with id, title, text and, where known, lang; standard input where none is given
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Show the terms that spoke for and against each stage, with their weights
    #[arg(long)]
    explain: bool,

    /// Measure the tags against labelled lines (fields primary and secondary) and print the figures
    #[arg(long, value_name = "GOLD", conflicts_with_all = ["file", "explain"])]
    evaluate: Option<PathBuf>,

    /// Use this model in place of the one that is built in
    #[arg(long, value_name = "WEIGHTS")]
    model: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    lang: Option<String>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    id: &'a serde_json::Value,
    primary: Option<Stage>,
    stages: &'a [StageTag],
    facets: &'a Facets,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<Vec<Term>>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let tagger = match &args.model {
        None => Tagger::shipped(),
        Some(file) => load_model(file)?,
    };
    if let Some(gold) = &args.evaluate {
        return evaluate(&tagger, gold);
    }
    let lines: Box<dyn BufRead> = match args.file.filter(|file| file != Path::new("-")) {
        None => Box::new(io::stdin().lock()),
        Some(file) => {
            Box::new(BufReader::new(File::open(&file).with_context(|| format!("{} cannot be read", file.display()))?))
        }
    };
    let mut exit = ExitCode::SUCCESS;
    for (at, line) in lines.split(b'\n').enumerate() {
        let line = line.context("the input cannot be read")?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        // Bytes that are no UTF-8 cost their characters, not the line.
        match serde_json::from_str::<Line>(&String::from_utf8_lossy(&line)) {
            Ok(line) => print(&verdict(&tagger, &line, args.explain)?)?,
            Err(error) => {
                eprintln!("line {} is not a post as JSON ({error}); it was passed over", at + 1);
                exit = ExitCode::FAILURE;
            }
        }
    }
    Ok(exit)
}

fn verdict(tagger: &Tagger, line: &Line, explain: bool) -> serde_json::Result<String> {
    let text = Text {
        title: line.title.as_deref().unwrap_or_default(),
        text: line.text.as_deref().unwrap_or_default(),
        lang: line.lang.as_deref(),
        prior: &[],
        kind: Kind::Post,
    };
    let tagged = tagger.tag(&text);
    serde_json::to_string(&Verdict {
        id: &line.id,
        primary: tagged.primary,
        stages: &tagged.stages,
        facets: &tagged.facets,
        terms: explain.then(|| tagger.explain(&text)),
    })
}

/// A model that `train` wrote.
pub(super) fn load_model(file: &Path) -> anyhow::Result<Tagger> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Tagger::from_bytes(&bytes).with_context(|| format!("{} cannot be used", file.display()))
}

fn evaluate(tagger: &Tagger, file: &Path) -> anyhow::Result<ExitCode> {
    let golds = load_golds(file)?;
    let tagged: Vec<_> = golds.iter().map(|gold| tagger.tag(&Text::from_gold(gold))).collect();
    print(&evaluate::figures(&golds, &tagged).to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Labelled lines of a file.
pub(super) fn load_golds(file: &Path) -> anyhow::Result<Vec<gold::Gold>> {
    let lines = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    gold::read(&lines).with_context(|| format!("{} cannot be used", file.display()))
}
