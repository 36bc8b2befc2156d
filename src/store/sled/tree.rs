//! Reads and writes of the one tree, in the words of the store.

use super::identities::{Identities, mark};
use super::keys::*;
use super::writes::{Writes, entry_hash};
use super::{engine_error, value};
use crate::model::{Comment, PostId, SourceState};
use crate::store::codec::{self, KeepingPost, KeptPost};
use crate::store::{CheckReport, CrawlBatch, KeyedPost, Record, RecordKey, Result, StoreError};
use sled::Db;
use std::collections::HashSet;

/// The value under a key.
pub(super) fn find<T: codec::Kept>(engine: &Db, key: &[u8], what: &str) -> Result<Option<T>> {
    match engine.get(key).map_err(engine_error)? {
        Some(bytes) => codec::decode(&bytes, what).map(Some),
        None => Ok(None),
    }
}

/// The digest that the newest write left.
pub(super) fn digest(engine: &Db) -> Result<u64> {
    Ok(engine.get(DIGEST_KEY).map_err(engine_error)?.map_or(0, |bytes| number(&bytes)))
}

/// Gives changed posts their place in the order of changes.
struct Marks {
    seq: u64,
    marked: HashSet<PostId>,
}

impl Marks {
    fn after_the_last(engine: &Db) -> Result<Self> {
        let seq = match engine.scan_prefix(b"q").next_back() {
            Some(entry) => number(&entry.map_err(engine_error)?.0[1..]),
            None => 0,
        };
        Ok(Self { seq, marked: HashSet::new() })
    }

    fn add(&mut self, engine: &Db, writes: &mut Writes<'_>, post: &PostId) -> Result<()> {
        if self.marked.insert(post.clone()) {
            let place = keyed(b'r', post.as_str());
            if let Some(earlier) = engine.get(&place).map_err(engine_error)? {
                writes.indexes().remove(numbered(b'q', number(&earlier)));
            }
            self.seq += 1;
            writes.indexes().insert(numbered(b'q', self.seq), post.as_str().as_bytes());
            writes.indexes().insert(place, &self.seq.to_be_bytes());
        }
        Ok(())
    }
}

/// Puts what is remembered of a source.
pub(super) fn save_state(writes: &mut Writes<'_>, state: &SourceState) -> Result<()> {
    writes.put(keyed(b's', state.source_id.as_str()), codec::encode(state)?)
}

/// Adds what a crawl brought.
pub(super) fn save_crawl(engine: &Db, writes: &mut Writes<'_>, crawled: &CrawlBatch) -> Result<()> {
    let mut marks = Marks::after_the_last(engine)?;
    if let Some(state) = &crawled.state {
        save_state(writes, state)?;
    }
    for KeyedPost { post, keys } in &crawled.posts {
        let place = keyed(b'p', post.id.as_str());
        let mut held = Vec::new();
        if let Some(earlier) = writes.get(&place)? {
            let earlier: KeptPost = codec::decode(&earlier, "a post")?;
            if let Some(at) = earlier.post.thread.due_at {
                writes.indexes().remove(due_key(at, &post.id));
            }
            held = earlier.keys;
        }
        if let Some(at) = post.thread.due_at {
            writes.indexes().insert(due_key(at, &post.id), &[]);
        }
        for key in keys {
            if !held.contains(key) && writes.claim(mark(key), &post.id) {
                held.push(key.clone());
            }
        }
        writes.put(place, codec::encode(&KeepingPost { post, keys: &held })?)?;
        marks.add(engine, writes, &post.id)?;
    }
    for comment in &crawled.comments {
        writes.put(comment_key(comment), codec::encode(comment)?)?;
        marks.add(engine, writes, &comment.post_id)?;
    }
    Ok(())
}

/// Takes posts away with all that belongs to them.
pub(super) fn remove_posts(engine: &Db, writes: &mut Writes<'_>, ids: &[PostId]) -> Result<()> {
    let mut marks = Marks::after_the_last(engine)?;
    for id in ids {
        let place = keyed(b'p', id.as_str());
        let Some(kept) = writes.get(&place)? else { continue };
        let KeptPost { post, keys } = codec::decode(&kept, "a post")?;
        if let Some(at) = post.thread.due_at {
            writes.indexes().remove(due_key(at, id));
        }
        keys.iter().for_each(|key| writes.release(mark(key)));
        writes.take(&place)?;
        for entry in engine.scan_prefix(keyed(b'c', id.as_str())) {
            writes.take(&entry.map_err(engine_error)?.0)?;
        }
        marks.add(engine, writes, id)?;
    }
    Ok(())
}

