//! What the mail says, in words, once for text and HTML. Every text in it is washed.

use super::MailLinks;
use super::wash::{address, line};
use crate::model::{Comment, Commitment, CommitmentState, Deal, Digest, DigestDeal, Pick, Post, Stage};
use crate::render::signed::Offer;
use jiff::civil::{Date, Weekday};

/// Characters (as a person counts them) of titles and names of deals, of one sentence (two quotations in it), and of a
/// quoted comment or note.
const TITLE_MAX: usize = 140;
const NAME_MAX: usize = 80;
const SENTENCE_MAX: usize = 480;
const QUOTE_MAX: usize = 280;
const EXCERPT_MAX: usize = 180;
/// A manager's note on the play of the week may be as long as it may be written.
const NOTE_MAX: usize = 500;
const PREHEADER_MAX: usize = 110;
/// Lines of the pipeline check; the rest is counted and stands on the page.
const PIPELINE_MAX: usize = 4;
/// Commitments shown; the rest is counted.
const COMMITMENTS_MAX: usize = 4;

/// The whole mail.
pub(super) struct MailView {
    /// The rep's first name, or empty.
    pub(super) name: String,
    /// "Week 48, 23–29 November".
    pub(super) week: String,
    /// "4 pieces for 3 deals, 9 minutes of reading."
    pub(super) summary: String,
    pub(super) preheader: String,
    pub(super) commitments: Vec<CommitmentView>,
    pub(super) commitments_more: usize,
    pub(super) pipeline: Vec<CheckView>,
    pub(super) pipeline_more: usize,
    pub(super) deals: Vec<DealView>,
    /// What the team's manager pinned for everybody.
    pub(super) play: Option<PlayView>,
    /// "Deals as of 17 November." where they are old; else none.
    pub(super) deals_age: Option<String>,
    pub(super) pieces: usize,
    pub(super) minutes: u32,
    pub(super) page_url: String,
    pub(super) commitments_url: String,
    pub(super) settings_url: String,
    pub(super) unsubscribe_url: String,
}

/// A promise that is due.
pub(super) struct CommitmentView {
    pub(super) title: String,
    pub(super) url: String,
    pub(super) deal: String,
    pub(super) note: String,
    pub(super) due: String,
}

/// A line of the pipeline check.
pub(super) struct CheckView {
    pub(super) deal: String,
    pub(super) url: String,
    pub(super) sentence: String,
}

/// A deal with the picks that the mail carries for it.
pub(super) struct DealView {
    pub(super) name: String,
    pub(super) url: String,
    /// "Negotiation", or none where its CRM stage is unmapped.
    pub(super) stage: Option<&'static str>,
    /// "closes 18 December".
    pub(super) close: Option<String>,
    pub(super) picks: Vec<PickView>,
    pub(super) snooze_url: String,
}

/// The play of the week.
pub(super) struct PlayView {
    pub(super) title: String,
    pub(super) url: String,
    /// "Pinned by Ada, 3 min read."
    pub(super) facts: String,
    /// Why the whole team should try it; empty where nobody said.
    pub(super) note: String,
}

/// A pick.
pub(super) struct PickView {
    /// Counts through the mail from 1.
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) url: String,
    pub(super) original: Option<String>,
    /// "Dana Whitlock, Pipeline Notes" or the source alone.
    pub(super) by: String,
    /// "3 min read", "24 min to listen".
    pub(super) length: String,
    pub(super) why: String,
    /// The first words of the post, where nobody is quoted.
    pub(super) excerpt: Option<String>,
    pub(super) quote: Option<QuoteView>,
    pub(super) source: String,
    pub(super) try_url: String,
    pub(super) useful_url: String,
    pub(super) not_for_me_url: String,
    pub(super) mute_url: String,
}

/// Words of somebody else below a pick: the best comment, else a colleague's note.
pub(super) struct QuoteView {
    pub(super) text: String,
    /// "Luis, in the comments", "a note by Jonas".
    pub(super) by: String,
}

