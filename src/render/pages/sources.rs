use super::{Frame, render};
use crate::model::{Acts, AskedCrawl, CrawlAsk, FoundFeed, FoundFeeds, Health, Source, SourceKind, SourceState};
use crate::render::links::outside;
use crate::render::words::{Calendar, count};
use askama::Template;
use std::collections::HashMap;

/// The sources and how each is doing.
pub struct SourcesPage<'a> {
    /// What surrounds it.
    pub frame: Frame,
    /// In any order.
    pub sources: &'a [Source],
    /// What is remembered of them.
    pub states: &'a [SourceState],
    /// Why the file as it stands is not in use.
    pub refused: Option<String>,
    /// What the reader has muted.
    pub acts: &'a Acts,
    /// The reader's calendar.
    pub calendar: &'a Calendar,
    /// Whether the reader may change sources.
    pub admin: bool,
    /// On the admin's own page: what can be changed.
    pub change: Option<ChangeSources<'a>>,
}

/// What an admin can do.
pub struct ChangeSources<'a> {
    /// What waits for the crawler, and what it found.
    pub asks: &'a [CrawlAsk],
    /// Whether the sources come from a file that can be written.
    pub of_file: bool,
}

/// The form of one entry.
pub struct SourceEdit<'a> {
    /// The heading.
    pub heading: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// The entry, as the file has it or as it was sent.
    pub entry: &'a str,
    /// What tells whether the entry is still the one that was shown.
    pub was: String,
    /// What is wrong with it.
    pub trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct Page<'a> {
    frame: Frame,
    lead: String,
    refused: Option<String>,
    groups: Vec<(&'static str, Vec<Shown<'a>>)>,
    admin: bool,
    change: bool,
    of_file: bool,
    finds: Vec<Looked<'a>>,
}

#[derive(Template)]
#[template(path = "source_edit.html")]
struct EditPage<'a> {
    frame: Frame,
    edit: &'a SourceEdit<'a>,
}

struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    url: Option<&'a str>,
    health: &'static str,
    mood: &'static str,
    cause: Option<String>,
    advice: Option<String>,
    posts: String,
    newest: Option<&'a str>,
    last_good: Option<String>,
    next: Option<String>,
    weeks: Option<Weeks>,
    unmute: Option<String>,
    paused: bool,
    waits: bool,
}

/// Posts a week as bars.
struct Weeks {
    said: String,
    bars: Vec<Bar>,
}

struct Bar {
    x: usize,
    y: usize,
    height: usize,
}

/// What was found behind an address.
struct Looked<'a> {
    address: &'a str,
    waits: bool,
    nothing: Option<String>,
    feeds: Vec<(&'a FoundFeed, String)>,
}

/// The width of a bar with its gap, in units of the drawing.
const BAR_STEP: usize = 8;
/// The height of the chart.
const CHART_HEIGHT: usize = 24;
/// The chart's full height stands for at least so many posts, so that one post does not look like many.
const FULL_MIN: u32 = 4;

/// The sources with their health: those that cannot be read first.
pub fn sources(page: &SourcesPage<'_>) -> String {
    let states: HashMap<_, _> = page.states.iter().map(|state| (&state.source_id, state)).collect();
    let asks = page.change.as_ref().map_or(&[][..], |change| change.asks);
    let mut shown: Vec<_> =
        page.sources.iter().map(|source| show(source, states.get(&source.id).copied(), page, asks)).collect();
    shown.sort_by_key(|source| source.name.to_lowercase());
    let mut groups = [("bad", "Cannot be read"), ("paused", "Paused"), ("new", "Not read yet"), ("good", "Read")]
        .map(|(mood, heading)| (mood, heading, Vec::new()));
    for source in shown {
        if let Some((.., group)) = groups.iter_mut().find(|(mood, ..)| *mood == source.mood) {
            group.push(source);
        }
    }
    let lead = lead(page.sources.len(), groups[0].2.len());
    render(&Page {
        frame: page.frame.clone(),
        lead,
        refused: page.refused.clone(),
        groups: groups
            .into_iter()
            .filter(|(.., group)| !group.is_empty())
            .map(|(_, heading, group)| (heading, group))
            .collect(),
        admin: page.admin,
        change: page.change.is_some(),
        of_file: page.change.as_ref().is_some_and(|change| change.of_file),
        finds: asks.iter().filter_map(looked).collect(),
    })
}

/// The form of one entry.
pub fn source_edit(frame: Frame, edit: &SourceEdit<'_>) -> String {
    render(&EditPage { frame, edit })
}

