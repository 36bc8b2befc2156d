//! What is read, each in one statement.

use super::{Done, PgStore, identity_key, limit, record, sql, texts};
use crate::model::{Comment, PostId, SourceId, SourceState};
use crate::store::codec::{self, KeptPost};
use crate::store::{Change, PostQuery, Record, RecordKey, RecordKind};
use jiff::Timestamp;
use std::collections::HashMap;

impl PgStore {
    pub(super) async fn read_identities(&self, keys: &[String]) -> Done<Vec<Option<PostId>>> {
        let hashes: Vec<_> = keys.iter().map(|key| identity_key(key)).collect();
        let rows: Vec<(Vec<u8>, String)> =
            sqlx::query_as(sql::FIND_KEYS).bind(&self.tenant).bind(&hashes).fetch_all(&self.pool).await?;
        let held: HashMap<_, _> = rows.into_iter().collect();
        Ok(hashes.iter().map(|hash| held.get(hash).map(|id| PostId::new(id.as_str()))).collect())
    }

    /// The states of these sources, in the order asked.
    pub(super) async fn read_states_of(&self, sources: &[SourceId]) -> Done<Vec<SourceState>> {
        let asked: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as(sql::FIND_STATES).bind(&self.tenant).bind(&asked).fetch_all(&self.pool).await?;
        let rows: HashMap<_, _> = rows.into_iter().collect();
        let found = asked.iter().filter_map(|source| rows.get(*source));
        Ok(found.map(|bytes| codec::decode(bytes, "a source's state")).collect::<Result<_, _>>()?)
    }

