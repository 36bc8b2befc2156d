//! The right pieces for a deal: `choose` for a rep's digest, `rank` for one deal without a digest's limits. Pure.
//!
//! A deal is read once (`reading`: words and concepts of the trade; `signals`: what to notice), which says what advice
//! it needs (`needs`). Posts lie in an `Index` with their words (`postings`) and tags. Every post that could help gets
//! a score of named terms (`score`, weighed in `weights`); a digest's limits and its variety are kept by `choose`;
//! `why` turns the strongest terms into a sentence that quotes the post and the deal, once its text is at hand.

mod choose;
mod concepts;
mod gaps;
mod index;
mod library;
pub mod measure;
mod names;
mod needs;
mod postings;
mod quote;
mod reading;
mod score;
mod signals;
mod taste;
mod trade;
mod weights;
mod why;
mod words;

use crate::model::{Act, Acts, Deal, DealState, IsoWeek, Note, Pick, PostId, Rep, Stage, Verdict};
use choose::{Seed, Slate};
use index::Doc;
use jiff::Timestamp;
use postings::Scores;
use score::Wanted;
use std::collections::HashSet;
use taste::Taste;
use why::Chosen;

pub use crate::model::DealPicks;
pub use index::Index;
pub use signals::signals;
pub use weights::Weights;
pub use why::Texts;

/// Days for which a post that was shown rests.
pub const REST_DAYS: i64 = 90;
/// Days after the signature for which a deal still gets advice on growth.
const WON_DAYS: i64 = 90;
/// Days after a loss from which, and until which, a deal gets advice on revival.
const LOST_DAYS: std::ops::RangeInclusive<i64> = 30..=90;
/// Documents of one deal that are looked at closely.
const SHORTLIST: usize = 60;

/// Everything that a rep's picks depend on.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Whose.
    pub rep: &'a Rep,
    /// The rep's deals, all states.
    pub deals: &'a [Deal],
    /// What the rep did.
    pub acts: &'a Acts,
    /// What colleagues of the rep's team voted.
    pub team_votes: &'a [(PostId, Verdict)],
    /// What the rep was shown before this week, and when.
    pub shown: &'a [(PostId, Timestamp)],
    /// Notes on posts; those that this rep may not read are passed over.
    pub notes: &'a [Note],
    /// The period.
    pub week: IsoWeek,
    /// This instant.
    pub now: Timestamp,
}

/// What was chosen for one deal. The reasons are not written yet: they quote texts, which stay in the store.
pub struct Choice<'a> {
    wanted: Wanted<'a>,
    chosen: Vec<Chosen>,
    /// Why nothing was, where nothing was.
    nothing_because: Option<String>,
}

impl<'a> Choice<'a> {
    /// The posts whose texts, and whose comments, the reasons are written from.
    pub fn posts(&self) -> impl Iterator<Item = &PostId> {
        self.chosen.iter().map(|chosen| &chosen.post)
    }

    /// The picks with their reasons. What is not among `texts` was removed meanwhile and is left out.
    pub fn picks(&self, texts: &Texts<'_>) -> Vec<Pick> {
        self.chosen.iter().filter_map(|chosen| chosen.pick(&self.wanted, texts)).collect()
    }

    /// The same with what else is to say of the deal.
    pub fn explained(self, texts: &Texts<'_>) -> DealPicks {
        DealPicks {
            deal_id: self.wanted.deal.id.clone(),
            stage: self.wanted.deal.stages.first().map(|weight| weight.stage),
            picks: self.picks(texts),
            nothing_because: self.nothing_because,
            signals: self.wanted.signals,
        }
    }
}

/// Chooses for a rep's deals within a digest's limits, the most urgent deal first. Deals that are gone, or won or lost
/// too long ago, are left out.
pub fn choose<'a>(index: &Index, case: &Case<'a>) -> Vec<Choice<'a>> {
    let taste = Taste::of_rep(index, case.rep, case.acts, case.team_votes, case.notes);
    let barred = Barred::of(index, case);
    let mut scores = Scores::default();
    let live = case.deals.iter().filter(|deal| is_live(deal, case.now));
    let mut slates: Vec<Slate<'a>> = live
        .map(|deal| {
            let wanted = Wanted::of(deal, case.now, &Weights::SHIPPED);
            let list = if case.acts.deal_snoozed(&deal.id, case.now) {
                Vec::new()
            } else {
                let allowed = |number: u32, doc: &Doc| barred.allows(number, doc);
                let mut list = score::search(index, &wanted, Some(&taste), &mut scores, SHORTLIST, allowed);
                list.retain(|scored| fits(index, &wanted, scored, case));
                list
            };
            Slate { wanted, list, chosen: Vec::new() }
        })
        .collect();
    choose::by_urgency(&mut slates);
    choose::choose(index, &mut slates, &Seed { rep: case.rep.email.as_str(), week: case.week });
    slates.into_iter().map(|slate| choice(index, case, slate)).collect()
}

