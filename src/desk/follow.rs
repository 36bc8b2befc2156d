//! Following the store: its changes into the two indexes, and everybody's votes.

use super::{Act, Comment, Desk, Post, PostId, Record, RecordKind, Result, TeamVote};
use crate::search::Library;
use crate::store::StoreError;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Changes followed in one step.
const STEP: usize = 500;

/// Posts that changed, as they are now; those that are not among `posts` were removed.
struct Step {
    newest: u64,
    ids: Vec<PostId>,
    posts: Vec<Post>,
    threads: HashMap<PostId, Vec<Comment>>,
}

impl Step {
    fn removed(&self) -> impl Iterator<Item = &PostId> {
        let there: HashSet<&PostId> = self.posts.iter().map(|post| &post.id).collect();
        self.ids.iter().filter(move |id| !there.contains(id))
    }

    fn comments(&self, post: &PostId) -> &[Comment] {
        self.threads.get(post).map_or(&[], Vec::as_slice)
    }
}

impl Desk {
    /// Takes what has changed in the store since the last time into the index of picks and, where there is one, into
    /// the full-text index. Returns how many posts changed.
    ///
    /// # Errors
    /// The store cannot be read, or the full-text index not written; what was followed before stays.
    pub async fn follow(&self) -> Result<usize> {
        let followed = Arc::clone(&self.followed).lock_owned().await;
        self.follow_from(followed).await
    }

    /// Begins to follow on a task of its own, so that a start waits for no post. Digests that are to be built and the
    /// best of a stage wait until it is done; everything else is at hand meanwhile.
    pub async fn follow_aside(self: &Arc<Self>) {
        let followed = Arc::clone(&self.followed).lock_owned().await;
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = desk.follow_from(followed).await {
                tracing::warn!("posts could not be taken in ({error}); it is tried again with the next digests");
            }
        });
    }

    async fn follow_from(&self, mut followed: OwnedMutexGuard<u64>) -> Result<usize> {
        /// More posts at once are a start's or a restore's.
        const MANY: usize = 5_000;
        let mut taken = 0;
        while let Some(step) = self.step_after(*followed).await? {
            taken += step.ids.len();
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            step.posts.iter().for_each(|post| index.upsert(post, step.comments(&post.id)));
            step.removed().for_each(|id| index.remove(id));
            *followed = step.newest;
            self.version.store(step.newest, Ordering::Release);
        }
        if taken > MANY {
            self.index.write().unwrap_or_else(PoisonError::into_inner).trim();
        }
        self.follow_votes().await?;
        // Digests need nothing of what follows.
        drop(followed);
        if let Some(library) = &self.library {
            self.follow_library(library).await?;
        }
        if taken > MANY {
            self.store.trim().await?;
        }
        Ok(taken)
    }

    /// The same for the full-text index alone.
    ///
    /// # Errors
    /// As for `follow`.
    pub async fn follow_library(&self, library: &Library) -> Result<()> {
        let _alone = self.indexing.lock().await;
        let failed = |error: crate::search::SearchError| StoreError::Failed(error.to_string());
        let mut seq = library.followed().map_err(failed)?;
        while let Some(step) = self.step_after(seq).await? {
            for post in &step.posts {
                library.upsert(post, step.comments(&post.id)).map_err(failed)?;
            }
            for id in step.removed() {
                library.remove(id).map_err(failed)?;
            }
            seq = step.newest;
            library.catch_up(seq).map_err(failed)?;
        }
        library.settle(seq, self.clock.now()).map_err(failed)?;
        Ok(())
    }

    async fn step_after(&self, seq: u64) -> Result<Option<Step>> {
        let changes = self.store.list_changes(seq, STEP).await?;
        let Some(last) = changes.last() else { return Ok(None) };
        let newest = last.seq;
        let ids: Vec<PostId> = changes.into_iter().map(|change| change.post).collect();
        let posts = self.store.find_posts(&ids).await?;
        let mut threads: HashMap<PostId, Vec<Comment>> = HashMap::new();
        for comment in self.store.list_comments(&ids).await? {
            threads.entry(comment.post_id.clone()).or_default().push(comment);
        }
        Ok(Some(Step { newest, ids, posts, threads }))
    }

    async fn follow_votes(&self) -> Result<()> {
        let teams: HashMap<_, _> = self.store.list_reps().await?.into_iter().map(|rep| (rep.email, rep.team)).collect();
        let acts = self.store.list_all(RecordKind::Act, None).await?;
        let votes = acts.into_iter().filter_map(|record| match record {
            Record::Act(record) => match record.act {
                Act::Vote { post, verdict, .. } => {
                    let team = teams.get(&record.rep)?.clone();
                    Some(TeamVote { rep: record.rep, team, post, verdict })
                }
                _ => None,
            },
            _ => None,
        });
        *self.votes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(votes.collect());
        Ok(())
    }
}
