//! Who may see what. Everything that a page shows is loaded through here.

use super::context::App;
use super::error::{Error, Result};
use crate::model::{Audience, Deal, DealId, DealState, Digest, Note, Post, PostId, Rep, Role, SourceSet};
use std::collections::HashSet;

/// Characters of an id in an address.
const ID_CHARS_MAX: usize = 64;

/// Whether a rep may see what is for this audience.
pub(super) fn may_see(rep: &Rep, audience: &Audience) -> bool {
    rep.role == Role::Admin || audience.includes(rep.team.as_deref())
}

/// Whether a text from an address can be an id: letters, digits and dashes.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_CHARS_MAX && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The post with this id, where this rep may see it.
pub(super) async fn find_post(app: &App, rep: &Rep, id: &str) -> Result<Post> {
    const WHAT: &str = "post";
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    let found = app.store().find_posts(&[PostId::new(id)]).await?;
    found.into_iter().next().filter(|post| may_see(rep, &post.audience)).ok_or(Error::NotFound(WHAT))
}

/// The rep's own deal with this id.
pub(super) async fn find_deal(app: &App, rep: &Rep, id: &str) -> Result<Deal> {
    const WHAT: &str = "deal";
    if !is_id(id) {
        return Err(Error::NotFound(WHAT));
    }
    app.store().find_deal(&rep.email, &DealId::new(id)).await?.ok_or(Error::NotFound(WHAT))
}

/// The rep's open deals, the next to close first.
pub(super) async fn open_deals(app: &App, rep: &Rep) -> Result<Vec<Deal>> {
    Ok(open(app.store().list_deals(Some(&rep.email)).await?))
}

/// Those of these deals that are open, the next to close first.
pub(super) fn open(mut deals: Vec<Deal>) -> Vec<Deal> {
    deals.retain(|deal| deal.state == DealState::Open);
    deals.sort_by(|a, b| (a.close_on.is_none(), a.close_on, &a.name).cmp(&(b.close_on.is_none(), b.close_on, &b.name)));
    deals
}

/// The notes on a post that this rep may see.
pub(super) async fn notes(app: &App, rep: &Rep, post: &PostId) -> Result<Vec<Note>> {
    let mut notes = app.store().list_notes(post).await?;
    notes.retain(|note| note.rep == rep.email || may_see(rep, &note.audience));
    Ok(notes)
}

/// The digest without what its rep may not see any more, for teams change after a digest was built.
pub(super) fn visible(mut digest: Digest, rep: &Rep) -> Digest {
    digest.posts.retain(|post| may_see(rep, &post.audience));
    let posts: HashSet<&PostId> = digest.posts.iter().map(|post| &post.id).collect();
    digest.comments.retain(|comment| posts.contains(&comment.post_id));
    digest.notes.retain(|note| posts.contains(&note.post) && (note.rep == rep.email || may_see(rep, &note.audience)));
    for deal in &mut digest.deals {
        deal.picks.retain(|pick| posts.contains(&pick.post_id));
    }
    digest
}

/// The sources that this rep may see.
pub(super) fn sources(app: &App, rep: &Rep) -> SourceSet {
    let all = app.context.builder.sources();
    SourceSet { sources: all.sources.iter().filter(|source| may_see(rep, &source.audience)).cloned().collect() }
}
