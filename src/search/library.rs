//! The index as one thing that is opened, fed and asked.

use super::fields::{self, Fields};
use super::plan::{self, Plan};
use super::query::{self, Query};
use super::queue::{Queue, Queued};
use super::scan::{self, Best, Needs, Wanted};
use super::snippet::{Marked, Sought};
use super::words::Readers;
use crate::model::{Comment, CommentId, Post, PostId};
use jiff::{SignedDuration, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tantivy::collector::{Count, TopDocs};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::IndexWriterOptions;
use tantivy::{Index, IndexReader, IndexWriter, Order, ReloadPolicy, TantivyDocument, TantivyError};

/// Memory of the writer, in bytes: the least that the engine takes.
const WRITER_BYTES: usize = 15 * 1024 * 1024;

/// Waiting changes are committed when there are so many: each commit leaves a segment behind, which has to be merged ...
const COMMIT_CHANGES: usize = 10_000;

/// ... or when the last commit was so long ago.
const COMMIT_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// Hits on a page.
const PAGE_HITS: usize = 20;

/// The last page that is shown: nobody reads further, and each page costs as much as all before it.
const PAGE_MAX: usize = 50;

/// Posts that are counted, as many as can be turned to. Of a search that finds more it is only said so: to count on would
/// take most of its time.
const COUNTED_MAX: usize = PAGE_HITS * PAGE_MAX;

/// Changes with what the index holds or how words are cut; another one is built anew.
const LAYOUT: u32 = 2;

/// Why the index could not do something.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Another process holds it.
    #[error("the search index {0} is in use by another ridealong; stop that one first")]
    InUse(String),
    /// Anything else. The index mends itself; what was not committed is followed again.
    #[error("the search index failed: {0}; it will be built anew from the store")]
    Failed(String),
}

type Result<T> = std::result::Result<T, SearchError>;

/// An index that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The index.
    pub library: Library,
    /// One sentence for the owner where an earlier index could not be used and a new one starts.
    pub told: Option<String>,
}

/// What a search found, before the texts of it are at hand: the index holds none.
#[derive(Debug, Default)]
pub struct Found {
    /// How many posts there are in all, as far as they were counted.
    pub total: usize,
    /// There are more than were counted.
    pub more: bool,
    /// Those of the page, best first.
    pub posts: Vec<PostId>,
    /// No post has everything that was asked for; these have some of it.
    pub relaxed: bool,
    /// How many pages there are to turn.
    pub pages: usize,
    sought: Sought,
    readers: Arc<Readers>,
}

/// What a search found, as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// How many posts there are in all, as far as they were counted.
    pub total: usize,
    /// There are more than were counted.
    pub more: bool,
    /// Those of the page, best first.
    pub hits: Vec<Hit>,
    /// No post has everything that was asked for; these have some of it.
    pub relaxed: bool,
    /// How many pages there are to turn.
    pub pages: usize,
}

/// A post that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The post.
    pub post_id: PostId,
    /// Its title, marked.
    pub title: Marked,
    /// The piece of its text, or of the comment, that shows most of what was asked for.
    pub snippet: Marked,
    /// The comment that the snippet is from.
    pub comment_id: Option<CommentId>,
}

/// The full-text index over posts and their comments. Every method may block for some milliseconds.
#[derive(Debug)]
pub struct Library {
    place: Option<PathBuf>,
    store: String,
    readers: Arc<Readers>,
    /// None only while a broken index could not be replaced; then the next call tries again.
    open: RwLock<Option<Open>>,
}

struct Open {
    index: Index,
    fields: Fields,
    reader: IndexReader,
    writing: Mutex<Writing>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("index", &self.index).finish_non_exhaustive()
    }
}

struct Writing {
    writer: IndexWriter<Queued>,
    queue: Queue,
    waiting: usize,
    committed_at: Option<Timestamp>,
    seq: u64,
    committed_seq: u64,
}

