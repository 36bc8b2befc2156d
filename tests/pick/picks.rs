//! The right pieces for a deal, and nothing where nothing fits.

use crate::helpers::make::{comment, days_ago, deal, now, post, rep};
use crate::helpers::shelf::Shelf;
use ridealong::model::*;
use ridealong::pick::{Case, DealPicks, signals};

/// A post of its own source with its own text.
fn about(identity: &str, stage: Stage, text: &str) -> Post {
    let mut post = post(identity, identity, stage);
    post.source_id = SourceId::new(format!("source-{identity}"));
    post.id = PostId::of(&post.source_id, identity);
    post.mentor = Some(format!("Mentor of {identity}"));
    post.text = text.to_owned();
    post
}

struct Week {
    rep: Rep,
    deals: Vec<Deal>,
    acts: Acts,
    shown: Vec<(PostId, jiff::Timestamp)>,
    notes: Vec<Note>,
}

impl Week {
    fn of(deals: Vec<Deal>) -> Self {
        Self { rep: rep(), deals, acts: Acts::default(), shown: Vec::new(), notes: Vec::new() }
    }

    fn case(&self) -> Case<'_> {
        Case {
            rep: &self.rep,
            deals: &self.deals,
            acts: &self.acts,
            team_votes: &[],
            shown: &self.shown,
            notes: &self.notes,
            week: "2026-W48".parse().unwrap(),
            now: now(),
        }
    }

    fn picks(&self, shelf: &Shelf) -> Vec<DealPicks> {
        shelf.picks(&self.case())
    }

    fn titles(&self, shelf: &Shelf, posts: &[Post]) -> Vec<String> {
        let picks = self.picks(shelf);
        let titled = picks
            .iter()
            .flat_map(|deal| &deal.picks)
            .map(|pick| posts.iter().find(|post| post.id == pick.post_id).map(|post| post.title.clone()).unwrap());
        titled.collect()
    }
}

#[test]
fn the_post_that_speaks_of_what_the_deal_speaks_of_comes_first() {
    let posts = [
        about("forecast", Stage::Negotiation, "Write down what you would trade before the meeting."),
        about(
            "procurement",
            Stage::Negotiation,
            "When procurement calls and wants a discount, ask what they give in return.",
        ),
        about("opener", Stage::Prospecting, "Procurement people never answer a cold call about a discount."),
    ];
    let ranked = Shelf::of(&posts).rank(&deal("Northwind"), 10);
    assert_eq!(ranked[0].post_id, posts[1].id);
    assert_eq!(ranked.len(), 3);
    let why = &ranked[0].why;
    assert!(why.contains("procurement") && why.contains("procurement calls and wants a discount"), "{why}");
    assert!(ranked[0].reasons.iter().any(|reason| reason.term == "words"), "{:?}", ranked[0].reasons);
    let words = ranked[0].reasons.iter().find(|reason| reason.term == "words").unwrap();
    let named: Vec<String> =
        words.text.to_lowercase().split(['“', '”']).skip(1).step_by(2).map(str::to_owned).collect();
    let again = |at: usize| named[..at].iter().any(|earlier| earlier.contains(&named[at]));
    assert!(!named.is_empty() && !(0..named.len()).any(again), "nothing is named twice: {}", words.text);
    let sum: f32 = ranked[0].reasons.iter().map(|reason| reason.weight).sum();
    assert!((sum - ranked[0].score).abs() < 1e-3, "the terms must add up");
}

#[test]
fn a_deal_without_notes_gets_the_best_of_its_stage() {
    let posts = [
        about("a", Stage::Closing, "Agree the date of the signature."),
        about("b", Stage::Prospecting, "Open with their own words."),
    ];
    let mut deal = deal("Bare");
    (deal.notes, deal.next_step, deal.industry) = (None, None, None);
    let ranked = Shelf::of(&posts).rank(&deal, 10);
    assert_eq!(ranked[0].post_id, posts[0].id);
    assert!(ranked[0].why.contains("Contract Sent"), "{}", ranked[0].why);
}

#[test]
fn off_topic_thin_foreign_and_untagged_posts_are_never_picked() {
    let text = "Procurement wants a discount on the signature.";
    let mut posts: Vec<Post> =
        ["offtopic", "thin", "foreign", "untagged", "good"].map(|id| about(id, Stage::Closing, text)).into();
    posts[0].tagged.primary = Some(Stage::Offtopic);
    posts[1].thin = true;
    posts[2].language = Some("de".to_owned());
    posts[3].tagged = Tagged::default();
    let ranked = Shelf::of(&posts).rank(&deal("A"), 10);
    assert_eq!(ranked.iter().map(|pick| &pick.post_id).collect::<Vec<_>>(), [&posts[4].id]);
}

