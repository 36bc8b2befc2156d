//! "Wrong stage": what reps and admins say against the tagger, as it counts for a post, a source and the next model.

use super::Desk;
use crate::model::{Act, Email, Post, PostId, Role, SourceId, Stage, Tagged};
use crate::store::{CrawlBatch, KeyedPost, Record, RecordKind, Result, Store};
use crate::tag::{Kind, Tagger, Text};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Posts loaded at once.
const POSTS_AT_ONCE: usize = 200;

/// What people say of one post's stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// The post.
    pub post: PostId,
    /// Its source.
    pub source: SourceId,
    /// Its title.
    pub title: String,
    /// Its plain text.
    pub text: String,
    /// Its language, where known.
    pub language: Option<String>,
    /// What the built-in model says by itself.
    pub was: Option<Stage>,
    /// What people say: an admin before reps, then the stage that most of them name, then the newest.
    pub stage: Stage,
    /// How many people corrected it.
    pub people: usize,
}

/// The corrections of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCorrections {
    /// The source.
    pub source: SourceId,
    /// How many of its posts were corrected.
    pub posts: usize,
    /// From what to what, most frequent first.
    pub moves: Vec<(Option<Stage>, Stage, usize)>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: String,
    title: &'a str,
    text: &'a str,
    lang: Option<&'a str>,
    primary: Stage,
    secondary: [Stage; 0],
    source: &'a str,
    was: Option<Stage>,
    people: usize,
}

impl Correction {
    /// The correction as a labelled line, as `ridealong train --with-corrections` reads it.
    pub fn to_line(&self) -> String {
        let line = Line {
            id: format!("correction-{}", self.post),
            title: &self.title,
            text: &self.text,
            lang: self.language.as_deref(),
            primary: self.stage,
            secondary: [],
            source: self.source.as_str(),
            was: self.was,
            people: self.people,
        };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// Every correction, in the order of the posts' ids. Posts that are gone have none.
///
/// # Errors
/// The store cannot be read.
pub async fn list_corrections(store: &dyn Store) -> Result<Vec<Correction>> {
    let admins: HashSet<Email> =
        store.list_reps().await?.into_iter().filter(|rep| rep.role == Role::Admin).map(|rep| rep.email).collect();
    let mut said: BTreeMap<PostId, Vec<(bool, Timestamp, Stage)>> = BTreeMap::new();
    for record in store.list_all(RecordKind::Act, None).await? {
        if let Record::Act(record) = record
            && let Act::Restage { post, stage } = record.act
        {
            said.entry(post).or_default().push((admins.contains(&record.rep), record.at, stage));
        }
    }
    let tagger = Tagger::shipped();
    let ids: Vec<PostId> = said.keys().cloned().collect();
    let mut corrections = Vec::with_capacity(ids.len());
    for ids in ids.chunks(POSTS_AT_ONCE) {
        for post in store.find_posts(ids).await? {
            let Some(said) = said.get(&post.id) else { continue };
            let Some(stage) = decide(said) else { continue };
            let was = read(&tagger, &post, &[]).primary;
            let people = said.len();
            let Post { id, source_id, title, text, language, .. } = post;
            corrections.push(Correction { post: id, source: source_id, title, text, language, was, stage, people });
        }
    }
    corrections.sort_by(|one, other| one.post.cmp(&other.post));
    Ok(corrections)
}

/// The stage that counts among what several people said.
fn decide(said: &[(bool, Timestamp, Stage)]) -> Option<Stage> {
    let votes = |stage: Stage| said.iter().filter(|(_, _, other)| *other == stage).count();
    let strongest = said.iter().max_by_key(|(admin, at, stage)| {
        // Among admins the newest word counts; among reps the most frequent.
        if *admin { (true, 0, *at) } else { (false, votes(*stage), *at) }
    });
    strongest.map(|(_, _, stage)| *stage)
}

/// Corrections by source, the most corrected first.
pub fn by_source(corrections: &[Correction]) -> Vec<SourceCorrections> {
    let mut sources: HashMap<&SourceId, HashMap<(Option<Stage>, Stage), usize>> = HashMap::new();
    for one in corrections {
        *sources.entry(&one.source).or_default().entry((one.was, one.stage)).or_default() += 1;
    }
    let mut counted: Vec<SourceCorrections> = sources
        .into_iter()
        .map(|(source, moves)| {
            let mut moves: Vec<_> = moves.into_iter().map(|((was, stage), count)| (was, stage, count)).collect();
            moves.sort_by_key(|(was, stage, count)| (std::cmp::Reverse(*count), *was, *stage));
            SourceCorrections { source: source.clone(), posts: moves.iter().map(|(_, _, count)| count).sum(), moves }
        })
        .collect();
    counted.sort_by(|one, other| other.posts.cmp(&one.posts).then(one.source.cmp(&other.source)));
    counted
}

fn read(tagger: &Tagger, post: &Post, prior: &[Stage]) -> Tagged {
    let lang = post.language.as_deref();
    tagger.tag(&Text { title: &post.title, text: &post.text, lang, prior, kind: Kind::Post })
}

impl Desk {
    /// Gives a post the stage that an admin names, for everybody and at once; without one it goes back to what the
    /// model says. A post that is gone stays so.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn give_stage(&self, post: &PostId, stage: Option<Stage>) -> Result<()> {
        let Some(mut post) = self.store.find_posts(std::slice::from_ref(post)).await?.pop() else { return Ok(()) };
        let given: Vec<Stage> = stage.into_iter().collect();
        let sources = self.sources.set();
        let prior = sources.find(&post.source_id).map_or(&[][..], |source| &source.stages);
        post.tagged = read(&self.tagger, &post, prior).led_by(&given);
        let posts = vec![KeyedPost { post, keys: Vec::new() }];
        self.store.save_crawl(CrawlBatch { posts, ..CrawlBatch::default() }).await?;
        self.follow().await?;
        Ok(())
    }
}
