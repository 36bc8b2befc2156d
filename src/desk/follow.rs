//! Following the store: its changes into the index, and everybody's votes.

use super::{Act, Comment, Desk, Post, PostId, Record, RecordKind, Result, TeamVote};
use crate::store::StoreError;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

/// Changes followed in one step.
const STEP: usize = 500;

impl Desk {
    /// Takes in what has changed in the store since the last time. Returns how many posts changed.
    ///
    /// # Errors
    /// The store cannot be read; what was followed before stays.
    pub async fn follow(&self) -> Result<usize> {
        let mut followed = self.followed.lock().await;
        let mut taken = 0;
        loop {
            let changes = self.store.list_changes(*followed, STEP).await?;
            let Some(last) = changes.last() else { break };
            let newest = last.seq;
            let ids: Vec<PostId> = changes.into_iter().map(|change| change.post).collect();
            let posts = self.store.find_posts(&ids).await?;
            let mut threads: HashMap<PostId, Vec<Comment>> = HashMap::new();
            for comment in self.store.list_comments(&ids).await? {
                threads.entry(comment.post_id.clone()).or_default().push(comment);
            }
            taken += ids.len();
            self.take_in(&ids, &posts, &threads);
            self.make_searchable(&ids, &posts, &threads, newest)?;
            *followed = newest;
        }
        self.follow_votes().await?;
        Ok(taken)
    }

    fn take_in(&self, ids: &[PostId], posts: &[Post], threads: &HashMap<PostId, Vec<Comment>>) {
        let there: HashSet<&PostId> = posts.iter().map(|post| &post.id).collect();
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        for post in posts {
            index.upsert(post, threads.get(&post.id).map_or(&[], Vec::as_slice));
        }
        ids.iter().filter(|id| !there.contains(id)).for_each(|id| index.remove(id));
    }

    fn make_searchable(
        &self,
        ids: &[PostId],
        posts: &[Post],
        threads: &HashMap<PostId, Vec<Comment>>,
        newest: u64,
    ) -> Result<()> {
        let Some(library) = &self.library else { return Ok(()) };
        let there: HashSet<&PostId> = posts.iter().map(|post| &post.id).collect();
        let followed = posts
            .iter()
            .try_for_each(|post| library.upsert(post, threads.get(&post.id).map_or(&[], Vec::as_slice)))
            .and_then(|()| ids.iter().filter(|id| !there.contains(id)).try_for_each(|id| library.remove(id)))
            .and_then(|()| library.settle(newest, self.clock.now()))
            .and_then(|_| library.commit());
        followed.map_err(|error| StoreError::Failed(error.to_string()))
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
