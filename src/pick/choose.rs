use super::index::{Doc, Index};
use super::score::{Scored, Wanted};
use super::weights::LIKENESS_COST;
use crate::model::{IsoWeek, PostId, SourceId};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Picks of one deal on the page.
const PICKS_A_DEAL_MAX: usize = 3;
/// Picks of one digest.
const PICKS_MAX: usize = 12;
/// Picks of one source in one digest.
const PICKS_A_SOURCE_MAX: usize = 2;
/// One slot in so many explores.
const SLOTS_A_EXPLORATION: usize = 5;
/// How far down the list an exploring slot may reach.
const EXPLORE_DEPTH: usize = 12;
/// Fingerprints that differ in at most so many of 64 bits are the same text.
const SAME_TEXT_BITS: u32 = 3;

/// One deal's list, best first, and what has been chosen of it.
pub(super) struct Slate<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) list: Vec<Scored>,
    /// Chosen: place in `list`, and whether it explores.
    pub(super) chosen: Vec<(usize, bool)>,
}

/// What a digest has used up.
#[derive(Default)]
struct Used {
    posts: HashSet<PostId>,
    sources: HashMap<SourceId, usize>,
    picks: usize,
}

impl Used {
    fn take(&mut self, doc: &Doc) {
        self.posts.insert(doc.card.post_id.clone());
        *self.sources.entry(doc.card.source_id.clone()).or_default() += 1;
        self.picks += 1;
    }

    fn give_back(&mut self, doc: &Doc) {
        self.posts.remove(&doc.card.post_id);
        if let Some(count) = self.sources.get_mut(&doc.card.source_id) {
            *count -= 1;
        }
        self.picks -= 1;
    }

    fn allows(&self, doc: &Doc) -> bool {
        self.picks < PICKS_MAX
            && !self.posts.contains(&doc.card.post_id)
            && self.sources.get(&doc.card.source_id).is_none_or(|count| *count < PICKS_A_SOURCE_MAX)
    }
}

