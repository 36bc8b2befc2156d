use super::reading::Reading;
use crate::model::{Deal, DealState, Signal, SignalKind, Stage};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

/// Days of silence that a stage before the proposal allows, where the CRM sets no limit of its own.
const SILENT_DAYS_EARLY: i64 = 14;
/// The same from the proposal on.
const SILENT_DAYS_LATE: i64 = 7;
/// Days in one stage after which a deal counts as stalled where the CRM knows no activity.
const STAGE_DAYS_MAX: i64 = 45;
/// Days for which a move of stage is news.
const MOVED_DAYS: i64 = 10;

/// What there is to notice about an open deal at this instant, the most urgent first; nothing for others.
pub fn signals(deal: &Deal, now: Timestamp) -> Vec<Signal> {
    signals_of(deal, &Reading::of(deal), now)
}

/// The same where the deal's words have been read already.
pub(super) fn signals_of(deal: &Deal, reading: &Reading, now: Timestamp) -> Vec<Signal> {
    if deal.state != DealState::Open {
        return Vec::new();
    }
    let today = day(now);
    [
        past_close_date(deal, today),
        stalled(deal, today),
        no_next_step(deal),
        no_amount(deal),
        stage_moved(deal, today),
        competitor_named(deal),
        objection_voiced(reading),
        unmapped(deal),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn signal(kind: SignalKind, sentence: String) -> Option<Signal> {
    Some(Signal { kind, sentence })
}

fn past_close_date(deal: &Deal, today: Date) -> Option<Signal> {
    let close_on = deal.close_on.filter(|date| *date < today)?;
    let days = days_between(close_on, today);
    signal(
        SignalKind::PastCloseDate,
        format!("Close date passed {} ago ({}).", days_text(days), date_text(close_on, today)),
    )
}

fn stalled(deal: &Deal, today: Date) -> Option<Signal> {
    let (allowed, whose) = silent_days_max(deal);
    if let Some(at) = deal.active_at {
        let since = day(at);
        let days = days_between(since, today);
        return (days > allowed).then(|| Signal {
            kind: SignalKind::Stalled,
            sentence: format!(
                "No activity for {} (since {}); {whose} {}.",
                days_text(days),
                date_text(since, today),
                days_text(allowed)
            ),
        });
    }
    let since = day(deal.stage_entered_at?);
    let days = days_between(since, today);
    (days > STAGE_DAYS_MAX).then(|| Signal {
        kind: SignalKind::Stalled,
        sentence: format!("In {:?} for {} (since {}).", deal.stage_label, days_text(days), date_text(since, today)),
    })
}

/// Days of silence that are allowed, and how to say by whom.
fn silent_days_max(deal: &Deal) -> (i64, &'static str) {
    if let Some(days) = deal.rotten_days {
        return (i64::from(days), "the CRM allows");
    }
    let late = deal.stages.first().is_some_and(|weight| (Stage::Proposal..=Stage::Closing).contains(&weight.stage));
    (if late { SILENT_DAYS_LATE } else { SILENT_DAYS_EARLY }, "this stage allows")
}

fn no_next_step(deal: &Deal) -> Option<Signal> {
    let empty = deal.next_step.as_deref().is_none_or(|step| step.trim().is_empty());
    if empty { signal(SignalKind::NoNextStep, "No next step is written down.".to_owned()) } else { None }
}

fn no_amount(deal: &Deal) -> Option<Signal> {
    let early = deal.stages.first().is_some_and(|weight| weight.stage <= Stage::Qualification);
    let missing = deal.amount_minor.is_none_or(|amount| amount == 0);
    if missing && !early { signal(SignalKind::NoAmount, "The amount is missing.".to_owned()) } else { None }
}

fn stage_moved(deal: &Deal, today: Date) -> Option<Signal> {
    let before = deal.previous_stage_label.as_deref()?;
    let days = days_between(day(deal.stage_entered_at?), today);
    if days > MOVED_DAYS {
        return None;
    }
    signal(SignalKind::StageMoved, format!("Moved from {before:?} to {:?} {} ago.", deal.stage_label, days_text(days)))
}

fn competitor_named(deal: &Deal) -> Option<Signal> {
    if deal.competitors.is_empty() {
        return None;
    }
    signal(SignalKind::CompetitorNamed, format!("Up against {}.", deal.competitors.join(", ")))
}

fn objection_voiced(reading: &Reading) -> Option<Signal> {
    let cue = reading.cues.iter().find(|cue| cue.concept().objection.is_some())?;
    signal(SignalKind::ObjectionVoiced, format!("{} {}: {:?}.", cue.field.speaks_of(), cue.concept().says, cue.quote))
}

fn unmapped(deal: &Deal) -> Option<Signal> {
    if !deal.stages.is_empty() {
        return None;
    }
    signal(
        SignalKind::Unmapped,
        format!("Nothing says what the CRM stage {:?} means; picks are general.", deal.stage_label),
    )
}

/// The date of an instant, in UTC: deals carry dates without zones.
pub(super) fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// Whole days from one date to another; negative where it lies before.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to)).map_or(0, |span| i64::from(span.get_days()))
}

fn days_text(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// `11 Nov`, with the year where it is another one.
fn date_text(date: Date, today: Date) -> String {
    let format = if date.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
    date.strftime(format).to_string()
}