impl MailView {
    /// None where the week has nothing to say.
    pub(super) fn of(digest: &Digest, links: &MailLinks) -> Option<Self> {
        let today = day_of(digest);
        let due: Vec<&Commitment> =
            digest.commitments.iter().filter(|commitment| commitment.state == CommitmentState::Open).collect();
        let chosen = digest.mail_picks();
        if chosen.is_empty() && due.is_empty() {
            return None;
        }
        let deals = deals(digest, &chosen, links, today);
        let minutes = chosen.iter().filter_map(|(_, pick)| digest.post(&pick.post_id)).map(Post::minutes).sum();
        Some(Self {
            name: line(digest.rep_name.split_whitespace().next().unwrap_or_default(), NAME_MAX),
            week: format!("Week {}, {}", digest.week.week(), span(digest.week.day(Weekday::Monday))),
            summary: summary(chosen.len(), deals.len(), minutes, due.len()),
            preheader: preheader(&deals, &due),
            commitments: due.iter().take(COMMITMENTS_MAX).map(|it| commitment(it, links, today)).collect(),
            commitments_more: due.len().saturating_sub(COMMITMENTS_MAX),
            pipeline: digest
                .pipeline
                .iter()
                .take(PIPELINE_MAX)
                .map(|check| CheckView {
                    deal: named(&check.deal_name, "A deal without a name"),
                    url: links.deal(&check.deal_id),
                    sentence: line(&check.signal.sentence, SENTENCE_MAX),
                })
                .collect(),
            pipeline_more: digest.pipeline.len().saturating_sub(PIPELINE_MAX),
            deals,
            play: play(digest, links),
            deals_age: deals_age(digest, today),
            pieces: chosen.len(),
            minutes,
            page_url: links.page("/"),
            commitments_url: links.page("/commitments"),
            settings_url: links.page("/settings"),
            unsubscribe_url: links.unsubscribe(),
        })
    }
}

fn deals(digest: &Digest, chosen: &[(&DigestDeal, &Pick)], links: &MailLinks, today: Date) -> Vec<DealView> {
    let mut views: Vec<(&Deal, DealView)> = Vec::new();
    for (number, (deal, pick)) in chosen.iter().enumerate() {
        let Some(post) = digest.post(&pick.post_id) else { continue };
        let pick = pick_view(digest, number + 1, pick, post, links);
        match views.iter_mut().find(|(known, _)| known.id == deal.deal.id) {
            Some((_, view)) => view.picks.push(pick),
            None => views.push((&deal.deal, deal_view(deal, pick, links, today))),
        }
    }
    views.into_iter().map(|(_, view)| view).collect()
}

fn deal_view(deal: &DigestDeal, pick: PickView, links: &MailLinks, today: Date) -> DealView {
    DealView {
        name: named(&deal.deal.name, "A deal without a name"),
        url: links.deal(&deal.deal.id),
        stage: deal.stage.map(Stage::title),
        close: deal
            .deal
            .close_on
            .map(|day| format!("{} {}", if day < today { "was to close" } else { "closes" }, written(day, today))),
        picks: vec![pick],
        snooze_url: links.act(Offer::Snooze(deal.deal.id.clone())),
    }
}

fn pick_view(digest: &Digest, number: usize, pick: &Pick, post: &Post, links: &MailLinks) -> PickView {
    let source = named(digest.source_name(post.source_id.as_str()), "its source");
    let mentor = post.mentor.as_deref().map(|name| line(name, NAME_MAX)).filter(|name| !name.is_empty());
    let by = match mentor {
        Some(mentor) if mentor.to_lowercase() != source.to_lowercase() => format!("{mentor}, {source}"),
        _ => source.clone(),
    };
    let answer = |offer: fn(_, _) -> Offer| links.act(offer(pick.post_id.clone(), pick.deal_id.clone()));
    let title = line(&post.title, TITLE_MAX);
    let quote = quote(digest, pick);
    let excerpt = line(&post.excerpt, EXCERPT_MAX);
    PickView {
        number,
        url: links.post(&pick.post_id),
        original: address(&post.url),
        by,
        length: length(post),
        why: line(&pick.why, SENTENCE_MAX),
        excerpt: (quote.is_none() && !excerpt.is_empty() && excerpt != title).then_some(excerpt),
        quote,
        source,
        try_url: answer(Offer::Try),
        useful_url: answer(Offer::Useful),
        not_for_me_url: answer(Offer::NotForMe),
        mute_url: links.act(Offer::MuteSource(pick.post_id.clone())),
        title: if title.is_empty() { named(&post.excerpt, "A post without a title") } else { title },
    }
}

/// The play of the week, where its post is still there.
fn play(digest: &Digest, links: &MailLinks) -> Option<PlayView> {
    let play = digest.play.as_ref()?;
    let post = digest.post(&play.post)?;
    let title = line(&post.title, TITLE_MAX);
    Some(PlayView {
        url: links.post(&play.post),
        facts: format!("Pinned by {}, {}.", named(&play.by_name, "your manager"), length(post)),
        note: line(&play.note, NOTE_MAX),
        title: if title.is_empty() { named(&post.excerpt, "A post without a title") } else { title },
    })
}

