use super::view::{MailView, count};
use super::wash::line;
use crate::model::{Digest, Stage};

/// Characters that even a phone shows of a subject.
const SUBJECT_MAX: usize = 50;

/// The subject: what for, how much, how long. Names a deal only where the rep wants that.
pub(super) fn subject(digest: &Digest, view: &MailView, name_deals: bool) -> String {
    if view.pieces == 0 {
        return format!(
            "{} due this week",
            count(view.commitments.len() + view.commitments_more, "promise", "promises")
        );
    }
    let load = format!("{}, {} min", count(view.pieces, "idea", "ideas"), view.minutes);
    let room = SUBJECT_MAX - load.len() - ": ".len();
    if let Some(deal) = view.deals.first().filter(|_| name_deals) {
        return format!("{}: {load}", line(&deal.name, room));
    }
    let mut stages: Vec<Stage> = Vec::new();
    for (_, pick) in digest.mail_picks() {
        if !stages.contains(&pick.stage) {
            stages.push(pick.stage);
        }
    }
    let two = match stages.as_slice() {
        [first, second, ..] => format!("{} and {}", first.title(), second.as_str()),
        [first] => first.title().to_owned(),
        [] => String::new(),
    };
    let one = stages.first().map_or("", |stage| stage.title());
    match [two.as_str(), one].into_iter().find(|words| !words.is_empty() && words.len() <= room) {
        Some(words) => format!("{words}: {load}"),
        None => format!("For your deals: {load}"),
    }
}
