//! `ridealong rank`: the ten best posts of every deal, offline, on JSON lines.

mod read;

use super::output::print;
use super::tag::load_model;
use crate::clock::{Clock, SystemClock};
use crate::crm::stages::StageMap;
use crate::model::{Deal, Pick, PostId, Reason};
use crate::pick::measure::{Figures, Graded};
use crate::pick::{self, Index, Texts, Weights};
use crate::tag::Tagger;
use anyhow::{Context, bail};
use jiff::Timestamp;
use read::{Judged, Lines};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Flags of `ridealong rank`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Deals as JSON lines
    #[arg(long, value_name = "D.jsonl")]
    deals: PathBuf,

    /// Posts as JSON lines; their stages are predicted, not read
    #[arg(long, value_name = "P.jsonl")]
    posts: PathBuf,

    /// The day (2026-11-23) or instant from which deals and posts are looked at; now, where none is given
    #[arg(long, value_name = "DATE")]
    now: Option<String>,

    /// Print how good the ranking is against grades: JSON lines of deal_id, post_id and grade (0 to 3)
    #[arg(long, value_name = "QRELS")]
    evaluate: Option<PathBuf>,

    /// Rank by other weights than the shipped ones, to measure what each is worth
    #[arg(long, value_name = "NAME=NUMBER", value_delimiter = ',')]
    weights: Vec<String>,

    /// Posts ranked for each deal
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    top: usize,

    /// Predict stages by this model in place of the one that is built in
    #[arg(long, value_name = "WEIGHTS")]
    model: Option<PathBuf>,
}

#[derive(Serialize)]
struct Ranked<'a> {
    deal_id: &'a Value,
    post_id: &'a Value,
    rank: usize,
    score: f32,
    why: &'a str,
    reasons: &'a [Reason],
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let now = match &args.now {
        None => SystemClock.now(),
        Some(text) => instant(text)?,
    };
    let weights = weights(&args.weights)?;
    let map = StageMap::shipped();
    let deals = Lines::load(&args.deals, "a deal", |line| read::deal(line, &map, now))?;
    let tagger = match &args.model {
        None => Tagger::shipped(),
        Some(file) => load_model(file)?,
    };
    let posts = Lines::load(&args.posts, "a post", |line| read::post(line, &tagger, now))?;
    let mut faulty = deals.faulty || posts.faulty;
    let (ids, posts): (Vec<_>, Vec<_>) = posts.values.into_iter().unzip();
    let mut index = Index::new();
    posts.iter().for_each(|post| index.upsert(post, &[]));
    let ids = posts.iter().map(|post| post.id.clone()).zip(ids).collect();
    let ranker = Ranker { index, texts: Texts::of(&posts, &[]), ids, now, weights, top: args.top };
    match &args.evaluate {
        None => deals.values.iter().try_for_each(|(id, deal)| ranker.print(id, deal))?,
        Some(file) => {
            let judged = Lines::load(file, "a grade", read::judged)?;
            faulty |= judged.faulty;
            print(&ranker.figures(&deals.values, &judged.values).to_string())?;
        }
    }
    Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The shipped weights with the changes that were asked for.
fn weights(changes: &[String]) -> anyhow::Result<Weights> {
    let mut weights = Weights::SHIPPED;
    for change in changes {
        let (name, number) = change.split_once('=').unwrap_or((change, ""));
        let number = number.trim().parse().with_context(|| format!("--weights {change:?} is not NAME=NUMBER"))?;
        if !weights.set(name.trim(), number) {
            bail!("--weights {change:?} names no weight; docs/picking.md lists them");
        }
    }
    Ok(weights)
}

fn instant(text: &str) -> anyhow::Result<Timestamp> {
    match read::instant(text) {
        Some(at) => Ok(at),
        None => bail!("--now {text:?} is no date; write it like 2026-11-23 or 2026-11-23T07:00:00Z"),
    }
}

/// Posts to rank, and how.
struct Ranker<'a> {
    index: Index,
    texts: Texts<'a>,
    ids: HashMap<PostId, Value>,
    now: Timestamp,
    weights: Weights,
    top: usize,
}

impl Ranker<'_> {
    fn rank(&self, deal: &Deal) -> Vec<Pick> {
        pick::rank(&self.index, deal, self.now, self.top, &self.weights).picks(&self.texts)
    }

    fn print(&self, deal_id: &Value, deal: &Deal) -> anyhow::Result<()> {
        for (at, pick) in self.rank(deal).iter().enumerate() {
            let Some(post_id) = self.ids.get(&pick.post_id) else { continue };
            let ranked =
                Ranked { deal_id, post_id, rank: at + 1, score: pick.score, why: &pick.why, reasons: &pick.reasons };
            print(&serde_json::to_string(&ranked).context("a ranking cannot be written")?)?;
        }
        Ok(())
    }

    fn figures(&self, deals: &[(Value, Deal)], judged: &[Judged]) -> Figures {
        let mut grades: HashMap<(String, String), u8> = HashMap::new();
        for one in judged {
            grades.insert((one.deal_id.to_string(), one.post_id.to_string()), one.grade);
        }
        let graded = deals.iter().map(|(id, deal)| {
            let id = id.to_string();
            let grade = |post: &Value| grades.get(&(id.clone(), post.to_string())).copied().unwrap_or(0);
            Graded {
                ranked: self.rank(deal).iter().filter_map(|pick| self.ids.get(&pick.post_id)).map(grade).collect(),
                all: grades.iter().filter(|((deal, _), _)| *deal == id).map(|(_, grade)| *grade).collect(),
            }
        });
        Figures::of(&graded.collect::<Vec<_>>())
    }
}
