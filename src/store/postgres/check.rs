//! Reads everything of a tenant, and compares what posts are found by with the posts.

use super::fault::{Again, retry};
use super::{Done, PgStore, limit, sql, texts};
use crate::model::{Comment, PostId};
use crate::store::codec::{self, KeptPost};
use crate::store::{CheckReport, PostQuery, RecordKind, Result, Store};
use std::collections::HashSet;

/// Rows that are read at once.
const PAGE: usize = 500;

impl PgStore {
    pub(super) async fn check_all(&self) -> Result<CheckReport> {
        let mut report = CheckReport::default();
        self.check_posts(&mut report).await?;
        self.check_comments(&mut report).await?;
        self.check_keys(&mut report).await?;
        for kind in RecordKind::ALL {
            match (self as &dyn Store).list_all(kind, None).await {
                Ok(records) => report.records += records.len() as u64,
                Err(error) => report.faults.push(error.to_string()),
            }
        }
        if let Err(error) = self.list_states().await {
            report.faults.push(error.to_string());
        }
        Ok(report)
    }

    async fn check_posts(&self, report: &mut CheckReport) -> Result<()> {
        let mut query = PostQuery { source: None, after: None, max: PAGE };
        loop {
            let page = retry(Again::Harmless, || self.read_page(&query)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            query.after = Some(last.post.id.clone());
            report.posts += page.len() as u64;
            self.check_found_by(&page, report).await?;
        }
    }

    /// Whether each post is found by its keys and stands in the order of changes.
    async fn check_found_by(&self, page: &[KeptPost], report: &mut CheckReport) -> Result<()> {
        let keys: Vec<String> = page.iter().flat_map(|kept| kept.keys.clone()).collect();
        let holders = self.find_identities(&keys).await?;
        let held = page.iter().flat_map(|kept| kept.keys.iter().map(|_| &kept.post.id));
        for ((key, holder), post) in keys.iter().zip(holders).zip(held) {
            if holder.as_ref() != Some(post) {
                report.faults.push(format!("post {post} is not found by its identity key {key:?}"));
            }
        }
        let ids: Vec<PostId> = page.iter().map(|kept| kept.post.id.clone()).collect();
        let changed = retry(Again::Harmless, || self.changed(&ids)).await?;
        for post in ids.iter().filter(|post| !changed.contains(post.as_str())) {
            report.faults.push(format!("post {post} is not in the order of changes"));
        }
        Ok(())
    }

    async fn changed(&self, posts: &[PostId]) -> Done<HashSet<String>> {
        let rows = sqlx::query_scalar(sql::CHECK_CHANGES).bind(&self.tenant).bind(texts(posts));
        Ok(rows.fetch_all(&self.pool).await?.into_iter().collect())
    }

    async fn check_comments(&self, report: &mut CheckReport) -> Result<()> {
        let mut after = (String::new(), String::new());
        loop {
            let page = retry(Again::Harmless, || self.comments_after(&after)).await?;
            let Some((post, id, _)) = page.last() else { return Ok(()) };
            after = (post.clone(), id.clone());
            report.comments += page.len() as u64;
            for (post, id, bytes) in &page {
                if let Err(error) = codec::decode::<Comment>(bytes, &format!("comment {id} of post {post}")) {
                    report.faults.push(error.to_string());
                }
            }
        }
    }

    async fn comments_after(&self, (post, id): &(String, String)) -> Done<Vec<(String, String, Vec<u8>)>> {
        let page = sqlx::query_as(sql::CHECK_COMMENTS).bind(&self.tenant).bind(post).bind(id).bind(limit(PAGE));
        Ok(page.fetch_all(&self.pool).await?)
    }

    async fn check_keys(&self, report: &mut CheckReport) -> Result<()> {
        let mut after = Vec::new();
        loop {
            let page = retry(Again::Harmless, || self.keys_after(&after)).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = last.clone();
            let holders: Vec<_> = page.into_iter().map(|(_, post)| PostId::new(post)).collect();
            let missing = self.read_posts_there(&holders).await?;
            report.faults.extend(
                missing.iter().map(|post| format!("an identity key points to post {post}, which is not there")),
            );
        }
    }

    async fn keys_after(&self, after: &[u8]) -> Done<Vec<(Vec<u8>, String)>> {
        let page = sqlx::query_as(sql::CHECK_KEYS).bind(&self.tenant).bind(after).bind(limit(PAGE));
        Ok(page.fetch_all(&self.pool).await?)
    }

    /// Which of these posts are not there.
    async fn read_posts_there(&self, posts: &[PostId]) -> Result<Vec<PostId>> {
        let found = retry(Again::Harmless, || self.read_posts(posts)).await?;
        Ok(posts.iter().zip(found).filter(|(_, found)| found.is_none()).map(|(post, _)| post.clone()).collect())
    }
}
