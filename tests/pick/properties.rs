//! Whatever the posts, deals and acts, the limits of a digest hold.

use crate::helpers::make::{days_ago, deal, now, post, rep};
use crate::helpers::shelf::Shelf;
use proptest::prelude::*;
use ridealong::model::*;
use ridealong::pick::{Case, REST_DAYS};
use std::collections::{HashMap, HashSet};

const WORDS: [&str; 8] =
    ["procurement", "discount", "signature", "demo", "silence", "quarter end", "champion", "gatekeeper"];

#[derive(Clone, Debug)]
struct Made {
    stage: usize,
    source: usize,
    words: (usize, usize),
    thin: bool,
    foreign: bool,
    team: bool,
    shown_days: Option<i64>,
    wiki: bool,
    score: f32,
}

fn made() -> impl Strategy<Value = Made> {
    let often = |share| proptest::bool::weighted(share);
    (
        0..13usize,
        0..6usize,
        (0..8usize, 0..8usize),
        often(0.1),
        often(0.1),
        often(0.2),
        proptest::option::of(0..200i64),
        often(0.1),
        0.3f32..1.0,
    )
        .prop_map(|(stage, source, words, thin, foreign, team, shown_days, wiki, score)| Made {
            stage,
            source,
            words,
            thin,
            foreign,
            team,
            shown_days,
            wiki,
            score,
        })
}

fn post_of(at: usize, made: &Made) -> Post {
    let mut post = post(&at.to_string(), "A post", Stage::ALL[made.stage]);
    post.source_id = SourceId::new(format!("source-{}", made.source));
    post.id = PostId::of(&post.source_id, &at.to_string());
    post.text = format!("On {} and {}.", WORDS[made.words.0], WORDS[made.words.1]);
    post.thin = made.thin;
    post.language = Some(if made.foreign { "fr" } else { "en" }.to_owned());
    post.audience = if made.team { Audience::Team("south".to_owned()) } else { Audience::Everyone };
    post.kind = if made.wiki { SourceKind::Wiki } else { SourceKind::Feed };
    post.tagged.stages[0].score = made.score;
    post
}

fn deals_of(stages: &[usize]) -> Vec<Deal> {
    let deal_of = |(at, stage): (usize, &usize)| {
        let mut deal = deal(&format!("deal {at}"));
        deal.stages = vec![StageWeight { stage: Stage::OF_A_DEAL[*stage], weight: 1.0 }];
        deal.notes = Some(format!("They spoke of {}.", WORDS[at % 8]));
        deal
    };
    stages.iter().enumerate().map(deal_of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn every_digest_keeps_what_was_promised(
        made in proptest::collection::vec(made(), 0..60),
        stages in proptest::collection::vec(0..11usize, 0..8),
        muted in 0..6usize,
        snoozed in 0..13usize,
    ) {
        let posts: Vec<Post> = made.iter().enumerate().map(|(at, made)| post_of(at, made)).collect();
        let shelf = Shelf::of(&posts);
        let deals = deals_of(&stages);
        let until = now() + jiff::SignedDuration::from_hours(24);
        let acts = Acts { acts: vec![
            (days_ago(1), Act::MuteSource { source: SourceId::new(format!("source-{muted}")) }),
            (days_ago(1), Act::SnoozeStage { stage: Stage::ALL[snoozed], until }),
        ]};
        let shown: Vec<_> = made.iter().zip(&posts)
            .filter_map(|(made, post)| made.shown_days.map(|days| (post.id.clone(), days_ago(days)))).collect();
        let rep = rep();
        let case = Case {
            rep: &rep, deals: &deals, acts: &acts, team_votes: &[], shown: &shown, notes: &[],
            week: "2026-W48".parse().unwrap(), now: now(),
        };
        let picked = shelf.picks(&case);
        prop_assert_eq!(&picked, &shelf.picks(&case), "same inputs, same picks");
        prop_assert_eq!(picked.len(), deals.len());
        let mut sources: HashMap<&SourceId, usize> = HashMap::new();
        let mut seen = HashSet::new();
        for deal in &picked {
            prop_assert!(deal.picks.len() <= 3);
            prop_assert_eq!(deal.picks.is_empty(), deal.nothing_because.is_some());
            for pick in &deal.picks {
                let at = posts.iter().position(|post| post.id == pick.post_id).unwrap();
                let (post, made) = (&posts[at], &made[at]);
                prop_assert!(seen.insert(&pick.post_id), "a post stands in a digest once");
                *sources.entry(&post.source_id).or_default() += 1;
                prop_assert!(post.tagged.primary != Some(Stage::Offtopic) && !made.thin && !made.foreign && !made.team);
                prop_assert!(made.source != muted, "muted");
                prop_assert!(pick.stage != Stage::ALL[snoozed], "snoozed");
                prop_assert!(made.shown_days.is_none_or(|days| days >= REST_DAYS), "rests");
                prop_assert!(pick.why.ends_with('.') && pick.score.is_finite());
            }
        }
        prop_assert!(seen.len() <= 12 && sources.values().all(|count| *count <= 2));
    }
}
