use super::{Frame, render};
use crate::model::{Commitment, CommitmentState};
use crate::render::words::Calendar;
use askama::Template;

/// Misses after which dropping is offered in so many words.
const MISSES_BEFORE_OFFER: u32 = 2;

/// One commitment with its answers.
#[derive(Template)]
#[template(path = "commitment.html")]
pub struct CommitmentCard<'a> {
    id: &'a str,
    title: &'a str,
    post: String,
    deal: String,
    deal_name: &'a str,
    note: &'a str,
    due: String,
    result: Option<&'a str>,
    is_open: bool,
    state: &'static str,
    offers_drop: bool,
    back: String,
}

impl<'a> CommitmentCard<'a> {
    /// The card of a commitment on the page `path`.
    pub fn new(commitment: &'a Commitment, path: &str, calendar: &Calendar) -> Self {
        let is_open = commitment.state == CommitmentState::Open;
        let due = if is_open {
            format!("due {}", calendar.until(commitment.due_on))
        } else {
            format!("was due {}", calendar.day(commitment.due_on))
        };
        Self {
            id: &commitment.id,
            title: &commitment.title,
            post: commitment.post.to_string(),
            deal: commitment.deal.to_string(),
            deal_name: &commitment.deal_name,
            note: &commitment.note,
            due,
            result: commitment.result.as_deref().filter(|text| !text.is_empty()),
            is_open,
            state: match commitment.state {
                CommitmentState::Open => "Open",
                CommitmentState::Done => "Did it",
                CommitmentState::Dropped => "Dropped",
            },
            offers_drop: commitment.misses >= MISSES_BEFORE_OFFER,
            back: format!("{path}#promise-{}", commitment.id),
        }
    }
}

#[derive(Template)]
#[template(path = "commitments.html")]
struct Page<'a> {
    frame: Frame,
    open: Vec<CommitmentCard<'a>>,
    settled: Vec<CommitmentCard<'a>>,
    shared: bool,
}

/// The page of all commitments: open ones by day, settled ones newest first. `shared` says that managers may see them.
pub fn commitments(frame: Frame, commitments: &[Commitment], shared: bool, calendar: &Calendar) -> String {
    let mut sorted: Vec<&Commitment> = commitments.iter().collect();
    sorted.sort_by_key(|commitment| commitment.due_on);
    let (open, mut settled): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|commitment| commitment.state == CommitmentState::Open);
    settled.reverse();
    let card = |commitment| CommitmentCard::new(commitment, "/commitments", calendar);
    render(&Page {
        frame,
        open: open.into_iter().map(card).collect(),
        settled: settled.into_iter().map(card).collect(),
        shared,
    })
}
