use super::{Frame, render};
use crate::model::{Commitment, CommitmentState, Coverage, Deal, Play, Post, Stage};
use crate::render::view::title_of;
use crate::render::words::{Calendar, count};
use askama::Template;
use url::form_urlencoded::Serializer;

/// A stage with fewer pieces than this for its open deals is named as thin.
const PIECES_MIN: usize = 3;
/// The length of the longest bar, in the chart's own units.
const BAR_MAX: usize = 1000;

/// What the page of a team shows.
pub struct TeamPage<'a> {
    /// The team; none where reps have none.
    pub team: Option<&'a str>,
    /// Every team, for an admin to choose from; empty for a manager.
    pub teams: &'a [Option<String>],
    /// How many reps it has.
    pub reps: usize,
    /// What there is to read for each stage.
    pub coverage: &'a [Coverage],
    /// The team's open deals.
    pub deals: &'a [Deal],
    /// The play that stands, with its post.
    pub play: Option<(&'a Post, &'a Play)>,
    /// Whether the team opted in.
    pub shares_commitments: bool,
    /// The team's commitments; empty where it did not opt in.
    pub promises: &'a [TeamPromise<'a>],
    /// Whether the reader may opt a team in.
    pub admin: bool,
    /// The reader's zone and instant.
    pub calendar: &'a Calendar,
}

/// A commitment of one rep of the team.
pub struct TeamPromise<'a> {
    /// Who promised.
    pub rep_name: &'a str,
    /// What.
    pub commitment: &'a Commitment,
}

#[derive(Template)]
#[template(path = "team.html")]
struct Page<'a> {
    frame: Frame,
    heading: String,
    lead: String,
    teams: Vec<(String, &'a str, bool)>,
    play: Option<PlayShown<'a>>,
    thin: Vec<String>,
    unmapped: Option<String>,
    lines: Vec<Line>,
    team: &'a str,
    shares_commitments: bool,
    promises: Vec<PromiseShown<'a>>,
    admin: bool,
}

/// The play of the week as pages show it.
pub(super) struct PlayShown<'a> {
    pub(super) post_id: &'a str,
    pub(super) title: String,
    pub(super) lang: Option<&'a str>,
    pub(super) note: &'a str,
    pub(super) by_name: &'a str,
}

impl<'a> PlayShown<'a> {
    pub(super) fn new(post: &'a Post, play: &'a Play) -> Self {
        Self {
            post_id: post.id.as_str(),
            title: title_of(post),
            lang: post.language.as_deref().filter(|code| *code != "en"),
            note: &play.note,
            by_name: &play.by_name,
        }
    }
}

struct Line {
    stage: Stage,
    words: String,
    posts: usize,
    wiki: usize,
    deals: usize,
}

struct PromiseShown<'a> {
    rep_name: &'a str,
    post: String,
    title: &'a str,
    deal_name: &'a str,
    state: String,
    result: Option<&'a str>,
}

/// The page of a team.
pub fn team(frame: Frame, page: &TeamPage<'_>) -> String {
    let deals = |stage: Stage| {
        page.deals.iter().filter(|deal| deal.stages.first().is_some_and(|first| first.stage == stage)).count()
    };
    let unmapped = page.deals.iter().filter(|deal| deal.stages.is_empty()).count();
    let rows: Vec<_> = page.coverage.iter().map(|line| (*line, deals(line.stage))).collect();
    render(&Page {
        frame,
        heading: page.team.map_or_else(|| "Team".to_owned(), |team| format!("Team {team}")),
        lead: format!("{}, {}.", count(page.reps, "rep", "reps"), count(page.deals.len(), "open deal", "open deals")),
        teams: page.teams.iter().map(|team| choice(team.as_deref(), page.team)).collect(),
        play: page.play.map(|(post, play)| PlayShown::new(post, play)),
        thin: rows.iter().filter_map(thin).collect(),
        unmapped: (unmapped > 0)
            .then(|| format!("{} in a CRM stage that is not mapped yet.", count(unmapped, "deal is", "deals are"))),
        lines: lines(&rows),
        team: page.team.unwrap_or_default(),
        shares_commitments: page.shares_commitments,
        promises: page.promises.iter().map(|promise| promise_shown(promise, page.calendar)).collect(),
        admin: page.admin,
    })
}

fn choice<'a>(team: Option<&'a str>, now: Option<&str>) -> (String, &'a str, bool) {
    let query = Serializer::new(String::new()).append_pair("team", team.unwrap_or_default()).finish();
    (format!("/team?{query}"), team.unwrap_or("Without a team"), team == now)
}

/// "4 deals are in negotiation, and there is one piece to read", where there is little.
fn thin((line, deals): &(Coverage, usize)) -> Option<String> {
    let pieces = line.posts + line.wiki;
    (*deals > 0 && pieces < PIECES_MIN).then(|| {
        let deals = count(*deals, "deal is", "deals are");
        let pieces =
            if pieces == 0 { "nothing".to_owned() } else { format!("only {}", count(pieces, "piece", "pieces")) };
        format!("{deals} in {}, and there is {pieces} to read for it.", line.stage.title().to_lowercase())
    })
}

/// The chart: pieces and deals each on a scale of their own, as there are many more pieces than deals.
fn lines(rows: &[(Coverage, usize)]) -> Vec<Line> {
    let most_pieces = rows.iter().map(|(line, _)| line.posts + line.wiki).max().unwrap_or_default().max(1);
    let most_deals = rows.iter().map(|(_, deals)| *deals).max().unwrap_or_default().max(1);
    let line = |(line, deals): &(Coverage, usize)| Line {
        stage: line.stage,
        words: words(line, *deals),
        posts: line.posts * BAR_MAX / most_pieces,
        wiki: line.wiki * BAR_MAX / most_pieces,
        deals: deals * BAR_MAX / most_deals,
    };
    rows.iter().map(line).collect()
}

fn words(line: &Coverage, deals: usize) -> String {
    let wiki = (line.wiki > 0).then(|| count(line.wiki, "wiki page", "wiki pages"));
    let deals = (deals > 0).then(|| count(deals, "open deal", "open deals"));
    let parts = [Some(count(line.posts, "post", "posts")), wiki, deals];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn promise_shown<'a>(promise: &TeamPromise<'a>, calendar: &Calendar) -> PromiseShown<'a> {
    let commitment = promise.commitment;
    PromiseShown {
        rep_name: promise.rep_name,
        post: commitment.post.to_string(),
        title: &commitment.title,
        deal_name: &commitment.deal_name,
        state: match commitment.state {
            CommitmentState::Open => format!("due {}", calendar.until(commitment.due_on)),
            CommitmentState::Done => "did it".to_owned(),
            CommitmentState::Dropped => "dropped".to_owned(),
        },
        result: commitment.result.as_deref().filter(|text| !text.is_empty()),
    }
}
