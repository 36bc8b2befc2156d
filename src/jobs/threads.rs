//! Fetches the comment threads that are due, and visits the links of finds.

use super::crawl_due::{CrawlDue, Round};
use crate::crawl::threads;
use crate::model::{Comment, Post, PostId, Source, SourceKind};
use crate::store::Result;
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};

/// Threads fetched in one round; the rest is due in the next.
const THREADS_MAX: usize = 500;
/// A round that a person asked for also takes threads that are due soon.
const ASKED_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What a visit brought.
enum Brought {
    /// The post with its thread as it is now, and comments.
    Thread(Post, Vec<Comment>),
    /// The post in full, and comments.
    Article(Post, Vec<Comment>),
}

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
        let visits = work.map(|(source, post)| async move {
            let brought = self.bring(&source, post).await;
            (source, brought)
        });
        let mut fetched = futures::stream::iter(visits).buffer_unordered(16);
        let mut new = 0;
        while let Some((source, brought)) = fetched.next().await {
            new += match brought {
                Brought::Thread(post, comments) => self.settling.settle_thread(post, comments).await?,
                Brought::Article(post, comments) => self.settling.settle_article(&source, post, comments).await?,
            };
        }
        Ok(new)
    }

    async fn bring(&self, source: &Source, mut post: Post) -> Brought {
        if post.kind == SourceKind::Find && post.thread.fetched_at.is_none() {
            return self.visit_find(source, post).await;
        }
        let crawled = self.crawler.crawl_thread(source, &post).await;
        if let Some(cause) = crawled.cause {
            tracing::debug!(source = %source.id, post = %post.id, "comments not read: {cause}");
        }
        post.thread = crawled.thread;
        Brought::Thread(post, crawled.comments)
    }

    /// The first visit of a find's link brings the page itself; one that fails is tried again on the days of threads.
    async fn visit_find(&self, source: &Source, mut post: Post) -> Brought {
        match self.crawler.crawl_article(source, &post).await {
            Ok(mut article) => {
                article.post.thread = threads::fetched(&post, article.comments.len(), self.clock.now());
                Brought::Article(article.post, article.comments)
            }
            Err(cause) => {
                tracing::info!(post = %post.id, "a find is kept as it was handed in: {cause}");
                post.thread = threads::passed_over(&post, self.clock.now());
                Brought::Thread(post, Vec::new())
            }
        }
    }
}
