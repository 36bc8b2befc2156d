//! What is written, each as one transaction.

use super::fault::commit;
use super::{Done, PgStore, identity_key, record, sql, texts};
use crate::model::{PostId, SourceState};
use crate::store::codec::{self, KeepingPost, KeptPost};
use crate::store::{CrawlBatch, KeyedPost, Lease, Record, RecordKey};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

impl PgStore {
    pub(super) async fn save_crawl_once(&self, batch: &CrawlBatch) -> Done<bool> {
        let mut transaction = self.pool.begin().await?;
        let ours = self.hold_ours(&mut transaction, batch.lease.iter()).await?;
        if ours.len() < batch.lease.iter().len() {
            return Ok(false);
        }
        self.end(&mut transaction, &ours).await?;
        self.put_states(&mut transaction, batch.state.iter()).await?;
        self.save_posts(&mut transaction, &batch.posts).await?;
        // The last of equals counts, as where each is written for itself: one statement may touch a row only once.
        let comments: BTreeMap<_, _> =
            batch.comments.iter().map(|comment| ((comment.post_id.as_str(), comment.id.as_str()), comment)).collect();
        if !comments.is_empty() {
            let (posts, ids): (Vec<_>, Vec<_>) = comments.keys().copied().unzip();
            let values: Vec<_> = comments.values().map(codec::encode).collect::<Result<_, _>>()?;
            let save = sqlx::query(sql::SAVE_COMMENTS).bind(&self.tenant).bind(posts).bind(ids).bind(values);
            save.execute(&mut *transaction).await?;
        }
        let posts = batch.posts.iter().map(|keyed| &keyed.post.id);
        self.mark(&mut transaction, posts.chain(batch.comments.iter().map(|comment| &comment.post_id))).await?;
        commit(transaction).await?;
        Ok(true)
    }

    pub(super) async fn save_states_once(&self, states: &[(SourceState, Option<Lease>)]) -> Done<()> {
        let mut transaction = self.pool.begin().await?;
        let ours = self.hold_ours(&mut transaction, states.iter().filter_map(|(_, lease)| lease.as_ref())).await?;
        self.end(&mut transaction, &ours).await?;
        let is_ours = |lease: &Option<Lease>| lease.as_ref().is_none_or(|lease| ours.contains(&lease));
        let states = states.iter().filter(|(_, lease)| is_ours(lease)).map(|(state, _)| state);
        self.put_states(&mut transaction, states).await?;
        commit(transaction).await
    }

    async fn put_states(&self, connection: &mut PgConnection, states: impl Iterator<Item = &SourceState>) -> Done<()> {
        let rows: BTreeMap<&str, &SourceState> = states.map(|state| (state.source_id.as_str(), state)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let values: Vec<_> = rows.values().map(codec::encode).collect::<Result<_, _>>()?;
        let save = sqlx::query(sql::SAVE_STATES).bind(&self.tenant).bind(rows.into_keys().collect::<Vec<_>>());
        save.bind(values).execute(connection).await?;
        Ok(())
    }

    async fn save_posts(&self, connection: &mut PgConnection, keyed: &[KeyedPost]) -> Done<()> {
        if keyed.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = keyed.iter().map(|keyed| keyed.post.id.clone()).collect();
        let mut held: HashMap<PostId, Vec<String>> =
            self.hold(connection, &ids).await?.into_iter().map(|kept| (kept.post.id, kept.keys)).collect();
        let holders = self.claim(connection, keyed).await?;
        // The last of equals counts, with the keys of all.
        let mut rows: BTreeMap<&str, &KeyedPost> = BTreeMap::new();
        for keyed in keyed {
            let own = held.entry(keyed.post.id.clone()).or_default();
            let mut known: HashSet<String> = own.iter().cloned().collect();
            for key in &keyed.keys {
                if holders.get(&identity_key(key)).is_some_and(|post| post == keyed.post.id.as_str())
                    && known.insert(key.clone())
                {
                    own.push(key.clone());
                }
            }
            rows.insert(keyed.post.id.as_str(), keyed);
        }
        let encode = |keyed: &&KeyedPost| {
            let keys = held.get(&keyed.post.id).map_or(&[][..], Vec::as_slice);
            codec::encode(&KeepingPost { post: &keyed.post, keys })
        };
        let values: Vec<Vec<u8>> = rows.values().map(encode).collect::<Result<_, _>>()?;
        let sources: Vec<_> = rows.values().map(|keyed| keyed.post.source_id.as_str()).collect();
        let due: Vec<_> = rows.values().map(|keyed| keyed.post.thread.due_at.map(|at| at.as_second())).collect();
        let ids: Vec<_> = rows.keys().copied().collect();
        let save = sqlx::query(sql::SAVE_POSTS).bind(&self.tenant).bind(ids).bind(sources).bind(due).bind(values);
        save.execute(connection).await?;
        Ok(())
    }

    /// The posts that are there, held until the transaction ends.
    async fn hold(&self, connection: &mut PgConnection, ids: &[PostId]) -> Done<Vec<KeptPost>> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as(sql::HOLD_POSTS).bind(&self.tenant).bind(texts(ids)).fetch_all(connection).await?;
        Ok(rows.iter().map(|(_, bytes)| codec::decode(bytes, "a post")).collect::<Result<_, _>>()?)
    }