#[test]
fn nothing_fits_nothing_is_shown_and_the_reason_stands_there() {
    let posts = [about("a", Stage::Prospecting, "How to open a cold call.")];
    let picks = Week::of(vec![deal("A")]).picks(&Shelf::of(&posts));
    assert!(picks[0].picks.is_empty());
    assert!(picks[0].nothing_because.as_deref().unwrap().contains("decision and a signature"), "{picks:?}");
}

#[test]
fn a_stalled_deal_gets_advice_on_waking_it_up() {
    let posts = [
        about("wake", Stage::Revival, "Wake a deal that went quiet with one honest line."),
        about("sign", Stage::Closing, "Agree the date of the signature."),
    ];
    let mut stalled = deal("A");
    stalled.active_at = Some(days_ago(30));
    stalled.close_on = Some(jiff::civil::date(2026, 11, 11));
    (stalled.notes, stalled.next_step) = (None, None);
    let kinds: Vec<_> = signals(&stalled, now()).into_iter().map(|signal| signal.kind).collect();
    assert_eq!(kinds, [SignalKind::PastCloseDate, SignalKind::Stalled, SignalKind::NoNextStep]);
    assert_eq!(signals(&stalled, now())[0].sentence, "Close date passed 12 days ago (11 Nov).");
    let picks = Week::of(vec![stalled]).picks(&Shelf::of(&posts));
    assert!(picks[0].picks.iter().any(|pick| pick.stage == Stage::Revival && pick.why.contains("11 Nov")), "{picks:?}");
}

#[test]
fn a_digest_keeps_its_limits() {
    let mut posts = Vec::new();
    for at in 0..60 {
        let mut post = about(&format!("p{at}"), Stage::Closing, &format!("Signature advice number {at}."));
        post.source_id = SourceId::new(format!("source-{}", at % 9));
        posts.push(post);
    }
    let deals: Vec<Deal> = (0..8).map(|at| deal(&format!("deal {at}"))).collect();
    let picked = Week::of(deals).picks(&Shelf::of(&posts));
    let all: Vec<&Pick> = picked.iter().flat_map(|deal| &deal.picks).collect();
    assert_eq!(all.len(), 12);
    assert!(
        picked.iter().all(|deal| (1..=3).contains(&deal.picks.len())),
        "every deal gets its best before any its third"
    );
    let source = |pick: &Pick| posts.iter().find(|post| post.id == pick.post_id).unwrap().source_id.clone();
    for pick in &all {
        assert!(all.iter().filter(|other| source(other) == source(pick)).count() <= 2);
        assert_eq!(all.iter().filter(|other| other.post_id == pick.post_id).count(), 1);
    }
    assert!(all.iter().filter(|pick| pick.explores).count() <= 12 / 5);
    let again: Vec<Deal> = (0..8).map(|at| deal(&format!("deal {at}"))).collect();
    assert_eq!(Week::of(again).picks(&Shelf::of(&posts)), picked, "same inputs, same picks");
}

#[test]
fn what_was_shown_rests_for_ninety_days() {
    let posts = [about("a", Stage::Closing, "Agree the date of the signature.")];
    let shelf = Shelf::of(&posts);
    let mut week = Week::of(vec![deal("A")]);
    week.shown = vec![(posts[0].id.clone(), days_ago(89))];
    assert!(week.titles(&shelf, &posts).is_empty());
    week.shown = vec![(posts[0].id.clone(), days_ago(91))];
    assert_eq!(week.titles(&shelf, &posts), ["a"]);
}

#[test]
fn mutes_snoozes_and_votes_take_effect_at_once() {
    let posts = [
        about("a", Stage::Closing, "Agree the date of the signature."),
        about("b", Stage::Closing, "Name the signature day."),
    ];
    let shelf = Shelf::of(&posts);
    let until = now() + jiff::SignedDuration::from_hours(48);
    let mut week = Week::of(vec![deal("A")]);
    let with = |week: &mut Week, act: Act| {
        week.acts = Acts { acts: vec![(days_ago(1), act)] };
        week.titles(&shelf, &posts)
    };
    assert_eq!(with(&mut week, Act::MuteSource { source: posts[0].source_id.clone() }), ["b"]);
    assert_eq!(with(&mut week, Act::MuteMentor { mentor: "MENTOR OF A".to_owned() }), ["b"]);
    assert_eq!(with(&mut week, Act::Vote { post: posts[0].id.clone(), deal: None, verdict: Verdict::NotForMe }), ["b"]);
    assert!(with(&mut week, Act::SnoozeStage { stage: Stage::Closing, until }).is_empty());
    assert!(with(&mut week, Act::Restage { post: posts[0].id.clone(), stage: Stage::Prospecting }).len() == 1);
    let deal_id = week.deals[0].id.clone();
    assert!(with(&mut week, Act::SnoozeDeal { deal: deal_id, until }).is_empty());
    assert_eq!(week.picks(&shelf)[0].nothing_because.as_deref(), Some("You let this deal rest until 25 November."));
}