fn lead(all: usize, troubled: usize) -> String {
    let sources = count(all, "source", "sources");
    match (all, troubled) {
        (0, _) => "There is no source yet.".to_owned(),
        (_, 0) => format!("{sources}. None of them is in trouble."),
        (_, 1) => format!("{sources}. One cannot be read at the moment."),
        _ => format!("{sources}. {troubled} cannot be read at the moment."),
    }
}

fn show<'a>(
    source: &'a Source,
    state: Option<&'a SourceState>,
    page: &SourcesPage<'_>,
    asks: &[CrawlAsk],
) -> Shown<'a> {
    let health = state.map_or(Health::New, |state| state.health);
    let said = state.and_then(|state| state.cause.as_deref());
    let (cause, advice) = match said.map(|said| said.split_once("; ").unwrap_or((said, ""))) {
        Some((cause, advice)) => (Some(sentence(cause)), (!advice.is_empty()).then(|| sentence(advice))),
        None => (None, None),
    };
    Shown {
        id: source.id.as_str(),
        name: &source.name,
        kind: if source.kind == SourceKind::Wiki { "our wiki" } else { source.kind.as_str() },
        url: outside(&source.url).filter(|url| page.admin || !may_hold_secret(url)),
        health: health_words(health),
        mood: match health {
            _ if source.paused => "paused",
            Health::New => "new",
            good if good.is_good() => "good",
            _ => "bad",
        },
        cause,
        advice,
        posts: count(state.map_or(0, |state| usize::try_from(state.posts).unwrap_or(usize::MAX)), "post", "posts"),
        newest: state.and_then(|state| state.newest_title.as_deref()).filter(|title| !title.trim().is_empty()),
        last_good: state.and_then(|state| state.last_good_at).map(|at| page.calendar.when(at)),
        next: state.and_then(|state| state.next_check_at).filter(|_| !source.paused).map(|at| page.calendar.when(at)),
        weeks: state.and_then(|state| weeks(&state.posts_per_week)),
        unmute: page.acts.muted(&source.id, None).then(|| format!("mute-source:{}", source.id)),
        paused: source.paused,
        waits: asks.iter().any(|ask| matches!(&ask.what, AskedCrawl::Check(of) if *of == source.id)),
    }
}

fn weeks(counts: &[u32]) -> Option<Weeks> {
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let full = most.max(FULL_MIN) as usize;
    let bar = |(at, count): (usize, &u32)| {
        // A week without posts is a line; a week with one is clearly more.
        let height = if *count == 0 { 1 } else { (*count as usize * CHART_HEIGHT).div_ceil(full).max(3) };
        Bar { x: at * BAR_STEP, y: CHART_HEIGHT - height, height }
    };
    let numbers: Vec<_> = counts.iter().map(ToString::to_string).collect();
    let said = format!("Posts a week over {} weeks, oldest first: {}", counts.len(), numbers.join(", "));
    Some(Weeks { said, bars: counts.iter().enumerate().map(bar).collect() })
}

fn looked(ask: &CrawlAsk) -> Option<Looked<'_>> {
    let AskedCrawl::Find { address, .. } = &ask.what else { return None };
    let (nothing, feeds) = match &ask.found {
        None => (None, &[][..]),
        Some(FoundFeeds::Nothing(cause)) => (Some(sentence(cause)), &[][..]),
        Some(FoundFeeds::Feeds(feeds)) => (None, feeds.as_slice()),
    };
    let feeds = feeds.iter().map(|feed| (feed, count(feed.posts, "post", "posts"))).collect();
    Some(Looked { address, waits: ask.found.is_none(), nothing, feeds })
}

/// A private feed's address is a secret of whoever listed it.
fn may_hold_secret(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return true };
    url.password().is_some()
        || !url.username().is_empty()
        || url.query_pairs().any(|(key, _)| {
            let key = key.to_ascii_lowercase();
            ["token", "key", "secret", "auth", "feed", "user", "sig", "pass", "code"]
                .iter()
                .any(|word| key.contains(word))
        })
}

/// With a capital at its start and a full stop at its end. A host at the start stays as it is written.
fn sentence(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    if first_word.contains(['.', ':']) {
        return format!("{text}{stop}");
    }
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}{stop}", letters.as_str())
}

/// The state of a source in words.
fn health_words(health: Health) -> &'static str {
    match health {
        Health::New => "not read yet",
        Health::Ok => "well",
        Health::Quiet => "quiet",
        Health::SlowDown => "asks us to slow down",
        Health::Blocked => "refuses us",
        Health::Moved => "moved",
        Health::NotAFeed => "not a feed",
        Health::Repaired => "repaired",
        Health::Unreachable => "unreachable",
        Health::Missing => "missing",
        Health::Gone => "gone",
    }
}
