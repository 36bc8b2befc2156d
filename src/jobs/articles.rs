//! Fetches in full what a feed gives only in part.

use super::crawl_due::CrawlDue;
use crate::model::{Post, Source};
use crate::store::Result;
use futures::StreamExt as _;
use std::sync::Arc;

/// Articles fetched after one round; the rest keeps the feed's summary until it is seen again as changed.
const ARTICLES_MAX: usize = 500;

impl CrawlDue {
    /// Fetches articles and saves them over their summaries. Returns how many comments stood below them.
    pub(super) async fn crawl_articles(&self, wanted: Vec<(Arc<Source>, Post)>) -> Result<usize> {
        let work = wanted.into_iter().take(ARTICLES_MAX);
        let mut fetched = futures::stream::iter(work)
            .map(|(source, post)| async move {
                let crawled = self.crawler.crawl_article(&source, &post).await;
                (source, post, crawled)
            })
            .buffer_unordered(self.jobs);
        let mut comments = 0;
        while let Some((source, post, crawled)) = fetched.next().await {
            match crawled {
                Ok(article) => {
                    comments += self.settling.settle_article(&source, article.post, article.comments).await?
                }
                Err(cause) => {
                    tracing::debug!(source = %source.id, post = %post.id, "kept as the feed gives it: {cause}")
                }
            }
        }
        Ok(comments)
    }
}
