//! Everything in a store as a sequence of items, for copies and backups.

use super::tokens::PLACED_SETTING;
use super::{
    CrawlBatch, IDENTITY_SETTING, KeyedPost, PostQuery, Record, RecordKey, RecordKind, Result, Setting, Store,
    StoreError,
};
use crate::model::{Comment, Post, PostId, SourceState, TokenPurpose};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::num::Wrapping;
use twox_hash::XxHash3_64;

/// Items that are read and written at once.
const PAGE: usize = 100;

/// The setting of the new store that says how far a copy has come; gone when the copy is whole.
const POSITION_SETTING: &str = "copy-position";

/// The endings of the names of settings that hold a secret; the key that signs links is one.
const SECRET_ENDINGS: [&str; 2] = ["-secret", "-key"];

/// One thing that is kept, with all that belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "items live for one page only")]
pub enum Item {
    /// The state of a source.
    State(SourceState),
    /// A post with its identity keys and comments.
    Post {
        /// The post.
        post: Post,
        /// Its identity keys.
        keys: Vec<String>,
        /// Its comments.
        comments: Vec<Comment>,
    },
    /// A record.
    Record(Record),
}

impl Item {
    /// Whether it opens something by itself, or helps to: a sign-in link, a session, a password's hash, or a secret
    /// of the installation. Tokens of feeds and of the API are kept as ids and hashes, which open nothing.
    pub fn is_secret(&self) -> bool {
        match self {
            Item::Record(Record::Setting(setting)) => {
                SECRET_ENDINGS.iter().any(|ending| setting.name.ends_with(ending))
            }
            Item::Record(Record::Token(token)) => {
                matches!(token.purpose, TokenPurpose::SignIn | TokenPurpose::Session | TokenPurpose::Password { .. })
            }
            _ => false,
        }
    }

    /// Whether it is the store's own and goes into no other: a store with other numbers of changes needs another
    /// identity, or an index would follow it from a wrong place; and the places of tokens follow from the tokens.
    fn is_own(&self) -> bool {
        let own = [IDENTITY_SETTING, POSITION_SETTING, PLACED_SETTING];
        match self {
            Item::Record(Record::Setting(setting)) => own.contains(&setting.name.as_str()),
            Item::Record(Record::TokenPlace(_)) => true,
            _ => false,
        }
    }

    /// A part of a checksum that does not depend on the order of items, nor on that of keys and comments.
    fn checksum(&self) -> Result<u64> {
        Ok(match self {
            Item::Post { post, keys, comments } => {
                let keys = keys.iter().map(hash).sum::<Result<Wrapping<u64>>>()?;
                let comments = comments.iter().map(hash).sum::<Result<Wrapping<u64>>>()?;
                (hash(post)? + keys + comments).0
            }
            other => hash(other)?.0,
        })
    }
}

fn hash<T: Serialize>(value: &T) -> Result<Wrapping<u64>> {
    let json = serde_json::to_vec(value).map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok(Wrapping(XxHash3_64::oneshot(&json)))
}

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// States of sources.
    pub states: u64,
    /// Posts.
    pub posts: u64,
    /// Comments.
    pub comments: u64,
    /// Records.
    pub records: u64,
}

impl Counts {
    /// Counts one more item.
    pub fn add(&mut self, item: &Item) {
        match item {
            Item::State(_) => self.states += 1,
            Item::Post { comments, .. } => {
                self.posts += 1;
                self.comments += comments.len() as u64;
            }
            Item::Record(_) => self.records += 1,
        }
    }
}

/// Reads a store page by page, in a fixed order: states, posts, records by kind.
pub(super) struct Export<'a> {
    store: &'a dyn Store,
    at: At,
}

/// How far a reading has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum At {
    States,
    Posts(Option<PostId>),
    /// The place of the kind among all kinds, and the last record that was read.
    Records(usize, Option<RecordKey>),
}

impl<'a> Export<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self { store, at: At::States }
    }

    /// The next page, which may be empty; none at the end. The store's identity is left out.
    pub(super) async fn next_page(&mut self) -> Result<Option<Vec<Item>>> {
        let mut page = self.next_items().await?;
        page.iter_mut().for_each(|items| items.retain(|item| !item.is_own()));
        Ok(page)
    }

    async fn next_items(&mut self) -> Result<Option<Vec<Item>>> {
        match &self.at {
            At::States => {
                self.at = At::Posts(None);
                Ok(Some(self.store.list_states().await?.into_iter().map(Item::State).collect()))
            }
            At::Posts(after) => {
                let query = PostQuery { source: None, after: after.clone(), max: PAGE };
                let posts = self.store.list_posts(&query).await?;
                self.at = match posts.last() {
                    Some(last) => At::Posts(Some(last.id.clone())),
                    None => At::Records(0, None),
                };
                let ids: Vec<_> = posts.iter().map(|post| post.id.clone()).collect();
                let keys = self.store.list_keys(&ids).await?;
                let mut comments: HashMap<PostId, Vec<Comment>> = HashMap::new();
                for comment in self.store.list_comments(&ids).await? {
                    comments.entry(comment.post_id.clone()).or_default().push(comment);
                }
                let item = |(post, keys): (Post, Vec<String>)| {
                    let comments = comments.remove(&post.id).unwrap_or_default();
                    Item::Post { post, keys, comments }
                };
                Ok(Some(posts.into_iter().zip(keys).map(item).collect()))
            }
            At::Records(at, after) => {
                let Some(kind) = RecordKind::ALL.get(*at).copied() else { return Ok(None) };
                let records = match kind {
                    RecordKind::Deal => steady_deals(self.store).await?,
                    kind => self.store.list_records(kind, None, after.as_ref(), PAGE).await?,
                };
                self.at = match records.last() {
                    Some(last) if kind != RecordKind::Deal => At::Records(*at, Some(last.key())),
                    _ => At::Records(at + 1, None),
                };
                Ok(Some(records.into_iter().map(Item::Record).collect()))
            }
        }
    }
}

