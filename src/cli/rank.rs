//! `ridealong rank`: the ten best posts of every deal, offline, on JSON lines.

mod read;

use super::output::print;
use crate::clock::{Clock, SystemClock};
use crate::crm::stages::StageMap;
use crate::model::{Deal, PostId, Reason};
use crate::pick::measure::{Figures, Graded};
use crate::pick::{Index, rank};
use crate::tag::Tagger;
use anyhow::{Context, bail};
use jiff::Timestamp;
use read::{Judged, Lines};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Posts ranked for each deal.
const RANKS_MAX: usize = 10;

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
    let map = StageMap::shipped();
    let deals = Lines::load(&args.deals, "a deal", |line| read::deal(line, &map, now))?;
    let tagger = Tagger::shipped();
    let posts = Lines::load(&args.posts, "a post", |line| read::post(line, &tagger, now))?;
    let mut index = Index::new();
    let mut ids: HashMap<PostId, Value> = HashMap::new();
    for (id, post) in &posts.values {
        index.upsert(post, &[]);
        ids.insert(post.id.clone(), id.clone());
    }
    let mut faulty = deals.faulty || posts.faulty;
    match &args.evaluate {
        None => deals.values.iter().try_for_each(|(id, deal)| print_ranking(&index, id, deal, now, &ids))?,
        Some(file) => {
            let judged = Lines::load(file, "a grade", read::judged)?;
            faulty |= judged.faulty;
            print(&format!("{}\n", figures(&index, &deals.values, now, &ids, &judged.values)))?;
        }
    }
    Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn instant(text: &str) -> anyhow::Result<Timestamp> {
    match read::instant(text) {
        Some(at) => Ok(at),
        None => bail!("--now {text:?} is no date; write it like 2026-11-23 or 2026-11-23T07:00:00Z"),
    }
}

fn print_ranking(
    index: &Index,
    deal_id: &Value,
    deal: &Deal,
    now: Timestamp,
    ids: &HashMap<PostId, Value>,
) -> anyhow::Result<()> {
    for (at, pick) in rank(index, deal, now, RANKS_MAX).iter().enumerate() {
        let Some(post_id) = ids.get(&pick.post_id) else { continue };
        let ranked =
            Ranked { deal_id, post_id, rank: at + 1, score: pick.score, why: &pick.why, reasons: &pick.reasons };
        print(&serde_json::to_string(&ranked).context("a ranking cannot be written")?)?;
    }
    Ok(())
}

fn figures(
    index: &Index,
    deals: &[(Value, Deal)],
    now: Timestamp,
    ids: &HashMap<PostId, Value>,
    judged: &[Judged],
) -> Figures {
    let mut grades: HashMap<(String, String), u8> = HashMap::new();
    for one in judged {
        grades.insert((one.deal_id.to_string(), one.post_id.to_string()), one.grade);
    }
    let graded = deals.iter().map(|(id, deal)| {
        let id = id.to_string();
        let grade = |post: &Value| grades.get(&(id.clone(), post.to_string())).copied().unwrap_or(0);
        let picks = rank(index, deal, now, RANKS_MAX);
        Graded {
            ranked: picks.iter().filter_map(|pick| ids.get(&pick.post_id)).map(grade).collect(),
            all: grades.iter().filter(|((deal, _), _)| *deal == id).map(|(_, grade)| *grade).collect(),
        }
    });
    Figures::of(&graded.collect::<Vec<_>>())
}
