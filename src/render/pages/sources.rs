use super::{Frame, render};
use crate::model::{Acts, Health, Source, SourceKind, SourceState};
use crate::render::links::outside;
use crate::render::words::{Calendar, count};
use askama::Template;

#[derive(Template)]
#[template(path = "sources.html")]
struct Page<'a> {
    frame: Frame,
    lead: String,
    sources: Vec<Shown<'a>>,
}

struct Shown<'a> {
    name: &'a str,
    kind: &'static str,
    url: Option<&'a str>,
    health: &'static str,
    mood: &'static str,
    cause: Option<&'a str>,
    posts: String,
    newest: Option<&'a str>,
    last_good: Option<String>,
    unmute: Option<String>,
}

/// The sources with their health, troubled ones first.
pub fn sources(frame: Frame, sources: &[(&Source, Option<&SourceState>)], acts: &Acts, calendar: &Calendar) -> String {
    let mut shown: Vec<_> = sources.iter().map(|(source, state)| show(source, *state, acts, calendar)).collect();
    shown.sort_by_key(|source| (source.mood != "bad", source.name.to_lowercase()));
    let troubled = shown.iter().filter(|source| source.mood == "bad").count();
    let all = count(shown.len(), "source", "sources");
    let lead = match troubled {
        0 => format!("{all}, all of them well."),
        1 => format!("{all}. One cannot be read at the moment."),
        _ => format!("{all}. {troubled} cannot be read at the moment."),
    };
    render(&Page { frame, lead, sources: shown })
}

fn show<'a>(source: &'a Source, state: Option<&'a SourceState>, acts: &Acts, calendar: &Calendar) -> Shown<'a> {
    let health = state.map_or(Health::New, |state| state.health);
    Shown {
        name: &source.name,
        kind: if source.kind == SourceKind::Wiki { "our wiki" } else { source.kind.as_str() },
        url: outside(&source.url),
        health: health_words(health),
        mood: match health {
            Health::New => "new",
            good if good.is_good() => "good",
            _ => "bad",
        },
        cause: state.and_then(|state| state.cause.as_deref()),
        posts: count(state.map_or(0, |state| usize::try_from(state.posts).unwrap_or(usize::MAX)), "post", "posts"),
        newest: state.and_then(|state| state.newest_title.as_deref()),
        last_good: state.and_then(|state| state.last_good_at).map(|at| calendar.age(at)),
        unmute: acts.muted(&source.id, None).then(|| format!("mute-source:{}", source.id)),
    }
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
