//! A digest holds all that is shown of it, and nothing that this rep may not see.

use crate::helpers::make::{comment, days_ago, deal, email, now, post, rep};
use crate::helpers::pages::{self, Site};
use ridealong::digest::{Parts, build};
use ridealong::model::*;

fn picked(deal: &Deal, post: &Post) -> DealPicks {
    let pick = Pick {
        post_id: post.id.clone(),
        comment_id: None,
        deal_id: deal.id.clone(),
        stage: Stage::Closing,
        score: 1.0,
        why: "Because.".to_owned(),
        reasons: Vec::new(),
        explores: false,
    };
    DealPicks {
        deal_id: deal.id.clone(),
        stage: Some(Stage::Closing),
        signals: ridealong::pick::signals(deal, now()),
        picks: vec![pick],
        nothing_because: None,
    }
}

fn parts<'a>(rep: &'a Rep, deals: &'a [Deal], picked: &'a [DealPicks], posts: &'a [Post]) -> Parts<'a> {
    Parts {
        rep,
        week: "2026-W48".parse().unwrap(),
        now: now(),
        deals,
        picked,
        posts,
        comments: &[],
        notes: &[],
        commitments: &[],
        source_names: &[],
    }
}

#[test]
fn due_commitments_and_the_pipeline_check_open_it() {
    let rep = rep();
    let mut late = deal("Late");
    late.close_on = Some(jiff::civil::date(2026, 11, 1));
    let post = post("p", "Post", Stage::Closing);
    let picked = [picked(&late, &post)];
    let promise = |id: &str, due: jiff::civil::Date, state| Commitment {
        id: id.to_owned(),
        rep: rep.email.clone(),
        post: post.id.clone(),
        title: post.title.clone(),
        deal: late.id.clone(),
        deal_name: late.name.clone(),
        note: String::new(),
        made_at: days_ago(7),
        due_on: due,
        state,
        result: None,
        misses: 0,
    };
    let commitments = [
        promise("due", jiff::civil::date(2026, 11, 23), CommitmentState::Open),
        promise("later", jiff::civil::date(2026, 11, 24), CommitmentState::Open),
        promise("done", jiff::civil::date(2026, 11, 1), CommitmentState::Done),
    ];
    let (deals, posts) = ([late], [post]);
    let digest = build(Parts { commitments: &commitments, ..parts(&rep, &deals, &picked, &posts) });
    assert_eq!(digest.commitments.iter().map(|due| due.id.as_str()).collect::<Vec<_>>(), ["due"]);
    assert_eq!(digest.pipeline[0].signal.sentence, "Close date passed 22 days ago (1 Nov).");
    assert_eq!(digest.deals_imported_at, Some(days_ago(1)));
}

#[test]
fn it_carries_the_best_comment_and_only_notes_this_rep_may_read() {
    let rep = rep();
    let deal = deal("A");
    let post = post("p", "Post", Stage::Closing);
    let mut liked = comment(&post, "liked", "Short and liked.");
    liked.votes = Some(9);
    let comments = [comment(&post, "plain", "A much longer comment that nobody voted for."), liked];
    let note = |id: &str, audience| Note {
        id: id.to_owned(),
        rep: email("luis@example.com"),
        rep_name: "Luis".to_owned(),
        post: post.id.clone(),
        text: "Worked on Kestrel.".to_owned(),
        written_at: days_ago(4),
        audience,
    };
    let notes = [note("open", Audience::Everyone), note("closed", Audience::Team("south".to_owned()))];
    let picked = [picked(&deal, &post)];
    let (deals, posts) = ([deal], [post]);
    let digest = build(Parts { comments: &comments, notes: &notes, ..parts(&rep, &deals, &picked, &posts) });
    assert_eq!(digest.comments.iter().map(|comment| comment.id.clone()).collect::<Vec<_>>(), [comments[1].id.clone()]);
    assert_eq!(digest.notes.iter().map(|note| note.id.as_str()).collect::<Vec<_>>(), ["open"]);
}

#[test]
fn a_pick_whose_post_is_gone_is_dropped_with_a_reason() {
    let rep = rep();
    let deal = deal("A");
    let picked = [picked(&deal, &post("p", "Post", Stage::Closing))];
    let deals = [deal];
    let digest = build(parts(&rep, &deals, &picked, &[]));
    assert!(digest.deals[0].picks.is_empty() && digest.deals[0].nothing_because.is_some());
}

#[tokio::test]
async fn a_digest_that_is_wanted_right_after_a_start_waits_until_every_post_is_known() {
    let site = Site::new().await;
    site.desk.follow_aside().await;
    assert_eq!(site.desk.count_by_stage(), [], "the start itself waits for none");
    site.desk.build(&rep(), "2026-W48".parse().unwrap()).await.unwrap();
    let known: usize = site.desk.count_by_stage().into_iter().map(|(_, posts)| posts).sum();
    assert_eq!(known, pages::digest().posts.len());
}

#[tokio::test]
async fn the_best_of_a_stage_are_not_half_of_them_right_after_a_start() {
    let site = Site::new().await;
    site.desk.follow_aside().await;
    let stage = pages::digest().posts[0].tagged.primary.unwrap();
    assert!(!site.desk.library(stage, &rep(), 50).await.unwrap().is_empty());
}
