//! From what a crawl brought to what is saved: settled against what is known, tagged, and written at once.

use crate::crawl::{Crawled, identity, wants_article};
use crate::model::{Comment, CommentWorth, Post, PostId, Source, SourceKind, SourceState, Stage, Tagged};
use crate::store::{CrawlBatch, KeyedPost, Lease, PostQuery, Result, Store};
use crate::tag::{Kind, Tagger, Text};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use tokio::sync::Mutex;

/// Posts that are looked at in one step.
const PAGE: usize = 200;

/// Settles, tags and saves.
pub(super) struct Settling {
    store: Arc<dyn Store>,
    tagger: Tagger,
    /// Looking up and saving are one step, or a text that arrives from two sources at once would become two posts.
    one_at_a_time: Mutex<()>,
}

/// What one crawl came to.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub posts_new: usize,
    pub posts_updated: usize,
    pub comments_new: usize,
    /// New posts that the feed gives only in part.
    pub in_part: Vec<Post>,
}

impl Settling {
    pub(super) fn new(store: Arc<dyn Store>, tagger: Tagger) -> Self {
        Self { store, tagger, one_at_a_time: Mutex::new(()) }
    }

    /// Saves what a crawl brought: new and changed posts with tags, comments, and the source's state. Nothing where the
    /// lease was lost.
    pub(super) async fn settle(
        &self,
        source: &Source,
        crawled: Crawled,
        before: Option<&SourceState>,
        lease: Option<Lease>,
    ) -> Result<Counts> {
        let Crawled { mut state, mut posts, comments, present, .. } = crawled;
        // On a source's first crawl nearly all is new, so it is tagged before the others have to wait.
        let first = before.is_none_or(|state| state.last_good_at.is_none());
        if first {
            posts = self.tag_posts(posts, &source.stages).await;
        }
        let _alone = self.one_at_a_time.lock().await;
        let (holders, known) = self.find_known(&posts).await?;
        let mut settled = identity::settle(posts, &holders, &known);
        let places: Vec<usize> = (0..settled.len()).filter(|at| settled[*at].text_changed && !first).collect();
        let texts = places.iter().map(|at| settled[*at].post.clone()).collect();
        for (at, post) in places.into_iter().zip(self.tag_posts(texts, &source.stages).await) {
            settled[at].post.tagged = post.tagged;
        }
        let primaries: HashMap<PostId, Option<Stage>> = known
            .values()
            .chain(settled.iter().map(|settled| &settled.post))
            .map(|post| (post.id.clone(), post.tagged.primary))
            .collect();
        let (comments, comments_new) = self.changed_comments(comments, &primaries).await?;
        state.posts += settled.iter().filter(|settled| settled.arrives).count() as u64;
        let counts = Counts {
            posts_new: settled.iter().filter(|settled| settled.is_new).count(),
            posts_updated: settled.iter().filter(|settled| !settled.is_new && settled.text_changed).count(),
            comments_new,
            in_part: settled
                .iter()
                .filter(|settled| settled.is_new && wants_article(source, &settled.post, settled.post.seen_at))
                .map(|settled| settled.post.clone())
                .collect(),
        };
        let posts = settled.into_iter().map(|settled| KeyedPost { post: settled.post, keys: settled.keys }).collect();
        if !self.store.save_crawl(CrawlBatch { lease, state: Some(state), posts, comments }).await? {
            tracing::warn!(source = %source.id, "what was read is left: another process has taken the source over");
            return Ok(Counts::default());
        }
        tracing::debug!(source = %source.id, new = counts.posts_new, updated = counts.posts_updated, "saved");
        if let Some(present) = present {
            self.remove_deleted(source, &present).await?;
        }
        Ok(counts)
    }

    /// Removes the pages of a wiki that are not in it any more. Those that were renamed go by their new names already.
    async fn remove_deleted(&self, source: &Source, present: &HashSet<String>) -> Result<()> {
        let mut query = PostQuery { source: Some(source.id.clone()), after: None, max: PAGE };
        loop {
            let page = self.store.list_posts(&query).await?;
            let Some(last) = page.last() else { return Ok(()) };
            query.after = Some(last.id.clone());
            let deleted = |post: &&Post| {
                let there = post.guid.as_ref().is_some_and(|guid| present.contains(guid));
                post.kind == SourceKind::Wiki && post.source_id == source.id && !there
            };
            let gone: Vec<PostId> = page.iter().filter(deleted).map(|post| post.id.clone()).collect();
            if !gone.is_empty() {
                tracing::info!(source = %source.id, pages = gone.len(), "pages were deleted from the wiki");
                self.store.remove_posts(&gone).await?;
            }
        }
    }

