//! The admin's weekly notice: what needs a person, and nothing else. Plain text, no links that act.

use super::text::Lines;
use super::wash::line;
use crate::model::{Health, Rep, SourceState};
use jiff::{SignedDuration, Timestamp};

/// A source that fails for a shorter time than this is left to its retries.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24 * 3);
/// Characters of a name and of a cause.
const NAME_MAX: usize = 80;
const CAUSE_MAX: usize = 300;
/// Entries of each list; the rest is counted.
const ENTRIES_MAX: usize = 30;

/// Subject and text of the notice; none where nothing needs a person.
///
/// `sources` are names with their states, `reps` everybody: those are told whose mail was stopped. `backup_trouble` is
/// why there have been no backups for some time.
pub fn notice(
    sources: &[(String, SourceState)],
    reps: &[Rep],
    backup_trouble: Option<&str>,
    sources_page: &str,
    now: Timestamp,
) -> Option<(String, String)> {
    let ill: Vec<_> = sources.iter().filter(|(_, state)| needs_person(state, now)).collect();
    let stopped: Vec<_> =
        reps.iter().filter_map(|rep| rep.mail.stopped_because.as_deref().map(|because| (rep, because))).collect();
    if ill.is_empty() && stopped.is_empty() && backup_trouble.is_none() {
        return None;
    }
    let mut out = Lines::default();
    out.wrap("", "What follows will not mend itself.");
    if let Some(cause) = backup_trouble {
        out.heading("There are no new backups");
        out.wrap("", &line(cause, CAUSE_MAX));
    }
    if !ill.is_empty() {
        out.heading("Sources that are not read");
        for (name, state) in ill.iter().take(ENTRIES_MAX) {
            let cause = line(state.cause.as_deref().unwrap_or("no cause is known"), CAUSE_MAX);
            out.wrap("* ", &format!("{} ({}): {cause}", line(name, NAME_MAX), state.health.as_str().replace('_', " ")));
        }
        more(&mut out, ill.len());
        out.gap();
        out.raw(sources_page);
    }
    if !stopped.is_empty() {
        out.heading("Reps whose mail was stopped");
        for (rep, because) in stopped.iter().take(ENTRIES_MAX) {
            out.wrap("* ", &format!("{}: {}", rep.email, line(because, CAUSE_MAX)));
        }
        more(&mut out, stopped.len());
        out.gap();
        out.wrap("", "Correct the address, or turn the mail on again in the rep's settings.");
    }
    Some((
        format!("Ridealong needs you: {}", counted(backup_trouble.is_some(), ill.len(), stopped.len())),
        out.finish(),
    ))
}

/// Whether a source will stay unread until somebody looks.
fn needs_person(state: &SourceState, now: Timestamp) -> bool {
    match state.health {
        Health::Gone | Health::NotAFeed => true,
        Health::Blocked | Health::Missing | Health::Unreachable | Health::SlowDown => {
            state.failures > 0 && state.last_good_at.is_none_or(|good| now.duration_since(good) > PATIENCE)
        }
        Health::New | Health::Ok | Health::Quiet | Health::Moved | Health::Repaired => false,
    }
}

fn more(out: &mut Lines, all: usize) {
    if all > ENTRIES_MAX {
        out.wrap("* ", &format!("And {} more.", all - ENTRIES_MAX));
    }
}

fn counted(backups: bool, sources: usize, reps: usize) -> String {
    use super::view::count;
    let parts = [
        backups.then(|| "backups".to_owned()),
        (sources > 0).then(|| count(sources, "source", "sources")),
        (reps > 0).then(|| count(reps, "rep", "reps")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
