use super::team::PlayShown;
use super::{Bar, CommitmentCard, Frame, Reading, render};
use crate::model::{Commitment, Digest, IsoWeek, Note, Reason};
use crate::render::view::{self, DealView, PickView, Quote};
use crate::render::words::{Calendar, count, week_span};
use crate::render::{Links, links::outside};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::Weekday;

/// Days after which deals count as old enough to say so.
const IMPORT_OLD_DAYS: i32 = 8;

/// What the digest page shows.
pub struct DigestPage<'a> {
    /// The digest.
    pub digest: &'a Digest,
    /// Commitments that are due, as they stand now.
    pub commitments: &'a [Commitment],
    /// Weeks before this one that can be opened, newest first.
    pub earlier: &'a [IsoWeek],
    /// Whether the digest is of the week that the reader is in.
    pub is_this_week: bool,
    /// The reader and what they did.
    pub reading: &'a Reading<'a>,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct Page<'a> {
    frame: Frame,
    week_number: i8,
    span: String,
    is_this_week: bool,
    summary: Option<String>,
    imported_hint: Option<String>,
    pipeline: Vec<Check<'a>>,
    play: Option<PlayShown<'a>>,
    commitments: Vec<CommitmentCard<'a>>,
    deals: Vec<DealPart<'a>>,
    earlier: Vec<(String, String)>,
    admin: bool,
}

struct Check<'a> {
    deal_id: &'a str,
    deal_name: &'a str,
    sentence: &'a str,
    crm_url: Option<&'a str>,
}

/// A deal with its picks as cards.
pub(super) struct DealPart<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) facts: Vec<String>,
    pub(super) signals: Vec<&'a str>,
    pub(super) picks: Vec<PickCard<'a>>,
    pub(super) nothing_because: &'a str,
}

impl<'a> DealPart<'a> {
    pub(super) fn new(shown: DealView<'a>, path: &str, reading: &Reading<'a>) -> Self {
        Self {
            id: shown.deal.id.as_str(),
            name: &shown.deal.name,
            facts: shown.facts().into_iter().map(str::to_owned).collect(),
            signals: shown.signals.iter().map(|signal| signal.sentence.as_str()).collect(),
            nothing_because: shown.nothing_because.unwrap_or("Nothing fits this deal this week."),
            picks: shown.picks.into_iter().map(|pick| PickCard::new(pick, path, reading)).collect(),
        }
    }
}

/// One pick.
#[derive(Template)]
#[template(path = "pick.html")]
pub(super) struct PickCard<'a> {
    anchor: String,
    post_id: &'a str,
    fragment: String,
    title: String,
    lang: Option<&'a str>,
    why: &'a str,
    reasons: Vec<&'a Reason>,
    line: Vec<String>,
    original: Option<&'a str>,
    quote: Option<Quote<'a>>,
    notes: Vec<&'a Note>,
    bar: Bar<'a>,
}

impl<'a> PickCard<'a> {
    fn new(shown: PickView<'a>, path: &str, reading: &Reading<'a>) -> Self {
        let anchor = shown.anchor();
        let pick = shown.pick;
        Self {
            bar: Bar::new(&shown.post, Some(&pick.deal_id), anchor.clone(), path, reading),
            anchor,
            post_id: pick.post_id.as_str(),
            fragment: pick.comment_id.as_ref().map(|id| format!("#comment-{id}")).unwrap_or_default(),
            line: shown.post.line(),
            original: shown.post.original,
            lang: shown.post.foreign,
            title: shown.post.title,
            why: &pick.why,
            reasons: pick.reasons.iter().filter(|reason| reason.weight > 0.0 && !reason.text.is_empty()).collect(),
            quote: shown.quote,
            notes: shown.notes,
        }
    }
}

/// The page of a week.
pub fn digest(frame: Frame, page: &DigestPage<'_>) -> String {
    let DigestPage { digest, reading, .. } = *page;
    let path = if page.is_this_week { "/".to_owned() } else { format!("/digest/{}", digest.week) };
    render(&Page {
        week_number: digest.week.week(),
        span: week_span(digest.week.day(Weekday::Monday)),
        is_this_week: page.is_this_week,
        summary: summary(digest),
        imported_hint: imported_hint(digest.deals_imported_at, reading.calendar),
        pipeline: digest
            .pipeline
            .iter()
            .map(|check| Check {
                deal_id: check.deal_id.as_str(),
                deal_name: &check.deal_name,
                sentence: &check.signal.sentence,
                crm_url: check.url.as_deref().and_then(outside),
            })
            .collect(),
        play: digest.play.as_ref().and_then(|play| Some(PlayShown::new(digest.post(&play.post)?, play))),
        commitments: page
            .commitments
            .iter()
            .map(|commitment| CommitmentCard::new(commitment, &path, reading.calendar))
            .collect(),
        deals: view::deals(digest, reading.calendar)
            .into_iter()
            .map(|deal| without_checked(DealPart::new(deal, &path, reading), digest))
            .collect(),
        earlier: page.earlier.iter().map(|week| (week.to_string(), week_span(week.day(Weekday::Monday)))).collect(),
        admin: frame.reader.as_ref().is_some_and(|reader| reader.admin),
        frame,
    })
}

/// The deal without the signals that the pipeline check above has told already.
fn without_checked<'a>(mut part: DealPart<'a>, digest: &Digest) -> DealPart<'a> {
    let told = |signal: &str| {
        digest.pipeline.iter().any(|check| check.deal_id.as_str() == part.id && check.signal.sentence == signal)
    };
    part.signals.retain(|signal| !told(signal));
    part
}

/// "4 picks for 2 deals: 9 minutes to read, 26 minutes to listen to."
fn summary(digest: &Digest) -> Option<String> {
    let shown: Vec<_> = digest.picks().filter_map(|(_, pick)| digest.post(&pick.post_id)).collect();
    let deals = digest.deals.iter().filter(|entry| !entry.picks.is_empty()).count();
    let minutes = |plays: bool, doing: &str| {
        let of_kind = shown.iter().filter(|post| post.duration_s.is_some() == plays);
        let sum: u32 = of_kind.map(|post| post.minutes()).sum();
        (sum > 0).then(|| format!("{} {doing}", count(sum as usize, "minute", "minutes")))
    };
    let time: Vec<_> = [minutes(false, "to read"), minutes(true, "to listen to")].into_iter().flatten().collect();
    let (picks, deals) = (count(shown.len(), "pick", "picks"), count(deals, "deal", "deals"));
    (!shown.is_empty()).then(|| format!("{picks} for {deals}: {}.", time.join(", ")))
}

/// "Your deals are 9 days old", where they are.
pub(super) fn imported_hint(imported_at: Option<Timestamp>, calendar: &Calendar) -> Option<String> {
    let days = (calendar.today() - calendar.date_of(imported_at?)).get_days();
    (days >= IMPORT_OLD_DAYS)
        .then(|| format!("Your deals are {days} days old. Import them again, and the picks fit better."))
}

#[derive(Template)]
#[template(path = "digest_alone.html")]
struct Alone<'a> {
    digest: &'a Digest,
    span: String,
    deals: Vec<DealView<'a>>,
    links: &'a Links,
    calendar: Calendar,
}

/// The digest as one HTML document that stands alone: no sign-in, no script, nothing loaded from elsewhere.
pub fn digest_html(digest: &Digest, links: &Links) -> String {
    let calendar = Calendar::named(&digest.zone, digest.built_at);
    render(&Alone {
        digest,
        span: week_span(digest.week.day(Weekday::Monday)),
        deals: view::deals(digest, &calendar),
        links,
        calendar,
    })
}