impl Found {
    /// Marks what was sought in the texts of these posts and of the comments below them. A post that is not given
    /// here (gone meanwhile, or not for the reader) is no hit.
    pub fn show(self, posts: &[Post], comments: &[Comment]) -> Hits {
        let mut reader = self.readers.take("en");
        let hits = self.posts.iter().filter_map(|id| {
            let post = posts.iter().find(|post| &post.id == id)?;
            let language = post.language.as_deref().unwrap_or_default();
            if reader.language() != language {
                self.readers.put_back(std::mem::replace(&mut reader, self.readers.take(language)));
            }
            let title = self.sought.mark(&post.title, &mut reader);
            let (mut snippet, mut shows) = self.sought.snippet(fields::head(&post.text), &mut reader);
            let mut comment_id = None;
            for comment in fields::searched(comments.iter().filter(|comment| &comment.post_id == id)) {
                let (piece, more) = self.sought.snippet(fields::head(&comment.text), &mut reader);
                if more > shows {
                    (snippet, shows, comment_id) = (piece, more, Some(comment.id.clone()));
                }
            }
            Some(Hit { post_id: id.clone(), title, snippet, comment_id })
        });
        let hits = hits.collect();
        self.readers.put_back(reader);
        Hits { hits, total: self.total, more: self.more, relaxed: self.relaxed, pages: self.pages }
    }
}

impl Library {
    /// Opens the index in a folder, or makes it. `store` is the identity of the store that it follows.
    ///
    /// # Errors
    /// Another process holds it, or a new one cannot be made there.
    pub fn open(folder: &Path, store: &str) -> Result<Opened> {
        let at = Some(folder.to_owned());
        let guarded = catch_unwind(AssertUnwindSafe(|| open(Some(folder), store)));
        let (open, told) = match guarded.unwrap_or_else(|_| Err(Unusable::Damaged("it is damaged".to_owned()))) {
            Ok(open) => (open, None),
            Err(Unusable::InUse) => return Err(SearchError::InUse(folder.display().to_string())),
            Err(Unusable::Damaged(cause)) => {
                let told = format!(
                    "The search index {} could not be used ({cause}); it is being built anew from the store.",
                    folder.display()
                );
                (make_anew(Some(folder), store)?, Some(told))
            }
        };
        Ok(Opened {
            library: Self {
                place: at,
                store: store.to_owned(),
                readers: Arc::default(),
                open: RwLock::new(Some(open)),
            },
            told,
        })
    }

    /// An index in memory.
    ///
    /// # Errors
    /// The writer's thread cannot be started.
    pub fn in_memory() -> Result<Self> {
        Ok(Self {
            place: None,
            store: String::new(),
            readers: Arc::default(),
            open: RwLock::new(Some(make_anew(None, "")?)),
        })
    }

    /// The store's seq up to which changes were handed over; go on after it. 0 for a new index.
    ///
    /// # Errors
    /// A broken index cannot be replaced.
    pub fn followed(&self) -> Result<u64> {
        self.reading(|open| Ok(lock(&open.writing).seq))
    }

    /// Takes over a post with all its comments, in place of what was there. Found after the next commit.
    ///
    /// # Errors
    /// The index cannot be written, for example on a full disk.
    pub fn upsert(&self, post: &Post, comments: &[Comment]) -> Result<()> {
        self.writing(|open| {
            let document = open.fields.document(post, comments);
            let mut writing = lock(&open.writing);
            writing.writer.delete_term(open.fields.id_term(&post.id));
            let document = writing.queue.enter(document);
            writing.writer.add_document(document)?;
            writing.waiting += 1;
            Ok(())
        })
    }

    /// Takes a post out.
    ///
    /// # Errors
    /// As for `upsert`.
    pub fn remove(&self, post: &PostId) -> Result<()> {
        self.writing(|open| {
            let mut writing = lock(&open.writing);
            writing.writer.delete_term(open.fields.id_term(post));
            writing.waiting += 1;
            Ok(())
        })
    }

    /// Says that every change up to `seq` was handed over, and commits where enough wait or the last commit was long
    /// enough ago. Call it in every round, also without changes. Says whether it committed.
    ///
    /// # Errors
    /// As for `upsert`; what was not committed is asked for again by `followed`.
    pub fn settle(&self, seq: u64, now: Timestamp) -> Result<bool> {
        self.writing(|open| {
            let mut writing = lock(&open.writing);
            writing.seq = seq;
            // A clock that was set back must not keep changes waiting.
            let long_ago = writing.committed_at.is_none_or(|at| now.duration_since(at).abs() >= COMMIT_EVERY);
            let something = writing.waiting > 0 || writing.seq != writing.committed_seq;
            let due = something && (long_ago || writing.waiting >= COMMIT_CHANGES);
            if due {
                self.commit_now(open, &mut writing)?;
                writing.committed_at = Some(now);
            }
            Ok(due)
        })
    }