/// Deals change their place when somebody claims them, so that a reading meanwhile could miss one or hold it twice: they
/// are read until two readings agree on the places, and each that was seen is taken once, as it was seen last.
async fn steady_deals(store: &dyn Store) -> Result<Vec<Record>> {
    const READINGS_MAX: usize = 10;
    let (mut deals, mut places) = (BTreeMap::new(), Vec::new());
    for _ in 0..READINGS_MAX {
        let reading = store.list_all(RecordKind::Deal, None).await?;
        let again: Vec<RecordKey> = reading.iter().map(Record::key).collect();
        deals.extend(reading.into_iter().map(|deal| (deal.key().id, deal)));
        if again == places {
            break;
        }
        places = again;
    }
    Ok(deals.into_values().collect())
}

/// Writes items into a store: all of a page, or an error.
pub(super) async fn import(store: &dyn Store, items: Vec<Item>) -> Result<()> {
    let mut crawled = CrawlBatch::default();
    let mut records = Vec::new();
    for item in items {
        match item {
            Item::State(state) => {
                store.save_crawl(CrawlBatch { state: Some(state), ..CrawlBatch::default() }).await?;
            }
            Item::Post { post, keys, comments } => {
                crawled.posts.push(KeyedPost { post, keys });
                crawled.comments.extend(comments);
            }
            Item::Record(record) => records.push(record),
        }
    }
    if !crawled.posts.is_empty() {
        store.save_crawl(crawled).await?;
    }
    if !records.is_empty() {
        // Tokens get their places anew when they are first listed.
        store.save_records(records, vec![setting(PLACED_SETTING, String::new()).key()]).await?;
    }
    Ok(())
}

/// How far a copy has come, and of which store: what the new store remembers while it is not whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Position {
    /// The identity of the store that is copied; empty where it has none yet.
    of: String,
    at: At,
}

/// Copies everything, secrets too, into another store, which should be empty or hold the beginning of the same copy:
/// a copy that was interrupted goes on where it stopped. Both are read once more at the end and compared by counts
/// and checksums. The first is only read. Returns what is there.
///
/// Writes that happen meanwhile may be missing from the copy, so nothing else should be running.
///
/// # Errors
/// Whatever either store says, or that the two differ.
pub async fn copy(from: &dyn Store, to: &dyn Store) -> Result<Counts> {
    let of = identity(from).await?;
    let mut export = Export::new(from);
    if let Some(position) = position(to).await?.filter(|position| position.of == of) {
        export.at = position.at;
    }
    loop {
        mark(to, Position { of: of.clone(), at: export.at.clone() }).await?;
        let Some(page) = export.next_page().await? else { break };
        import(to, page).await?;
    }
    to.flush().await?;
    let (read, written) = (sum(from).await?, sum(to).await?);
    if read != written {
        return Err(StoreError::Failed(format!(
            "the copy is not the same ({} and {} posts, {} and {} records); stop what writes to either and copy again",
            read.0.posts, written.0.posts, read.0.records, written.0.records
        )));
    }
    to.save_records(Vec::new(), vec![setting(POSITION_SETTING, String::new()).key()]).await?;
    Ok(written.0)
}

/// Whether a store holds the beginning of a copy of this one, with which [`copy`] goes on.
///
/// # Errors
/// Whatever either store says.
pub async fn is_begun(from: &dyn Store, to: &dyn Store) -> Result<bool> {
    let of = identity(from).await?;
    Ok(position(to).await?.is_some_and(|position| position.of == of))
}

fn setting(name: &str, value: String) -> Record {
    Record::Setting(Setting { name: name.to_owned(), value })
}

async fn find_setting(store: &dyn Store, name: &str) -> Result<Option<String>> {
    Ok(match store.find_record(&setting(name, String::new()).key()).await? {
        Some(Record::Setting(setting)) => Some(setting.value),
        _ => None,
    })
}

async fn identity(store: &dyn Store) -> Result<String> {
    Ok(find_setting(store, IDENTITY_SETTING).await?.unwrap_or_default())
}

/// A position that cannot be read is none: the copy begins anew.
async fn position(store: &dyn Store) -> Result<Option<Position>> {
    Ok(find_setting(store, POSITION_SETTING).await?.and_then(|value| serde_json::from_str(&value).ok()))
}

async fn mark(store: &dyn Store, position: Position) -> Result<()> {
    let value = serde_json::to_string(&position).map_err(|error| StoreError::Failed(error.to_string()))?;
    store.save(setting(POSITION_SETTING, value)).await
}

/// Counts and checksum of everything in a store.
async fn sum(store: &dyn Store) -> Result<(Counts, u64)> {
    let (mut counts, mut checksum) = (Counts::default(), 0_u64);
    let mut export = Export::new(store);
    while let Some(page) = export.next_page().await? {
        for item in &page {
            counts.add(item);
            checksum = checksum.wrapping_add(item.checksum()?);
        }
    }
    Ok((counts, checksum))
}

/// Whether nothing is kept in a store, apart from what a start makes.
pub async fn is_empty(store: &dyn Store) -> Result<bool> {
    let mut export = Export::new(store);
    while let Some(page) = export.next_page().await? {
        if page.iter().any(|item| !matches!(item, Item::Record(Record::Setting(_)))) {
            return Ok(false);
        }
    }
    Ok(true)
}
