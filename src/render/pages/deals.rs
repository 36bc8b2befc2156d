use super::digest::{DealPart, imported_hint};
use super::{CommitmentCard, Frame, Reading, render};
use crate::model::{Commitment, Deal, Signal, Stage};
use crate::render::view::DealView;
use crate::render::words::Calendar;
use askama::Template;
use jiff::Timestamp;

#[derive(Template)]
#[template(path = "deals.html")]
struct ListPage<'a> {
    frame: Frame,
    deals: Vec<DealPart<'a>>,
    imported_hint: Option<String>,
    admin: bool,
}

/// The list of a rep's open deals with what was noticed about each.
pub fn deals(frame: Frame, deals: &[(Deal, Vec<Signal>)], reading: &Reading<'_>) -> String {
    let imported_at = deals.iter().map(|(deal, _)| deal.imported_at).max();
    render(&ListPage {
        admin: frame.reader.as_ref().is_some_and(|reader| reader.admin),
        frame,
        imported_hint: imported_hint(imported_at, reading.calendar),
        deals: deals
            .iter()
            .map(|(deal, signals)| DealPart::new(DealView::new(deal, signals, reading.calendar), "/deals", reading))
            .collect(),
    })
}

/// What the page of a deal shows.
pub struct DealPage<'a> {
    /// The deal with its signals and picks.
    pub shown: DealView<'a>,
    /// Commitments on it, open ones.
    pub commitments: &'a [Commitment],
    /// The end of its rest, where it rests.
    pub snoozed_until: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "deal.html")]
struct Page<'a> {
    frame: Frame,
    deal: DealPart<'a>,
    stage: Option<Stage>,
    crm_url: Option<&'a str>,
    sheet: Vec<(&'static str, String)>,
    snoozed_until: Option<String>,
    commitments: Vec<CommitmentCard<'a>>,
}

/// The page of one deal.
pub fn deal(frame: Frame, page: DealPage<'_>, reading: &Reading<'_>) -> String {
    let DealPage { shown, commitments, snoozed_until } = page;
    let deal = shown.deal;
    let path = format!("/deals/{}", deal.id);
    render(&Page {
        frame,
        stage: shown.stage,
        crm_url: shown.crm_url(),
        sheet: sheet(deal, reading.calendar),
        snoozed_until: snoozed_until.map(|at| reading.calendar.day(reading.calendar.date_of(at))),
        commitments: commitments
            .iter()
            .map(|commitment| CommitmentCard::new(commitment, &path, reading.calendar))
            .collect(),
        deal: DealPart::new(shown, &path, reading),
    })
}

/// What the CRM says of the deal beyond its heading; absent facts are left out.
fn sheet(deal: &Deal, calendar: &Calendar) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.clone().filter(|text| !text.trim().is_empty());
    let facts = [
        ("Account", text(&deal.account)),
        ("Industry", text(&deal.industry)),
        ("Next step", text(&deal.next_step)),
        ("Notes", text(&deal.notes)),
        ("Competitors", Some(deal.competitors.join(", ")).filter(|names| !names.is_empty())),
        ("Last activity", deal.active_at.map(|at| calendar.age(at))),
        ("In this stage since", deal.stage_entered_at.map(|at| calendar.day(calendar.date_of(at)))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