#[test]
fn a_post_for_one_team_never_reaches_another() {
    let mut posts = [about("a", Stage::Closing, "Agree the date of the signature.")];
    posts[0].audience = Audience::Team("north".to_owned());
    let mut week = Week::of(vec![deal("A")]);
    assert!(week.titles(&Shelf::of(&posts), &posts).is_empty());
    week.rep.team = Some("north".to_owned());
    assert_eq!(week.titles(&Shelf::of(&posts), &posts), ["a"]);
}

#[test]
fn a_comment_can_be_a_pick_of_its_own() {
    let post = about("weather", Stage::General, "Thoughts about selling in general.");
    let words = "Book the signature call before you send the contract, then walk the signatory through the order form line by line.";
    let mut advice = comment(&post, "c1", words);
    advice.tagged.primary = Some(Stage::Closing);
    advice.tagged.stages =
        vec![StageTag { stage: Stage::Closing, score: 0.9, evidence: vec!["signature call".to_owned()] }];
    let mut thin = advice.clone();
    (thin.id, thin.worth) = (CommentId::new("thin"), CommentWorth::Thin);
    let mut shelf = Shelf::default();
    shelf.put(&post, &[advice.clone(), thin]);
    let picks = Week::of(vec![deal("A")]).picks(&shelf);
    let chosen: Vec<_> = picks[0].picks.iter().map(|pick| pick.comment_id.clone()).collect();
    assert_eq!(chosen, [Some(advice.id)]);
    assert!(picks[0].picks[0].why.contains("this comment"), "{}", picks[0].picks[0].why);
}

#[test]
fn a_wiki_page_has_its_place_where_one_fits() {
    let mut posts: Vec<Post> = (0..5)
        .map(|at| about(&format!("p{at}"), Stage::Closing, "Call procurement about the discount and the signature."))
        .collect();
    let mut page = about("wiki", Stage::Closing, "Our steps to a signature.");
    (page.kind, page.mentor_role) = (SourceKind::Wiki, MentorRole::Wiki);
    page.published_at = Some(days_ago(900));
    posts.push(page);
    assert!(Week::of(vec![deal("A")]).titles(&Shelf::of(&posts), &posts).contains(&"wiki".to_owned()));
}

#[test]
fn a_post_that_was_removed_or_changed_is_no_longer_found_as_it_was() {
    let mut posts = [about("a", Stage::Closing, "Agree the date of the signature.")];
    let mut shelf = Shelf::of(&posts);
    posts[0].tagged.primary = Some(Stage::Offtopic);
    shelf.put(&posts[0], &[]);
    assert!(shelf.index.is_empty() && shelf.rank(&deal("A"), 5).is_empty());
    for at in 0..5_000 {
        shelf.put(&about(&format!("x{}", at % 7), Stage::Closing, "Signature."), &[]);
    }
    assert_eq!((shelf.index.len(), shelf.rank(&deal("A"), 50).len()), (7, 7));
}

#[test]
fn a_post_that_is_removed_before_it_is_read_leaves_the_others_alone() {
    let posts = [
        about("a", Stage::Closing, "Agree the date of the signature."),
        about("b", Stage::Closing, "Name the signature day."),
    ];
    let week = Week::of(vec![deal("A")]);
    let picks = Shelf::of(&posts).picks_without(&week.case(), &posts[0].id);
    assert_eq!(picks[0].picks.iter().map(|pick| &pick.post_id).collect::<Vec<_>>(), [&posts[1].id]);
}

#[test]
fn gone_and_long_ended_deals_get_nothing_and_fresh_ends_get_growth_or_revival() {
    let ended = |state, days: i64| {
        let mut ended = deal("A");
        ended.state = state;
        ended.close_on = Some(days_ago(days).to_zoned(jiff::tz::TimeZone::UTC).date());
        ridealong::pick::is_live(&ended, now())
    };
    assert!(ended(DealState::Won, 10) && !ended(DealState::Won, 100));
    assert!(!ended(DealState::Lost, 10) && ended(DealState::Lost, 40) && !ended(DealState::Lost, 100));
    assert!(!ended(DealState::Gone, 1));
}

#[test]
fn a_page_that_names_many_stages_does_not_stand_above_one_that_is_about_the_deal() {
    let mut page = about("answers", Stage::Negotiation, "Two data centres, single sign-on, and a discount for nobody.");
    page.tagged.stages = [Stage::Negotiation, Stage::Closing, Stage::Objections]
        .map(|stage| StageTag { stage, score: 1.0, evidence: Vec::new() })
        .to_vec();
    let post = about(
        "procurement",
        Stage::Negotiation,
        "When procurement calls and wants a discount, ask what they give in return.",
    );
    let ranked = Shelf::of(&[page, post.clone()]).rank(&deal("Northwind"), 10);
    assert_eq!(ranked[0].post_id, post.id);
    assert!(ranked[1].reasons.iter().all(|reason| reason.term != "stage" || reason.weight <= 1.2), "{ranked:?}");
}
