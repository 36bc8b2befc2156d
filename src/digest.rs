//! The Digest of one rep and week from its picks: order, sections, and everything that rendering needs. Pure.

use crate::model::{
    Comment, Commitment, CommitmentState, Deal, DealPicks, DealState, Digest, DigestDeal, IsoWeek, Note, PipelineCheck,
    Post, Rep, SourceId,
};
use jiff::Timestamp;
use std::collections::HashSet;

/// Comments shown of one picked post, beside those that are picks themselves.
const COMMENTS_A_POST_MAX: usize = 1;
/// Notes shown on one picked post.
const NOTES_A_POST_MAX: usize = 3;
/// Lines of the pipeline check that opens the digest.
const PIPELINE_LINES_MAX: usize = 8;

/// What a digest is built from.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Whose.
    pub rep: &'a Rep,
    /// The period.
    pub week: IsoWeek,
    /// This instant.
    pub now: Timestamp,
    /// The rep's deals, all states.
    pub deals: &'a [Deal],
    /// What was picked for them, in its order.
    pub picked: &'a [DealPicks],
    /// At least the posts of the picks.
    pub posts: &'a [Post],
    /// Comments of these posts.
    pub comments: &'a [Comment],
    /// Notes on these posts; those that this rep may not read are passed over.
    pub notes: &'a [Note],
    /// The rep's commitments.
    pub commitments: &'a [Commitment],
    /// Names of sources by id.
    pub source_names: &'a [(SourceId, String)],
}

/// Builds the digest. A pick whose post is not among `posts` is dropped: it was removed meanwhile.
pub fn build(parts: Parts<'_>) -> Digest {
    let Parts { rep, week, now, .. } = parts;
    let deals: Vec<DigestDeal> = parts.picked.iter().filter_map(|picked| digest_deal(&parts, picked)).collect();
    let shown: HashSet<_> = deals.iter().flat_map(|deal| &deal.picks).map(|pick| pick.post_id.clone()).collect();
    let mut seen = HashSet::new();
    let posts: Vec<Post> =
        parts.posts.iter().filter(|post| shown.contains(&post.id) && seen.insert(&post.id)).cloned().collect();
    let sources: HashSet<&SourceId> = posts.iter().map(|post| &post.source_id).collect();
    let named = parts.source_names.iter().filter(|(id, _)| sources.contains(id));
    Digest {
        rep: rep.email.clone(),
        rep_name: rep.name.clone(),
        zone: rep.zone.clone(),
        week,
        built_at: now,
        commitments: due(parts.commitments, rep, now),
        play: None,
        pipeline: pipeline(&deals),
        comments: comments(&parts, &deals),
        notes: notes(&parts, &posts),
        source_names: named.map(|(id, name)| (id.to_string(), name.clone())).collect(),
        deals_imported_at: parts
            .deals
            .iter()
            .filter(|deal| deal.state != DealState::Gone)
            .map(|deal| deal.imported_at)
            .max(),
        posts,
        deals,
    }
}

fn digest_deal(parts: &Parts<'_>, picked: &DealPicks) -> Option<DigestDeal> {
    let deal = parts.deals.iter().find(|deal| deal.id == picked.deal_id)?;
    let there = |pick: &&crate::model::Pick| parts.posts.iter().any(|post| post.id == pick.post_id);
    let picks: Vec<_> = picked.picks.iter().filter(there).cloned().collect();
    let nothing = || "What was picked for this deal has been removed since.".to_owned();
    Some(DigestDeal {
        deal: deal.clone(),
        stage: picked.stage,
        signals: picked.signals.clone(),
        nothing_because: picks.is_empty().then(|| picked.nothing_because.clone().unwrap_or_else(nothing)),
        picks,
    })
}

/// Open commitments that are due by now, longest due first.
fn due(commitments: &[Commitment], rep: &Rep, now: Timestamp) -> Vec<Commitment> {
    let today = rep.time_zone().to_datetime(now).date();
    let open = |commitment: &&Commitment| commitment.state == CommitmentState::Open && commitment.due_on <= today;
    let mut due: Vec<Commitment> = commitments.iter().filter(open).cloned().collect();
    due.sort_by(|a, b| (a.due_on, &a.id).cmp(&(b.due_on, &b.id)));
    due
}

/// Deals that need the rep's eye, in the digest's order, one line a deal and kind.
fn pipeline(deals: &[DigestDeal]) -> Vec<PipelineCheck> {
    let open = deals.iter().filter(|deal| deal.deal.state == DealState::Open);
    let lines = open.flat_map(|deal| {
        deal.signals.iter().filter(|signal| signal.kind.opens_digest()).map(|signal| PipelineCheck {
            deal_name: deal.deal.name.clone(),
            deal_id: deal.deal.id.clone(),
            url: deal.deal.url.clone(),
            signal: signal.clone(),
        })
    });
    lines.take(PIPELINE_LINES_MAX).collect()
}

/// Comments that are picks themselves, then the best of every other picked post: most votes, then longest.
fn comments(parts: &Parts<'_>, deals: &[DigestDeal]) -> Vec<Comment> {
    use crate::model::CommentWorth::Useful;
    let picks: Vec<_> = deals.iter().flat_map(|deal| &deal.picks).collect();
    let picked: HashSet<_> = picks.iter().filter_map(|pick| pick.comment_id.as_ref()).collect();
    let mut chosen: Vec<Comment> =
        parts.comments.iter().filter(|comment| picked.contains(&comment.id)).cloned().collect();
    let mut seen = HashSet::new();
    for pick in picks {
        if !seen.insert(&pick.post_id) {
            continue;
        }
        let below = parts.comments.iter().filter(|comment| {
            comment.post_id == pick.post_id && comment.worth == Useful && !picked.contains(&comment.id)
        });
        let mut below: Vec<&Comment> = below.collect();
        below.sort_by_key(|comment| (std::cmp::Reverse((comment.votes.unwrap_or(0), comment.text.len())), &comment.id));
        chosen.extend(below.into_iter().take(COMMENTS_A_POST_MAX).cloned());
    }
    chosen
}

/// Colleagues' notes that this rep may read, newest first.
fn notes(parts: &Parts<'_>, posts: &[Post]) -> Vec<Note> {
    let mut chosen = Vec::new();
    for post in posts {
        let readable = parts.notes.iter().filter(|note| {
            note.post == post.id && (note.rep == parts.rep.email || note.audience.includes(parts.rep.team.as_deref()))
        });
        let mut readable: Vec<&Note> = readable.collect();
        readable.sort_by_key(|note| (std::cmp::Reverse(note.written_at), &note.id));
        chosen.extend(readable.into_iter().take(NOTES_A_POST_MAX).cloned());
    }
    chosen
}
