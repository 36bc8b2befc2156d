//! Retention: posts that are old and that nobody holds on to are removed.

use super::{ActRecord, PostQuery, Record, RecordKind, Result, Store};
use crate::model::{Act, Post, PostId, SourceKind};
use jiff::Timestamp;
use std::collections::HashSet;

/// Posts that are looked at, and removed, at once.
const PAGE: usize = 200;

/// Removes posts that are dated and were first seen before an instant, that nobody saved, noted or promised to use and
/// that are no wiki pages. Returns how many were removed.
///
/// An old post that its source still lists comes back as first seen then, and stays as long again: it does not come
/// and go with every round.
///
/// # Errors
/// Whatever the store says; what was removed by then stays removed, and the next run goes on.
pub async fn prune(store: &dyn Store, before: Timestamp) -> Result<u64> {
    let held = held(store).await?;
    let mut removed = 0;
    let mut query = PostQuery { source: None, after: None, max: PAGE };
    loop {
        let page = store.list_posts(&query).await?;
        let Some(last) = page.last() else { return Ok(removed) };
        query.after = Some(last.id.clone());
        let outlived = |post: &&Post| {
            let old = post.dated_at() < before && post.seen_at < before;
            old && post.kind != SourceKind::Wiki && !held.contains(&post.id)
        };
        let old: Vec<PostId> = page.iter().filter(outlived).map(|post| post.id.clone()).collect();
        if !old.is_empty() {
            store.remove_posts(&old).await?;
            removed += old.len() as u64;
        }
    }
}

/// The posts that somebody saved, wrote a note on, or promised to use.
async fn held(store: &dyn Store) -> Result<HashSet<PostId>> {
    let mut held = HashSet::new();
    for kind in [RecordKind::Act, RecordKind::Commitment, RecordKind::Note] {
        for record in store.list_all(kind, None).await? {
            held.extend(match record {
                Record::Act(ActRecord { act: Act::Save { post }, .. }) => Some(post),
                Record::Commitment(commitment) => Some(commitment.post),
                Record::Note(note) => Some(note.post),
                _ => None,
            });
        }
    }
    Ok(held)
}