/// Takes records away and then puts others.
pub(super) fn save_records(writes: &mut Writes<'_>, save: &[Record], remove: &[RecordKey]) -> Result<()> {
    for key in remove {
        writes.take(&record_key(key))?;
    }
    for record in save {
        writes.put(record_key(&record.key()), codec::encode(record)?)?;
    }
    Ok(())
}

/// The comments of a post, oldest first; those without a date last.
pub(super) fn thread(engine: &Db, post: &PostId) -> Result<Vec<Comment>> {
    let scan = engine.scan_prefix(keyed(b'c', post.as_str()));
    let mut thread: Vec<Comment> = scan.map(|entry| value(entry, "a comment")).collect::<Result<_>>()?;
    thread.sort_by_key(|comment| comment.published_at.unwrap_or(jiff::Timestamp::MAX));
    Ok(thread)
}

/// Reads everything and compares its digest with the one that the newest write left, and with the one that the
/// store was closed with where that is known.
pub(super) fn prove(engine: &Db, closed_with: Option<u64>, place: &str) -> Result<()> {
    let mut found = 0;
    for entry in engine.iter() {
        let (key, value) = entry.map_err(engine_error)?;
        if is_value(&key) {
            found ^= entry_hash(&key, &value);
        }
    }
    let damaged = |cause: &str| StoreError::Damaged { place: place.to_owned(), cause: cause.to_owned() };
    let written = digest(engine)?;
    if found != written {
        return Err(damaged("what it gives back is not what was written"));
    }
    if closed_with.is_some_and(|closed_with| closed_with != written) {
        return Err(damaged("its newest writes are missing"));
    }
    Ok(())
}

/// Reads everything, and compares the indexes with what they point to.
pub(super) fn check(engine: &Db) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let mut found = 0;
    let identities = Identities::read(engine)?;
    for entry in engine.iter() {
        let (key, value) = entry.map_err(engine_error)?;
        if is_value(&key) {
            found ^= entry_hash(&key, &value);
        }
        let name = String::from_utf8_lossy(key.get(1..).unwrap_or_default()).replace('\0', "/");
        let there = |prefix: u8, rest: &[u8]| engine.contains_key([&[prefix], rest].concat()).map_err(engine_error);
        let fault = match key.first() {
            Some(b'p') => {
                report.posts += 1;
                match codec::decode::<KeptPost>(&value, &format!("post {name}")) {
                    Err(error) => Some(error.to_string()),
                    Ok(kept) => unindexed(engine, &identities, &kept)?,
                }
            }
            Some(b'c') => {
                report.comments += 1;
                let read = codec::decode::<Comment>(&value, &format!("comment {name}"));
                read.err().map(|error| error.to_string())
            }
            Some(b'd') => {
                report.records += 1;
                match codec::decode::<Record>(&value, &format!("record {name}")) {
                    Err(error) => Some(error.to_string()),
                    Ok(record) if record_key(&record.key()) != *key => {
                        Some(format!("record {name} is in a wrong place"))
                    }
                    Ok(_) => None,
                }
            }
            Some(b's') => {
                let read = codec::decode::<SourceState>(&value, &format!("state of {name}"));
                read.err().map(|error| error.to_string())
            }
            Some(b't') if !there(b'p', key.get(9..).unwrap_or_default())? => {
                Some("a due thread points to a post that is not there".to_owned())
            }
            Some(b'q') if !there(b'r', &value)? => Some("a change belongs to no post".to_owned()),
            _ => None,
        };
        report.faults.extend(fault);
    }
    let holders: HashSet<PostId> = identities.holders().collect();
    for post in holders {
        if !engine.contains_key(keyed(b'p', post.as_str())).map_err(engine_error)? {
            report.faults.push(format!("an identity key points to the post {post}, which is not there"));
        }
    }
    if found != digest(engine)? {
        report.faults.push("what the store gives back is not what was written".to_owned());
    }
    Ok(report)
}

/// What the indexes lack of a post.
fn unindexed(engine: &Db, identities: &Identities, kept: &KeptPost) -> Result<Option<String>> {
    let KeptPost { post, keys } = kept;
    let has = |key: Vec<u8>| engine.contains_key(key).map_err(engine_error);
    for key in keys {
        if !identities.is_held(mark(key)) {
            return Ok(Some(format!("post {} is not found by its identity key {key:?}", post.id)));
        }
    }
    if !has(keyed(b'r', post.id.as_str()))? {
        return Ok(Some(format!("post {} is not in the order of changes", post.id)));
    }
    match post.thread.due_at {
        Some(at) if !has(due_key(at, &post.id))? => {
            Ok(Some(format!("the thread of post {} would never be due", post.id)))
        }
        _ => Ok(None),
    }
}
