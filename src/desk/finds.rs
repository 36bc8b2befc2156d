//! What a rep found elsewhere and hands in: a link, an own note, a short quote. Nothing here waits for the network;
//! `jobs` visits the link later, where that is allowed.

use super::Desk;
use crate::crawl::{finds, identity};
use crate::model::{Audience, Note, Post, PostId, Rep};
use crate::store::{CrawlBatch, KeyedPost, Record, StoreError, random_id};
use crate::tag::{Kind, Tagger, Text};

pub use crate::crawl::finds::Find;

/// Why a find was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// What was given cannot be used; the sentence says why.
    #[error("{0}")]
    Unusable(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The post that holds it.
    pub post: PostId,
    /// Whether the link was known already: the note then stands below that post, and nothing else was added.
    pub known: bool,
}

impl Desk {
    /// Takes a find in: a post for the rep's team (for everyone where the rep is in no team), tagged by its title,
    /// quote and note, with the note below it. A link that the rep can read here already only gets the note.
    ///
    /// # Errors
    /// No link, neither note nor quote, a text that is too long; or the store failed.
    pub async fn take_find(&self, rep: &Rep, find: &Find) -> Result<Taken, FindError> {
        let now = self.clock.now();
        let audience = rep.team.clone().map_or(Audience::Everyone, Audience::Team);
        let find = find.checked().map_err(FindError::Unusable)?;
        let mut post = finds::assemble(&find, rep.email.as_str(), audience.clone(), now);
        let known = self.known_by_address(rep, &post).await?;
        let note = (!find.note.is_empty()).then(|| Note {
            id: random_id(),
            rep: rep.email.clone(),
            rep_name: rep.name.clone(),
            post: known.as_ref().unwrap_or(&post).id.clone(),
            text: find.note.clone(),
            written_at: now,
            audience,
        });
        let taken = match known {
            Some(known) => Taken { post: known.id, known: true },
            None => {
                let said = [post.text.as_str(), find.note.as_str()].join("\n\n");
                let words = Text { title: &post.title, text: &said, lang: None, prior: &[], kind: Kind::Post };
                post.tagged = Tagger::shipped().tag(&words);
                let (id, keys) = (post.id.clone(), identity::keys(&post));
                let posts = vec![KeyedPost { post, keys }];
                self.store.save_crawl(CrawlBatch { posts, ..CrawlBatch::default() }).await?;
                Taken { post: id, known: false }
            }
        };
        if let Some(note) = note {
            self.store.save(Record::Note(note)).await?;
        }
        Ok(taken)
    }

    /// The post that stands under a find's address already, where this rep may see it.
    async fn known_by_address(&self, rep: &Rep, post: &Post) -> Result<Option<Post>, StoreError> {
        let keys = [&post.audience, &Audience::Everyone].map(|audience| identity::address_key(audience, &post.url));
        let mut ids: Vec<PostId> = self.store.find_identities(&keys).await?.into_iter().flatten().collect();
        ids.push(post.id.clone());
        let found = self.store.find_posts(&ids).await?;
        Ok(found.into_iter().find(|found| found.audience.includes(rep.team.as_deref())))
    }
}
