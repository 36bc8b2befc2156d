//! How long deals take in and picks take out, at the size of a large team. Run with `cargo bench --bench deals_and_picks`.
//!
//! Limits: a CSV of 100,000 rows in 5 s and 200 MB; the picks of a rep with 20 deals over 100,000 posts in 30 ms; those of
//! 1,000 reps in 30 s, all on one core.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails loudly")]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/keyed.rs"]
mod keyed;
#[path = "../tests/helpers/make.rs"]
#[allow(dead_code, reason = "the promises use the rest")]
mod make;
#[path = "support/office.rs"]
#[allow(dead_code, reason = "other measurements use the rest")]
mod office;
#[path = "support/process.rs"]
#[allow(dead_code, reason = "other measurements use the rest")]
mod process;

use chance::Chance;
use jiff::{SignedDuration, Timestamp};
use process::resident_kb;
use ridealong::crm::csv::{Companions, CsvOptions, read};
use ridealong::crm::stages::StageMap;
use ridealong::model::*;
use ridealong::pick::{Case, Index, Texts, choose};
use std::fmt::Write as _;
use std::time::Instant;

const ROWS: usize = 100_000;
const POSTS: usize = 100_000;
const REPS: usize = 1_000;
const DEALS_A_REP: usize = 20;
const WORDS_A_POST: usize = 250;

/// What posts and notes are made of: enough words that matter, and enough that do not.
const WORDS: &str = "procurement discount redline signature champion budget demo pilot proposal quote tender renewal onboarding \
silence voicemail gatekeeper discovery question pain impact urgency objection price competitor incumbent security legal \
liability payment terms contract decision board cfo roi stakeholder committee champion left quarter end forecast meeting \
story slide customer plant warehouse hospital nurse driver machine software report number week month morning coffee phone \
table chair window answer letter page line list small large early late second third half whole first last friend stranger";

fn main() {
    let now: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
    let before = resident_kb("self", "VmRSS") / 1024;
    let started = Instant::now();
    let imported = import(now);
    println!(
        "import of {ROWS} rows: {:.2} s, {} deals, {} MB more at most",
        started.elapsed().as_secs_f64(),
        imported,
        resident_kb("self", "VmHWM") / 1024 - before
    );
    let mut chance = Chance(2);
    let posts: Vec<Post> = (0..POSTS).map(|at| post(at, &mut chance, now)).collect();
    let shelf = Shelf::of(&posts);
    let cases: Vec<(Rep, Vec<Deal>)> = (0..REPS).map(|rep| case(rep, now)).collect();
    digest(&shelf, &cases[0], now);
    let mut times: Vec<f64> = cases.iter().take(50).map(|case| digest(&shelf, case, now)).collect();
    times.sort_by(f64::total_cmp);
    println!("picks of {DEALS_A_REP} deals: median {:.1} ms, worst of 50 {:.1} ms", times[25], times[49]);
    let started = Instant::now();
    let all: f64 = cases.iter().map(|case| digest(&shelf, case, now)).sum();
    println!("picks of {REPS} reps: {:.1} s ({:.1} s of it picking)", started.elapsed().as_secs_f64(), all / 1_000.0);
}

fn import(now: Timestamp) -> usize {
    let mut file = String::from(
        "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Currency,Close Date,Deal owner,Associated Company,Next step,Deal Description\n",
    );
    let mut chance = Chance(1);
    for row in 0..ROWS {
        let stage = ["Appointment Scheduled", "Qualified to Buy", "Contract Sent", "Closed Won"][row % 4];
        let notes = words(&mut chance, 25);
        writeln!(
            file,
            "{row},Deal {row},{stage},Sales,\"{},500.00\",EUR,2026-12-{:02},Rep {},Company {row},{},\"{notes}\"",
            row % 900 + 1,
            row % 28 + 1,
            row % 200,
            words(&mut chance, 4)
        )
        .unwrap();
    }
    let map = StageMap::shipped();
    let options = CsvOptions { crm: None, dates: None, now, map: &map, companions: &Companions::default() };
    read(file.as_bytes(), &options).unwrap().deals.len()
}

/// Posts to pick from; the texts come from the store where the program runs.
struct Shelf<'a> {
    index: Index,
    texts: Texts<'a>,
}

impl<'a> Shelf<'a> {
    fn of(posts: &'a [Post]) -> Self {
        let (started, before) = (Instant::now(), resident_kb("self", "VmRSS"));
        let mut index = Index::new();
        posts.iter().for_each(|post| index.upsert(post, &[]));
        index.trim();
        let grown = resident_kb("self", "VmRSS").saturating_sub(before) / 1024;
        println!("index of {POSTS} posts: {:.1} s, {grown} MB", started.elapsed().as_secs_f64());
        Self { index, texts: Texts::of(posts, &[]) }
    }
}

fn digest(shelf: &Shelf<'_>, (rep, deals): &(Rep, Vec<Deal>), now: Timestamp) -> f64 {
    let started = Instant::now();
    let case = Case {
        rep,
        deals,
        acts: &Acts::default(),
        team_votes: &[],
        shown: &[],
        notes: &[],
        week: "2026-W48".parse().unwrap(),
        now,
    };
    let picks: Vec<DealPicks> =
        choose(&shelf.index, &case).into_iter().map(|choice| choice.explained(&shelf.texts)).collect();
    assert!(!picks.is_empty());
    started.elapsed().as_secs_f64() * 1_000.0
}

fn case(at: usize, now: Timestamp) -> (Rep, Vec<Deal>) {
    let mut chance = Chance(at as u64 + 10);
    let rep = Rep::new(format!("rep{at}@example.com").parse().unwrap(), "Rep");
    let deal = |at: usize| {
        let stage = Stage::OF_A_DEAL[chance.below(11)];
        let made = office::deal(&rep, at, stage, words(&mut chance, 6), words(&mut chance, 30));
        Deal { account: Some("Kestrel".to_owned()), name: format!("Deal {at}"), active_at: Some(now), ..made }
    };
    let deals = (0..DEALS_A_REP).map(deal).collect();
    (rep, deals)
}

fn post(at: usize, chance: &mut Chance, now: Timestamp) -> Post {
    let source_id = SourceId::new(format!("source-{}", at % 400));
    let text = words(chance, WORDS_A_POST);
    let stage = Stage::ALL[chance.below(12)];
    let second = Stage::ALL[chance.below(11)];
    let tag = |stage, score| StageTag { stage, score, evidence: vec!["ask one more question".to_owned()] };
    Post {
        id: PostId::of(&source_id, &at.to_string()),
        source_id,
        mentor: Some(format!("Mentor {}", at % 900)),
        published_at: Some(now - SignedDuration::from_hours(at as i64 % 20_000)),
        seen_at: now,
        changed_at: now,
        words: WORDS_A_POST as u32,
        text,
        tagged: Tagged { primary: Some(stage), stages: vec![tag(stage, 0.8), tag(second, 0.3)], ..Tagged::default() },
        ..make::post(&at.to_string(), &words(chance, 6), stage)
    }
}

/// Words by a falling frequency, as language has them, with a long tail of rare ones.
fn words(chance: &mut Chance, count: usize) -> String {
    let list: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = String::new();
    for _ in 0..count {
        if chance.below(3) == 0 {
            let _ = write!(text, "w{} ", chance.below(20_000));
        } else {
            let at = chance.below(list.len()).min(chance.below(list.len()));
            let _ = write!(text, "{} ", list[at]);
        }
    }
    text
}