    pub(super) async fn read_states(&self) -> Done<Vec<SourceState>> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(sql::LIST_STATES).bind(&self.tenant).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(|bytes| codec::decode(bytes, "a source's state")).collect::<Result<_, _>>()?)
    }

    /// The posts with these ids, in the order asked; none for one that is not there.
    pub(super) async fn read_posts(&self, ids: &[PostId]) -> Done<Vec<Option<KeptPost>>> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as(sql::FIND_POSTS).bind(&self.tenant).bind(texts(ids)).fetch_all(&self.pool).await?;
        let rows: HashMap<_, _> = rows.into_iter().collect();
        let found = |id: &PostId| rows.get(id.as_str()).map(|bytes| codec::decode(bytes, "a post")).transpose();
        Ok(ids.iter().map(found).collect::<Result<_, _>>()?)
    }

    pub(super) async fn read_page(&self, query: &PostQuery) -> Done<Vec<KeptPost>> {
        let after = query.after.as_ref().map_or("", PostId::as_str);
        let rows: Vec<Vec<u8>> = match &query.source {
            Some(source) => {
                let page = sqlx::query_scalar(sql::LIST_POSTS_OF_SOURCE).bind(&self.tenant).bind(source.as_str());
                page.bind(after).bind(limit(query.max)).fetch_all(&self.pool).await?
            }
            None => {
                let page = sqlx::query_scalar(sql::LIST_POSTS).bind(&self.tenant);
                page.bind(after).bind(limit(query.max)).fetch_all(&self.pool).await?
            }
        };
        Ok(rows.iter().map(|bytes| codec::decode(bytes, "a post")).collect::<Result<_, _>>()?)
    }

    pub(super) async fn read_changes(&self, seq: u64, max: usize) -> Done<Vec<Change>> {
        let page = sqlx::query_as(sql::LIST_CHANGES).bind(&self.tenant).bind(seq.cast_signed()).bind(limit(max));
        let rows: Vec<(i64, String)> = page.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(seq, post)| Change { seq: seq.cast_unsigned(), post: PostId::new(post) }).collect())
    }

    pub(super) async fn read_comments(&self, posts: &[PostId]) -> Done<Vec<Comment>> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as(sql::LIST_COMMENTS).bind(&self.tenant).bind(texts(posts)).fetch_all(&self.pool).await?;
        let mut threads: HashMap<String, Vec<Comment>> = HashMap::new();
        for (post, bytes) in rows {
            threads.entry(post).or_default().push(codec::decode(&bytes, "a comment")?);
        }
        let thread = |post: &PostId| {
            let mut thread = threads.remove(post.as_str()).unwrap_or_default();
            thread.sort_by_key(|comment| comment.published_at.unwrap_or(Timestamp::MAX));
            thread
        };
        Ok(posts.iter().flat_map(thread).collect())
    }

    pub(super) async fn read_due(&self, now: Timestamp, max: usize) -> Done<Vec<PostId>> {
        let page = sqlx::query_scalar(sql::LIST_DUE).bind(&self.tenant).bind(now.as_second()).bind(limit(max));
        let rows: Vec<String> = page.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(PostId::new).collect())
    }

    pub(super) async fn read_record(&self, key: &RecordKey) -> Done<Option<Record>> {
        let row = sqlx::query_scalar(sql::FIND_RECORD).bind(&self.tenant).bind(key.kind.as_str());
        let row: Option<Vec<u8>> = row.bind(&key.owner).bind(&key.id).fetch_optional(&self.pool).await?;
        Ok(row.map(|bytes| record(&bytes)).transpose()?)
    }

    /// The records with these keys, in the order asked; one statement for each kind and owner.
    pub(super) async fn read_records_at(&self, keys: &[RecordKey]) -> Done<Vec<Record>> {
        let mut ids: HashMap<(RecordKind, &str), Vec<&str>> = HashMap::new();
        for key in keys {
            ids.entry((key.kind, &key.owner)).or_default().push(&key.id);
        }
        let mut found: HashMap<RecordKey, Record> = HashMap::new();
        for ((kind, owner), ids) in ids {
            let rows = sqlx::query_as(sql::FIND_RECORDS).bind(&self.tenant).bind(kind.as_str()).bind(owner).bind(ids);
            let rows: Vec<(String, Vec<u8>)> = rows.fetch_all(&self.pool).await?;
            for (id, bytes) in rows {
                found.insert(RecordKey { kind, owner: owner.to_owned(), id }, record(&bytes)?);
            }
        }
        Ok(keys.iter().filter_map(|key| found.get(key).cloned()).collect())
    }

    pub(super) async fn read_owned(&self, owner: &str, kinds: &[RecordKind]) -> Done<Vec<Record>> {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let rows = sqlx::query_scalar(sql::LIST_OWNED).bind(&self.tenant).bind(kinds).bind(owner);
        let rows: Vec<Vec<u8>> = rows.fetch_all(&self.pool).await?;
        Ok(rows.iter().map(|bytes| record(bytes)).collect::<Result<_, _>>()?)
    }

    pub(super) async fn read_records(
        &self,
        kind: RecordKind,
        owner: Option<&str>,
        after: Option<&RecordKey>,
        max: usize,
    ) -> Done<Vec<Record>> {
        let (after_owner, after_id) = after.map_or(("", ""), |key| (key.owner.as_str(), key.id.as_str()));
        let rows: Vec<Vec<u8>> = match owner {
            Some(owner) => {
                let page = sqlx::query_scalar(sql::LIST_RECORDS_OF_OWNER).bind(&self.tenant).bind(kind.as_str());
                page.bind(owner).bind(after_id).bind(after.is_none()).bind(limit(max)).fetch_all(&self.pool).await?
            }
            None => {
                let page = sqlx::query_scalar(sql::LIST_RECORDS).bind(&self.tenant).bind(kind.as_str());
                page.bind(after_owner)
                    .bind(after_id)
                    .bind(after.is_none())
                    .bind(limit(max))
                    .fetch_all(&self.pool)
                    .await?
            }
        };
        Ok(rows.iter().map(|bytes| record(bytes)).collect::<Result<_, _>>()?)
    }
}