/// The comment that is the advice, else the best one of the post, else a colleague's note.
fn quote(digest: &Digest, pick: &Pick) -> Option<QuoteView> {
    let of_post = |comment: &&Comment| comment.post_id == pick.post_id;
    let chosen = pick.comment_id.as_ref().and_then(|id| digest.comments.iter().find(|comment| &comment.id == id));
    if let Some(comment) = chosen.or_else(|| digest.comments.iter().find(of_post)) {
        let who = comment.mentor.as_deref().map(|name| line(name, NAME_MAX)).filter(|name| !name.is_empty());
        let by = who.map_or_else(|| "in the comments".to_owned(), |who| format!("{who}, in the comments"));
        return Some(QuoteView { text: line(&comment.text, QUOTE_MAX), by }).filter(|quote| !quote.text.is_empty());
    }
    let note = digest.notes.iter().find(|note| note.post == pick.post_id)?;
    Some(QuoteView {
        text: line(&note.text, QUOTE_MAX),
        by: format!("a note by {}", named(&note.rep_name, "a colleague")),
    })
}

fn commitment(commitment: &Commitment, links: &MailLinks, today: Date) -> CommitmentView {
    let due = match i64::from((commitment.due_on - today).get_days()) {
        0 => "due today".to_owned(),
        -1 => "due yesterday".to_owned(),
        days if days < 0 => format!("due {} days ago", -days),
        _ => format!("due {}", written(commitment.due_on, today)),
    };
    CommitmentView {
        title: named(&commitment.title, "A post without a title"),
        url: links.post(&commitment.post),
        deal: named(&commitment.deal_name, "a deal without a name"),
        note: line(&commitment.note, SENTENCE_MAX),
        due,
    }
}

fn summary(pieces: usize, deals: usize, minutes: u32, due: usize) -> String {
    let promises = match due {
        0 => String::new(),
        1 => "One promise of yours is due.".to_owned(),
        many => format!("{many} promises of yours are due."),
    };
    if pieces == 0 {
        return promises;
    }
    let reading = format!(
        "{} for {}, {} of reading.",
        count(pieces, "piece", "pieces"),
        count(deals, "deal", "deals"),
        count(minutes as usize, "minute", "minutes")
    );
    format!("{reading} {promises}").trim_end().to_owned()
}

/// Titles of the picks: they make somebody curious, and name no deal on a locked screen.
fn preheader(deals: &[DealView], due: &[&Commitment]) -> String {
    let titles: Vec<&str> = deals.iter().flat_map(|deal| &deal.picks).map(|pick| pick.title.as_str()).collect();
    match due.first() {
        Some(first) if titles.is_empty() => line(&format!("You said you would try: {}", first.title), PREHEADER_MAX),
        _ => line(&titles.join(" · "), PREHEADER_MAX),
    }
}

/// Deals that were imported more than a week ago are said to be old.
fn deals_age(digest: &Digest, today: Date) -> Option<String> {
    const FRESH_DAYS: i32 = 7;
    let zone = jiff::tz::TimeZone::get(&digest.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = zone.to_datetime(digest.deals_imported_at?).date();
    ((today - day).get_days() > FRESH_DAYS).then(|| format!("Your deals are as of {}.", written(day, today)))
}

fn length(post: &Post) -> String {
    match post.duration_s {
        Some(_) => format!("{} min to listen", post.minutes()),
        None => format!("{} min read", post.minutes()),
    }
}

fn named(text: &str, instead: &str) -> String {
    let washed = line(text, NAME_MAX);
    if washed.is_empty() { instead.to_owned() } else { washed }
}

/// "1 piece", "3 pieces".
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

fn day_of(digest: &Digest) -> Date {
    let zone = jiff::tz::TimeZone::get(&digest.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    zone.to_datetime(digest.built_at).date()
}

fn written(day: Date, today: Date) -> String {
    day.strftime(if day.year() == today.year() { "%-d %B" } else { "%-d %B %Y" }).to_string()
}

fn span(monday: Date) -> String {
    let sunday = monday.saturating_add(jiff::Span::new().days(6));
    if monday.month() == sunday.month() {
        format!("{}–{}", monday.day(), sunday.strftime("%-d %B"))
    } else {
        format!("{} – {}", monday.strftime("%-d %B"), sunday.strftime("%-d %B"))
    }
}