/// Chooses the posts that fit one deal best, without a digest's limits: the same terms, no rest, no variety, no
/// exploration. Posts only, no comments, each once.
pub fn rank<'a>(index: &Index, deal: &'a Deal, now: Timestamp, max: usize, weights: &'a Weights) -> Choice<'a> {
    let wanted = Wanted::of(deal, now, weights);
    let posts = |_: u32, doc: &Doc| doc.comment.is_none();
    let list = score::search(index, &wanted, None, &mut Scores::default(), max, posts);
    let chosen = list.iter().map(|scored| Chosen::of(index, &wanted, scored, false)).collect();
    Choice { wanted, chosen, nothing_because: None }
}

/// Whether a deal gets picks at all: open, or won or lost within the days that advice can still help.
pub fn is_live(deal: &Deal, now: Timestamp) -> bool {
    let ended = deal.close_on.or_else(|| deal.updated_at.map(signals::day));
    let days = ended.map(|date| signals::days_between(date, signals::day(now)));
    match deal.state {
        DealState::Open => true,
        DealState::Won => days.is_some_and(|days| days <= WON_DAYS),
        DealState::Lost => days.is_some_and(|days| LOST_DAYS.contains(&days)),
        DealState::Gone => false,
    }
}

/// What must not be picked for this rep: documents by number, worked out once for all deals.
struct Barred {
    docs: Vec<bool>,
    stages: HashSet<Stage>,
}

impl Barred {
    fn of(index: &Index, case: &Case<'_>) -> Self {
        let rest = jiff::SignedDuration::from_hours(24 * REST_DAYS);
        let resting = case.shown.iter().filter(|(_, at)| case.now.duration_since(*at) < rest).map(|(post, _)| post);
        let declined = case.acts.acts.iter().filter_map(|(_, act)| match act {
            Act::Vote { post, verdict: Verdict::NotForMe, .. } => Some(post),
            _ => None,
        });
        let mut docs = vec![false; index.docs.len()];
        for number in resting.chain(declined).flat_map(|post| index.of_post(post)) {
            docs[number as usize] = true;
        }
        for number in index.restricted() {
            docs[*number as usize] |= !index.docs[*number as usize].card.audience.includes(case.rep.team.as_deref());
        }
        let mutes = |(_, act): &(Timestamp, Act)| matches!(act, Act::MuteSource { .. } | Act::MuteMentor { .. });
        if case.acts.acts.iter().any(mutes) {
            for (barred, doc) in docs.iter_mut().zip(&index.docs) {
                *barred |= case.acts.muted(&doc.card.source_id, doc.mentor());
            }
        }
        let stages = Stage::ALL.into_iter().filter(|stage| case.acts.stage_snoozed(*stage, case.now)).collect();
        Self { docs, stages }
    }

    fn allows(&self, number: u32, doc: &Doc) -> bool {
        !self.docs.get(number as usize).copied().unwrap_or(true)
            && (self.stages.is_empty() || !doc.stages.first().is_some_and(|(stage, _)| self.stages.contains(stage)))
    }
}

/// Whether a document is what the deal needs, and not only near it: nothing is shown to fill a page.
fn fits(index: &Index, wanted: &Wanted<'_>, scored: &score::Scored, case: &Case<'_>) -> bool {
    let matched = scored.terms.stage / wanted.weights.stage.max(f32::MIN_POSITIVE);
    let doc = &index.docs[scored.doc as usize];
    let snoozed = case.acts.stage_snoozed(scored.stage, case.now);
    let general = doc.stages.first().is_some_and(|(stage, _)| *stage == Stage::General);
    !snoozed && matched >= weights::STAGE_MATCH_MIN && (!general || wanted.deal.stages.is_empty())
}

fn choice<'a>(index: &Index, case: &Case<'_>, slate: Slate<'a>) -> Choice<'a> {
    let mut places = slate.chosen.clone();
    places.sort_by_key(|(at, explores)| (*explores, *at));
    let chosen = places.iter().map(|(at, explores)| Chosen::of(index, &slate.wanted, &slate.list[*at], *explores));
    let chosen: Vec<_> = chosen.collect();
    let nothing_because = chosen.is_empty().then(|| nothing_because(case, &slate));
    Choice { wanted: slate.wanted, chosen, nothing_because }
}

fn nothing_because(case: &Case<'_>, slate: &Slate<'_>) -> String {
    let deal = slate.wanted.deal;
    let until = case.acts.acts.iter().rev().find_map(|(_, act)| match act {
        Act::SnoozeDeal { deal: snoozed, until } if snoozed == &deal.id && *until > case.now => Some(*until),
        _ => None,
    });
    if let Some(until) = until {
        let day = case.rep.time_zone().to_datetime(until).date();
        return format!("You let this deal rest until {}.", day.strftime("%-d %B"));
    }
    let work = deal.stages.first().map(|weight| weight.stage);
    match (slate.list.is_empty(), work) {
        (false, _) => "What fits this deal stands with more urgent deals this week.".to_owned(),
        (true, Some(stage)) => {
            format!("Nothing new that fits: no post you have not seen yet helps to {}.", stage.work())
        }
        (true, None) => format!("Nothing fits: nothing says yet what the CRM stage {:?} means.", deal.stage_label),
    }
}
