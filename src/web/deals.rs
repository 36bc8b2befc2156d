use super::access::{open, open_deals};
use super::context::App;
use super::digests::current;
use super::error::{Error, Result};
use super::feeds::with_feeds_of;
use super::session::SignedIn;
use crate::model::{Act, Acts, CommitmentState, DealId, DealState, Scope};
use crate::pick::signals;
use crate::render::pages::{self, DealPage, Reading};
use crate::render::view::{self, DealView};
use crate::store::Holdings;
use axum::extract::{Path, State};
use axum::response::Html;
use jiff::Timestamp;
use std::sync::Arc;

/// The rep's open deals.
pub(super) async fn list(State(app): State<Arc<App>>, who: SignedIn) -> Result<Html<String>> {
    let deals = open_deals(&app, &who.rep).await?;
    let with_signals: Vec<_> = deals.iter().map(|deal| (deal.clone(), signals(deal, who.now))).collect();
    let acts = app.store().list_acts(&who.rep.email).await?;
    let reading = Reading { calendar: &who.calendar, acts: &acts, deals: &deals };
    Ok(Html(pages::deals(who.frame("Deals", "/deals"), &with_signals, &reading)))
}

/// One deal with its picks of this week.
pub(super) async fn one(State(app): State<Arc<App>>, who: SignedIn, Path(id): Path<String>) -> Result<Html<String>> {
    let Holdings { acts, deals, mut commitments, tokens } = app.store().list_holdings(&who.rep.email).await?;
    let deal = deals.iter().find(|deal| deal.id.as_str() == id).cloned().ok_or(Error::NotFound("deal"))?;
    let digest = current(&app, &who.rep, who.now).await?;
    commitments.retain(|commitment| commitment.deal == deal.id && commitment.state == CommitmentState::Open);
    let noticed = signals(&deal, who.now);
    let mut shown = DealView::new(&deal, &noticed, &who.calendar);
    if let Some(entry) = digest.deals.iter().find(|entry| entry.deal.id == deal.id) {
        shown.picks = entry.picks.iter().filter_map(|pick| view::pick(&digest, pick, &who.calendar)).collect();
        shown.nothing_because = entry.nothing_because.as_deref();
    } else if deal.state != DealState::Open {
        shown.nothing_because = Some("This deal is not open any more.");
    }
    let deals = open(deals);
    let reading = Reading { calendar: &who.calendar, acts: &acts, deals: &deals };
    let page = DealPage { shown, commitments: &commitments, snoozed_until: rests_until(&acts, &deal.id, who.now) };
    let scope = Scope::Deal(deal.id.clone());
    let frame = with_feeds_of(&app, &who, who.frame(deal.name.clone(), "/deals"), &scope, &tokens).await?;
    Ok(Html(pages::deal(frame, page, &reading)))
}

/// The end of a deal's rest, where it rests.
fn rests_until(acts: &Acts, id: &DealId, now: Timestamp) -> Option<Timestamp> {
    acts.acts.iter().find_map(|(_, act)| match act {
        Act::SnoozeDeal { deal, until } if deal == id && *until > now => Some(*until),
        _ => None,
    })
}