    /// Saves a post that was fetched in full, tagged anew, with the comments below it. Returns how many of these are new.
    pub(super) async fn settle_article(&self, source: &Source, post: Post, comments: Vec<Comment>) -> Result<usize> {
        let Some(post) = self.tag_posts(vec![post], &source.stages).await.pop() else { return Ok(0) };
        let primaries = HashMap::from([(post.id.clone(), post.tagged.primary)]);
        let _alone = self.one_at_a_time.lock().await;
        let (comments, new) = self.changed_comments(comments, &primaries).await?;
        let keys = identity::keys(&post);
        let posts = vec![KeyedPost { post, keys }];
        self.store.save_crawl(CrawlBatch { posts, comments, ..CrawlBatch::default() }).await?;
        Ok(new)
    }

    /// Saves a post whose comments were fetched, with those that are new or changed. Returns how many are new.
    pub(super) async fn settle_thread(&self, post: Post, comments: Vec<Comment>) -> Result<usize> {
        let primaries = HashMap::from([(post.id.clone(), post.tagged.primary)]);
        let _alone = self.one_at_a_time.lock().await;
        let (comments, new) = self.changed_comments(comments, &primaries).await?;
        // The post may have been edited meanwhile: only its thread is ours.
        let stored = self.store.find_posts(std::slice::from_ref(&post.id)).await?.pop();
        let posts = stored
            .map(|stored| KeyedPost { post: Post { thread: post.thread, ..stored }, keys: Vec::new() })
            .into_iter()
            .collect();
        self.store.save_crawl(CrawlBatch { posts, comments, ..CrawlBatch::default() }).await?;
        Ok(new)
    }

    /// Which posts hold the keys of these, and those posts.
    async fn find_known(&self, posts: &[Post]) -> Result<(HashMap<String, PostId>, HashMap<PostId, Post>)> {
        let keys: Vec<String> = posts.iter().flat_map(identity::keys).collect();
        let held = self.store.find_identities(&keys).await?;
        let holders: HashMap<String, PostId> =
            keys.into_iter().zip(held).filter_map(|(key, post)| Some((key, post?))).collect();
        let mut ids: Vec<PostId> = holders.values().cloned().chain(posts.iter().map(|post| post.id.clone())).collect();
        ids.sort();
        ids.dedup();
        let known = self.store.find_posts(&ids).await?.into_iter().map(|post| (post.id.clone(), post)).collect();
        Ok((holders, known))
    }

    /// Comments that the store does not have as they are, tagged; and how many it does not have at all.
    async fn changed_comments(
        &self,
        comments: Vec<Comment>,
        primaries: &HashMap<PostId, Option<Stage>>,
    ) -> Result<(Vec<Comment>, usize)> {
        if comments.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let mut ids: Vec<PostId> = comments.iter().map(|comment| comment.post_id.clone()).collect();
        ids.dedup();
        let known: HashMap<_, _> =
            self.store.list_comments(&ids).await?.into_iter().map(|comment| (comment.id.clone(), comment)).collect();
        let mut changed = Vec::new();
        let mut new = 0;
        for mut comment in comments {
            let Some(primary) = primaries.get(&comment.post_id) else { continue };
            match known.get(&comment.id) {
                Some(stored) if stored.text == comment.text && stored.parent_id == comment.parent_id => continue,
                Some(_) => {}
                None => new += 1,
            }
            if comment.worth == CommentWorth::Useful {
                let prior: Vec<Stage> = primary.iter().copied().collect();
                comment.tagged = self.tagger.tag(&Text {
                    title: "",
                    text: &comment.text,
                    lang: None,
                    prior: &prior,
                    kind: Kind::Comment,
                });
            }
            changed.push(comment);
        }
        Ok((changed, new))
    }

    /// Tags posts, off the threads that serve the network.
    async fn tag_posts(&self, posts: Vec<Post>, prior: &[Stage]) -> Vec<Post> {
        let (tagger, prior) = (self.tagger.clone(), prior.to_vec());
        let posts = Arc::new(std::sync::Mutex::new(posts));
        let shared = Arc::clone(&posts);
        let tagging = tokio::task::spawn_blocking(move || {
            let mut posts = shared.lock().unwrap_or_else(PoisonError::into_inner);
            posts.iter_mut().for_each(|post| post.tagged = tag_post(&tagger, post, &prior));
        });
        if let Err(panic) = tagging.await {
            tracing::error!("tagging broke off; the posts behind it are kept untagged: {panic}");
        }
        std::mem::take(&mut *posts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn tag_post(tagger: &Tagger, post: &Post, prior: &[Stage]) -> Tagged {
    let text = Text { title: &post.title, text: &post.text, lang: post.language.as_deref(), prior, kind: Kind::Post };
    tagger.tag(&text).led_by(&post.tagged.given)
}