    /// Claims the keys that nobody holds, and says who holds each now.
    async fn claim(&self, connection: &mut PgConnection, keyed: &[KeyedPost]) -> Done<HashMap<Vec<u8>, String>> {
        // In one order, so that two writers never wait for each other.
        let mut wanted: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for KeyedPost { post, keys } in keyed {
            for key in keys {
                wanted.entry(identity_key(key)).or_insert_with(|| post.id.to_string());
            }
        }
        let (keys, posts): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        let claim = sqlx::query(sql::CLAIM_KEYS).bind(&self.tenant).bind(&keys).bind(&posts);
        claim.execute(&mut *connection).await?;
        let rows: Vec<(Vec<u8>, String)> =
            sqlx::query_as(sql::FIND_KEYS).bind(&self.tenant).bind(&keys).fetch_all(connection).await?;
        Ok(rows.into_iter().collect())
    }

    /// Gives changed posts their place in the order of changes; the last thing before the end, because the counter is
    /// held until then.
    async fn mark(&self, connection: &mut PgConnection, posts: impl Iterator<Item = &PostId>) -> Done<()> {
        let mut marked = BTreeSet::new();
        let posts: Vec<&str> = posts.map(PostId::as_str).filter(|post| marked.insert(*post)).collect();
        if posts.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(posts.len()).unwrap_or(i64::MAX);
        let last: i64 =
            sqlx::query_scalar(sql::COUNT_CHANGES).bind(&self.tenant).bind(count).fetch_one(&mut *connection).await?;
        let numbers: Vec<_> = (last - count + 1..=last).collect();
        sqlx::query(sql::SAVE_CHANGES).bind(&self.tenant).bind(posts).bind(numbers).execute(connection).await?;
        Ok(())
    }

    pub(super) async fn remove_posts_once(&self, ids: &[PostId]) -> Done<()> {
        let mut transaction = self.pool.begin().await?;
        let found: Vec<_> = self.hold(&mut transaction, ids).await?.into_iter().map(|kept| kept.post.id).collect();
        if found.is_empty() {
            return Ok(());
        }
        for remove in [sql::REMOVE_POSTS, sql::REMOVE_COMMENTS, sql::REMOVE_KEYS] {
            sqlx::query(remove).bind(&self.tenant).bind(texts(&found)).execute(&mut *transaction).await?;
        }
        self.mark(&mut transaction, found.iter()).await?;
        commit(transaction).await
    }

    pub(super) async fn save_records_once(&self, save: &[Record], remove: &[RecordKey]) -> Done<()> {
        let mut transaction = self.pool.begin().await?;
        self.put_records(&mut transaction, save, remove).await?;
        commit(transaction).await
    }

    async fn put_records(&self, connection: &mut PgConnection, save: &[Record], remove: &[RecordKey]) -> Done<()> {
        let removed: BTreeSet<_> = remove.iter().collect();
        for key in removed {
            let remove = sqlx::query(sql::REMOVE_RECORD).bind(&self.tenant).bind(key.kind.as_str());
            remove.bind(&key.owner).bind(&key.id).execute(&mut *connection).await?;
        }
        let rows: BTreeMap<RecordKey, &Record> = save.iter().map(|record| (record.key(), record)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let kinds: Vec<_> = rows.keys().map(|key| key.kind.as_str()).collect();
        let owners: Vec<_> = rows.keys().map(|key| key.owner.as_str()).collect();
        let ids: Vec<_> = rows.keys().map(|key| key.id.as_str()).collect();
        let values: Vec<_> = rows.values().map(codec::encode).collect::<Result<_, _>>()?;
        let save = sqlx::query(sql::SAVE_RECORDS).bind(&self.tenant).bind(kinds).bind(owners);
        save.bind(ids).bind(values).execute(connection).await?;
        Ok(())
    }

    pub(super) async fn swap_record_once(
        &self,
        key: &RecordKey,
        expected: Option<&Record>,
        new: Option<&Record>,
    ) -> Done<bool> {
        let mut transaction = self.pool.begin().await?;
        let held = sqlx::query_scalar(sql::HOLD_RECORD).bind(&self.tenant).bind(key.kind.as_str());
        let held: Option<Vec<u8>> = held.bind(&key.owner).bind(&key.id).fetch_optional(&mut *transaction).await?;
        if held.map(|bytes| record(&bytes)).transpose()?.as_ref() != expected {
            return Ok(false);
        }
        if let (None, Some(new)) = (expected, new)
            && new.key() == *key
        {
            // An absent row cannot be held: whoever adds it first has won.
            let add = sqlx::query(sql::ADD_RECORD).bind(&self.tenant).bind(key.kind.as_str()).bind(&key.owner);
            let added = add.bind(&key.id).bind(codec::encode(new)?).execute(&mut *transaction).await?;
            if added.rows_affected() == 0 {
                return Ok(false);
            }
        } else {
            self.put_records(
                &mut transaction,
                new.map(std::slice::from_ref).unwrap_or_default(),
                std::slice::from_ref(key),
            )
            .await?;
        }
        commit(transaction).await?;
        Ok(true)
    }
}
