//! An import is a full snapshot: repeatable, and what is missing is gone, not lost.

use super::snapshot;
use crate::helpers::make::{deal, email, rep};
use ridealong::crm::{Import, claim};
use ridealong::model::{Crm, Deal, DealState, Rep};

pub(super) fn import(deals: Vec<Deal>) -> Import {
    Import {
        crm: Crm::Hubspot,
        columns: Vec::new(),
        rows: deals.len(),
        deals,
        complaints: Vec::new(),
        notes: Vec::new(),
        full: true,
    }
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let deals = vec![deal("a"), deal("b")];
    let (saved, first) = snapshot(Vec::new(), import(deals.clone()));
    assert_eq!((first.new, saved.len()), (2, 2));
    let (again, second) = snapshot(saved.clone(), import(deals));
    assert_eq!((second.unchanged, second.changed, second.gone), (2, 0, 0));
    assert_eq!(again, saved);
}

#[test]
fn a_deal_missing_from_the_newest_file_is_gone_and_may_come_back() {
    let (saved, _) = snapshot(Vec::new(), import(vec![deal("a"), deal("b")]));
    let (saved, summary) = snapshot(saved, import(vec![deal("a")]));
    let gone: Vec<_> =
        saved.iter().filter(|deal| deal.state == DealState::Gone).map(|deal| deal.name.clone()).collect();
    assert_eq!((gone, summary.gone), (vec!["b".to_owned()], 1));
    let (saved, summary) = snapshot(saved, import(vec![deal("a"), deal("b")]));
    assert!(saved.iter().all(|deal| deal.state == DealState::Open) && summary.back == 1);
}

#[test]
fn deals_of_another_crm_and_ended_deals_stay_when_a_file_does_not_hold_them() {
    let mut other = deal("other");
    other.crm = Crm::Pipedrive;
    let mut won = deal("won");
    won.state = DealState::Won;
    let (saved, summary) = snapshot(vec![other, won], import(vec![deal("a")]));
    assert_eq!((saved.len(), summary.gone), (1, 0), "only what changes is saved");
    let mut part = import(vec![deal("a")]);
    part.full = false;
    assert_eq!(snapshot(vec![deal("b")], part).1.gone, 0, "a part of the deals makes none of the others gone");
}

#[test]
fn a_move_keeps_the_label_before_it() {
    let mut moved = deal("a");
    moved.stage_label = "Closed Lost".to_owned();
    let (saved, summary) = snapshot(vec![deal("a")], import(vec![moved]));
    assert_eq!((saved[0].previous_stage_label.as_deref(), summary.moved), (Some("Contract Sent"), 1));
}

#[test]
fn owners_are_claimed_by_address_name_or_alias_and_the_rest_is_listed() {
    let mut maya = rep();
    maya.owners = vec!["M. Lindqvist".to_owned()];
    let luis = Rep::new(email("luis@example.com"), "Luis");
    let mut deals: Vec<Deal> = ["MAYA@example.com", "maya  lindqvist", "m. lindqvist", "Zoe", "", "Zoe", "Anton"]
        .into_iter()
        .map(|owner| {
            let mut deal = deal(owner);
            deal.owner = owner.to_owned();
            deal
        })
        .collect();
    assert_eq!(claim(&mut deals, &[luis, maya.clone()]), ["Anton", "Zoe"]);
    assert!(deals[..3].iter().all(|deal| deal.rep.as_ref() == Some(&maya.email)));
    assert!(deals[3..].iter().all(|deal| deal.rep.is_none()));
}
