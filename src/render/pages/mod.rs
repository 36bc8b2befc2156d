//! The pages, as values: each is a struct of what it shows and a template; `web` loads, these render.
//!
//! Pages link with root-relative addresses. Everything works as plain forms and links; htmx only swaps the part
//! that changed.

mod admin;
mod api;
mod bar;
mod commitments;
mod deals;
mod digest;
mod find;
mod frame;
mod message;
mod next_mail;
mod post;
mod posts;
mod search;
mod settings;
mod sources;
mod team;

pub use admin::{AdminForm, AdminPage, StageRow, Table, admin};
pub use api::{ApiPage, OperationShown, ParameterShown, TagShown, api};
pub use bar::{Bar, Reading};
pub use commitments::{CommitmentCard, commitments};
pub use deals::{DealPage, deal, deals};
pub use digest::{DigestPage, digest, digest_html};
pub use find::{FindPage, FindShown, find};
pub use frame::{FeedLink, Frame, Reader};
pub use message::{Message, SignIn, WaysIn, message, sign_in, ways_in};
pub use next_mail::{NextMailPage, next_mail};
pub use post::{PostPage, post};
pub use posts::{PostsPage, posts, stages};
pub use search::{Filters, Found, Piece, SearchPage, search};
pub use settings::{FeedShown, HookShown, SessionShown, SettingsPage, TokenShown, settings};
pub use sources::{ChangeSources, SourceEdit, SourcesPage, source_edit, sources};
pub use team::{TeamPage, TeamPromise, team};

use askama::Template;

/// The template as text. Templates hold nothing that can fail but writing to memory.
fn render(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| format!("<!doctype html><p>This page could not be rendered: {error}</p>"))
}
