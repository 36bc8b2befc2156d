//! Fetches the comment threads that are due.

use super::crawl_due::{CrawlDue, Round};
use crate::model::{Post, PostId, Source};
use crate::store::Result;
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};

/// Threads fetched in one round; the rest is due in the next.
const THREADS_MAX: usize = 500;
/// A round that a person asked for also takes threads that are due soon.
const ASKED_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 30);

impl CrawlDue {
    /// Fetches the threads that are due and saves their comments. Returns how many comments are new.
    pub(super) async fn crawl_threads(&self, round: &Round) -> Result<usize> {
        let now = self.clock.now();
        let asked = round.asked || round.only.is_some();
        let until = if asked { now.checked_add(ASKED_AHEAD).unwrap_or(Timestamp::MAX) } else { now };
        let ids: Vec<PostId> = self.store.list_threads_due(until, THREADS_MAX).await?;
        let posts = self.store.find_posts(&ids).await?;
        let set = self.sources.set();
        // Ahead of its day only a thread that has never been fetched is worth a request.
        let wanted = posts.into_iter().filter(|post| {
            let due = post.thread.due_at.is_some_and(|at| at <= now);
            due || post.thread.fetched_at.is_none()
        });
        let work = wanted.filter_map(|post| {
            let source = set.find(&post.source_id)?.clone();
            let chosen = round.only.as_ref().is_none_or(|only| only == &source.id);
            chosen.then_some((source, post))
        });
        let mut fetched =
            futures::stream::iter(work).map(|(source, post)| self.fetch(source, post)).buffer_unordered(16);
        let mut new = 0;
        while let Some((post, comments)) = fetched.next().await {
            new += self.settling.settle_thread(post, comments).await?;
        }
        Ok(new)
    }

    async fn fetch(&self, source: Source, mut post: Post) -> (Post, Vec<crate::model::Comment>) {
        let crawled = self.crawler.crawl_thread(&source, &post).await;
        if let Some(cause) = crawled.cause {
            tracing::debug!(source = %source.id, post = %post.id, "comments not read: {cause}");
        }
        post.thread = crawled.thread;
        (post, crawled.comments)
    }
}
