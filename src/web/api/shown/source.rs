use crate::model::{Source, SourceState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A source with its health.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct SourceShown {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// How it is read.
    kind: &'static str,
    /// Where it is read.
    url: String,
    /// What kind of mentor publishes there.
    mentor_role: &'static str,
    /// Who may see what comes from there: `everyone`, or the name of a team.
    audience: String,
    /// `new`, `ok`, `quiet`, `slow_down`, `blocked`, `moved`, `not_a_feed`, `repaired`, `unreachable`, `missing` or
    /// `gone`.
    health: &'static str,
    /// Why it is so, and what to do.
    cause: Option<String>,
    /// Posts that it carries.
    posts: u64,
    /// Title of the newest post.
    newest_title: Option<String>,
    /// When it was last read well.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_good_at: Option<Timestamp>,
    /// When it is due again; null is now.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_check_at: Option<Timestamp>,
}

impl SourceShown {
    pub(in crate::web) fn new(source: &Source, state: Option<&SourceState>) -> Self {
        Self {
            id: source.id.to_string(),
            name: source.name.clone(),
            kind: source.kind.as_str(),
            url: source.url.clone(),
            mentor_role: source.mentor_role.as_str(),
            audience: source.audience.to_string(),
            health: state.map_or("new", |state| state.health.as_str()),
            cause: state.and_then(|state| state.cause.clone()),
            posts: state.map_or(0, |state| state.posts),
            newest_title: state.and_then(|state| state.newest_title.clone()),
            last_good_at: state.and_then(|state| state.last_good_at),
            next_check_at: state.and_then(|state| state.next_check_at),
        }
    }
}