    /// The same while many changes are behind one another: commits only where enough wait, because each commit leaves a
    /// segment behind that has to be merged.
    ///
    /// # Errors
    /// As for `settle`.
    pub fn catch_up(&self, seq: u64) -> Result<()> {
        self.writing(|open| {
            let mut writing = lock(&open.writing);
            writing.seq = seq;
            if writing.waiting >= COMMIT_CHANGES { self.commit_now(open, &mut writing) } else { Ok(()) }
        })
    }

    /// Commits whatever waits, for the end of the process and for tests.
    ///
    /// # Errors
    /// As for `upsert`.
    pub fn commit(&self) -> Result<()> {
        self.writing(|open| {
            let mut writing = lock(&open.writing);
            let something = writing.waiting > 0 || writing.seq != writing.committed_seq;
            if something { self.commit_now(open, &mut writing) } else { Ok(()) }
        })
    }

    fn commit_now(&self, open: &Open, writing: &mut Writing) -> tantivy::Result<()> {
        let seq = writing.seq;
        let mut prepared = writing.writer.prepare_commit()?;
        prepared.set_payload(&payload(&self.store, seq));
        prepared.commit()?;
        writing.waiting = 0;
        writing.committed_seq = seq;
        open.reader.reload()
    }

    /// How many posts can be found.
    ///
    /// # Errors
    /// A broken index cannot be replaced.
    pub fn len(&self) -> Result<u64> {
        self.reading(|open| Ok(open.reader.searcher().num_docs()))
    }

    /// Whether no post can be found.
    ///
    /// # Errors
    /// A broken index cannot be replaced.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Searches. Every text is a search; only what the query's reader may see is found.
    ///
    /// # Errors
    /// The index is broken; it mends itself.
    pub fn query(&self, query: &Query) -> Result<Found> {
        let asked = query::read(&query.text);
        self.reading(|open| {
            let searcher = open.reader.searcher();
            let Plan { around, parts, sought } = plan::plan(query, &asked, &open.fields, &searcher)?;
            let page = query.page.clamp(1, PAGE_MAX);
            let wanted = Wanted { best: page * PAGE_HITS, counted: COUNTED_MAX };
            let mut relaxed = false;
            let best = if parts.is_empty() {
                let newest = TopDocs::with_limit(wanted.best).order_by_fast_field::<i64>("dated_s", Order::Desc);
                let (total, newest) = searcher.search(&*around, &(Count, newest))?;
                Best { total, more: false, found: newest.into_iter().map(|(_, at)| at).collect() }
            } else {
                let mut best = scan::best(&searcher, &*around, &parts, Needs::Each, wanted)?;
                if best.total == 0 && parts.len() > 1 {
                    best = scan::best(&searcher, &*around, &parts, Needs::Any, wanted)?;
                    relaxed = best.total > 0;
                }
                best
            };
            let Best { total, more, found } = best;
            let mut posts = Vec::with_capacity(PAGE_HITS);
            for address in found.into_iter().skip((page - 1) * PAGE_HITS) {
                posts.extend(open.fields.post_id(&searcher.doc::<TantivyDocument>(address)?));
            }
            let pages = total.div_ceil(PAGE_HITS).min(PAGE_MAX);
            Ok(Found { total, more, posts, relaxed, pages, sought, readers: Arc::clone(&self.readers) })
        })
    }

    /// Runs one reading use of the index. Where what was committed cannot be read, it is made anew.
    fn reading<T>(&self, work: impl FnOnce(&Open) -> tantivy::Result<T>) -> Result<T> {
        self.with(Whole::No, work)
    }

    /// Runs one writing use of the index. A full disk or a stopped writer leaves what was committed whole: it is
    /// opened again as last committed.
    fn writing<T>(&self, work: impl FnOnce(&Open) -> tantivy::Result<T>) -> Result<T> {
        self.with(Whole::AsCommitted, work)
    }