/// Chooses over all deals, which stand in the order of urgency: every deal gets its best before any gets its second.
/// Then the wiki gets a place where it fits, and one slot in five explores.
pub(super) fn choose(index: &Index, slates: &mut [Slate<'_>], seed: &Seed<'_>) {
    let mut used = Used::default();
    for _ in 0..PICKS_A_DEAL_MAX {
        for slate in slates.iter_mut() {
            if let Some(at) = next_best(index, slate, &used) {
                used.take(doc_of(index, slate, at));
                slate.chosen.push((at, false));
            }
        }
    }
    place_wiki(index, slates, &mut used);
    explore(index, slates, &mut used, seed);
}

fn doc_of<'i>(index: &'i Index, slate: &Slate<'_>, at: usize) -> &'i Doc {
    &index.docs[slate.list[at].doc as usize]
}

/// The place of the best that is allowed and not too like what is chosen already (maximal marginal relevance).
fn next_best(index: &Index, slate: &Slate<'_>, used: &Used) -> Option<usize> {
    let mut best: Option<(f32, usize)> = None;
    for (at, scored) in slate.list.iter().enumerate() {
        // The list is sorted and likeness only costs: nothing below can win any more.
        if best.is_some_and(|(known, _)| scored.score <= known) {
            break;
        }
        let doc = doc_of(index, slate, at);
        if !used.allows(doc) {
            continue;
        }
        let likeness = slate.chosen.iter().map(|(at, _)| likeness(doc, doc_of(index, slate, *at))).fold(0.0, f32::max);
        let value = scored.score - LIKENESS_COST * likeness;
        if likeness < 1.0 && best.is_none_or(|(known, _)| value > known) {
            best = Some((value, at));
        }
    }
    best.map(|(_, at)| at)
}

/// How alike two documents are, 0 to 1; 1 is the same text.
fn likeness(a: &Doc, b: &Doc) -> f32 {
    let printed = a.card.simhash != 0 && b.card.simhash != 0;
    if printed && (a.card.simhash ^ b.card.simhash).count_ones() <= SAME_TEXT_BITS {
        return 1.0;
    }
    let same = |fits: bool, weight: f32| if fits { weight } else { 0.0 };
    let both = a.concepts.iter().filter(|concept| b.concepts.contains(concept)).count();
    let all = a.concepts.len() + b.concepts.len() - both;
    let shared = if all == 0 { 0.0 } else { both as f32 / all as f32 };
    0.6 * shared
        + same(a.card.source_id == b.card.source_id, 0.2)
        + same(a.mentor().is_some() && a.mentor() == b.mentor(), 0.15)
}

/// Where no wiki page was chosen although one fits some deal, it takes that deal's last place.
fn place_wiki(index: &Index, slates: &mut [Slate<'_>], used: &mut Used) {
    let chosen = |slate: &Slate<'_>| slate.chosen.iter().any(|(at, _)| doc_of(index, slate, *at).wiki);
    if slates.iter().any(chosen) {
        return;
    }
    let mut pages: Vec<(usize, usize)> = Vec::new();
    for (deal, slate) in slates.iter().enumerate() {
        let wiki = slate.list.iter().enumerate().filter(|(_, scored)| index.docs[scored.doc as usize].wiki);
        pages.extend(wiki.map(|(at, _)| (deal, at)));
    }
    pages.sort_by(|a, b| slates[b.0].list[b.1].score.total_cmp(&slates[a.0].list[a.1].score).then(a.cmp(b)));
    for (deal, at) in pages {
        let slate = &mut slates[deal];
        let crowded = slate.chosen.len() == PICKS_A_DEAL_MAX || used.picks == PICKS_MAX;
        let left = if crowded { slate.chosen.pop() } else { None };
        if let Some((last, _)) = left {
            used.give_back(doc_of(index, slate, last));
        }
        if used.allows(doc_of(index, slate, at)) {
            used.take(doc_of(index, slate, at));
            slate.chosen.push((at, false));
            return;
        }
        if let Some((last, explores)) = left {
            used.take(doc_of(index, slate, last));
            slate.chosen.push((last, explores));
        }
    }
}

/// One slot in five shows something from further down the list, so that new sources and mentors get their chance. A
/// deal's first pick and the wiki's place stay.
fn explore(index: &Index, slates: &mut [Slate<'_>], used: &mut Used, seed: &Seed<'_>) {
    let mut slots: Vec<(usize, usize)> = Vec::new();
    for (deal, slate) in slates.iter().enumerate() {
        let later = slate.chosen.iter().enumerate().skip(1).filter(|(_, (at, _))| !doc_of(index, slate, *at).wiki);
        slots.extend(later.map(|(slot, _)| (deal, slot)));
    }
    for round in 0..used.picks / SLOTS_A_EXPLORATION {
        if slots.is_empty() {
            return;
        }
        let (deal, slot) = slots.swap_remove(seed.below(slots.len(), &["slot", &round.to_string()]));
        let slate = &mut slates[deal];
        let (old, _) = slate.chosen[slot];
        used.give_back(doc_of(index, slate, old));
        let taken: Vec<&Doc> = slate.chosen.iter().map(|(at, _)| doc_of(index, slate, *at)).collect();
        let further: Vec<usize> = (old + 1..slate.list.len().min(old + 1 + EXPLORE_DEPTH))
            .filter(|at| {
                let doc = doc_of(index, slate, *at);
                used.allows(doc) && taken.iter().all(|other| likeness(doc, other) < 1.0)
            })
            .collect();
        let new = if further.is_empty() {
            (old, false)
        } else {
            (further[seed.below(further.len(), &["post", &round.to_string()])], true)
        };
        used.take(doc_of(index, slate, new.0));
        slate.chosen[slot] = new;
    }
}

/// What makes one digest's chance its own: the same rep and week always draw the same.
pub(super) struct Seed<'a> {
    pub(super) rep: &'a str,
    pub(super) week: IsoWeek,
}

impl Seed<'_> {
    /// A number below `count`, which must not be zero.
    fn below(&self, count: usize, of: &[&str]) -> usize {
        let mut hash = Sha256::new();
        for part in [self.rep, &self.week.to_string()].iter().chain(of) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        let number = digest[..8].iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        (number % count.max(1) as u64) as usize
    }
}

/// Deals in the order of urgency: what slips first, then what closes first, then the larger amount.
pub(super) fn by_urgency(slates: &mut [Slate<'_>]) {
    slates.sort_by_cached_key(|slate| {
        let deal = slate.wanted.deal;
        let slips = slate.wanted.signals.iter().any(|signal| signal.kind.opens_digest());
        let close_on = deal.close_on.unwrap_or(jiff::civil::Date::MAX);
        (!slips, close_on, std::cmp::Reverse(deal.amount_minor), deal.id.clone())
    });
}