    fn with<T>(&self, after_failure: Whole, work: impl FnOnce(&Open) -> tantivy::Result<T>) -> Result<T> {
        let failed = {
            let mut held = self.held();
            if held.is_none() {
                drop(held);
                self.mend(Whole::AsCommitted)?;
                held = self.held();
            }
            let Some(open) = held.as_ref() else { return Err(SearchError::Failed("it is being mended".to_owned())) };
            match catch_unwind(AssertUnwindSafe(|| work(open))) {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => error,
                Err(_) => TantivyError::InternalError("it stopped in the middle of a call".to_owned()),
            }
        };
        self.mend(after_failure)?;
        Err(SearchError::Failed(failed.to_string()))
    }

    fn mend(&self, whole: Whole) -> Result<()> {
        let mut held = self.held_alone();
        // The writer's lock on the folder has to go first.
        *held = None;
        let place = self.place.as_deref();
        let again = match whole == Whole::AsCommitted && place.is_some() {
            true => catch_unwind(AssertUnwindSafe(|| open(place, &self.store).ok())).ok().flatten(),
            false => None,
        };
        *held = Some(match again {
            Some(open) => open,
            None => make_anew(place, &self.store)?,
        });
        Ok(())
    }

    fn held(&self) -> RwLockReadGuard<'_, Option<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_alone(&self) -> RwLockWriteGuard<'_, Option<Open>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What may be left of an index after a failure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    AsCommitted,
    No,
}

/// Why an index that is there cannot be used.
enum Unusable {
    InUse,
    Damaged(String),
}

impl From<TantivyError> for Unusable {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(..) => Unusable::InUse,
            TantivyError::SchemaError(_) => Unusable::Damaged("it belongs to another version".to_owned()),
            other => Unusable::Damaged(other.to_string()),
        }
    }
}

/// What each commit carries: the layout, the seq, and the store whose seq it is.
fn payload(store: &str, seq: u64) -> String {
    format!("{LAYOUT} {seq} {store}")
}

fn followed_in(payload: &str, store: &str) -> Option<u64> {
    let mut words = payload.splitn(3, ' ');
    let layout: u32 = words.next()?.parse().ok()?;
    let seq = words.next()?.parse().ok()?;
    (layout == LAYOUT && words.next()? == store).then_some(seq)
}

/// Opens what is there; an empty place becomes a new index.
fn open(place: Option<&Path>, store: &str) -> std::result::Result<Open, Unusable> {
    let (schema, fields) = Fields::schema();
    let index = match place {
        None => Index::create_in_ram(schema),
        Some(folder) => {
            let failed = |error: &dyn std::fmt::Display| Unusable::Damaged(error.to_string());
            std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
            Index::open_or_create(MmapDirectory::open(folder).map_err(|error| failed(&error))?, schema)?
        }
    };
    Fields::register(&index);
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let mut writer: IndexWriter<Queued> = index.writer_with_options(options)?;
    let seq = match index.load_metas()?.payload {
        None => {
            // From now on it says whose it is, also when nothing was found to index.
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&payload(store, 0));
            prepared.commit()?;
            0
        }
        Some(payload) => followed_in(&payload, store)
            .ok_or_else(|| Unusable::Damaged("it belongs to another version or another store".to_owned()))?,
    };
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let writing = Writing { writer, queue: Queue::default(), waiting: 0, committed_at: None, seq, committed_seq: seq };
    Ok(Open { index, fields, reader, writing: Mutex::new(writing) })
}

/// Throws away what is there and starts empty.
fn make_anew(place: Option<&Path>, store: &str) -> Result<Open> {
    if let Some(folder) = place
        && folder.exists()
    {
        std::fs::remove_dir_all(folder)
            .map_err(|error| SearchError::Failed(format!("{} cannot be removed: {error}", folder.display())))?;
    }
    open(place, store).map_err(|unusable| match unusable {
        Unusable::InUse => SearchError::InUse(place.map_or_else(String::new, |folder| folder.display().to_string())),
        Unusable::Damaged(cause) => SearchError::Failed(cause),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
