//! The streams of a rep as a reader sees them, and their items.

use crate::model::{Rep, Stage};
use crate::render::edition::Item;
use crate::web::context::App;
use crate::web::error::Result;
use crate::web::feeds::{digest_edition, saved_edition, stage_edition};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;

/// What stands before an item's number in its long form.
const LONG_FORM: &str = "tag:google.com,2005:reader/item/";

/// A list of items that a reader can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// Everything.
    All,
    /// The picks of the last weeks.
    Digest,
    /// The best of a stage.
    Stage(Stage),
    /// What the rep saved.
    Starred,
    /// What the rep marked as read.
    Read,
}

impl Stream {
    /// What a rep is subscribed to.
    pub(super) fn subscribed() -> Vec<Stream> {
        std::iter::once(Stream::Digest).chain(Stage::OF_A_DEAL.map(Stream::Stage)).collect()
    }

    /// Its id.
    pub(super) fn id(self) -> String {
        match self {
            Stream::All => "user/-/state/com.google/reading-list".to_owned(),
            Stream::Starred => super::STARRED.to_owned(),
            Stream::Read => super::READ.to_owned(),
            Stream::Digest => "feed/digest".to_owned(),
            Stream::Stage(stage) => format!("feed/stages/{stage}"),
        }
    }

    /// Its name.
    pub(super) fn title(self) -> &'static str {
        match self {
            Stream::All => "Ridealong",
            Stream::Starred => "Saved",
            Stream::Read => "Read",
            Stream::Digest => "My digest",
            Stream::Stage(stage) => stage.title(),
        }
    }

    /// The stream with this id; the number of a user may stand in the place of `-`.
    pub(super) fn of(id: &str) -> Option<Stream> {
        if let Some(feed) = id.strip_prefix("feed/") {
            return match feed.strip_prefix("stages/") {
                Some(stage) => stage.parse().ok().map(Stream::Stage),
                None => (feed == "digest").then_some(Stream::Digest),
            };
        }
        let (_, state) = id.strip_prefix("user/")?.split_once('/')?;
        match state {
            "state/com.google/reading-list" => Some(Stream::All),
            "state/com.google/starred" => Some(Stream::Starred),
            "state/com.google/read" => Some(Stream::Read),
            _ => None,
        }
    }
}

/// An item with what a reader knows it by.
pub(super) struct Entry {
    /// A positive number of 63 bits, made of the item's own stable id.
    pub(super) number: u64,
    /// The subscription in which it stands.
    pub(super) stream: Stream,
    /// The item.
    pub(super) item: Item,
    /// Whether the rep saved its post.
    pub(super) starred: bool,
}

/// The number of an item: the first 63 bits of the hash of its id, as readers keep signed numbers.
fn number_of(id: &str) -> u64 {
    let hash = Sha256::digest(id.as_bytes());
    let first: [u8; 8] = std::array::from_fn(|at| hash[at]);
    u64::from_be_bytes(first) >> 1
}

/// The number in an id as readers write it: long form in hexadecimal digits, or a decimal.
pub(super) fn number_in(id: &str) -> Option<u64> {
    match id.strip_prefix(LONG_FORM) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => id.parse().ok(),
    }
}

/// The long form of a number.
pub(super) fn long_form(number: u64) -> String {
    format!("{LONG_FORM}{number:016x}")
}

/// The items of a stream, the newest first; each once.
pub(super) async fn entries(app: &App, rep: &Rep, stream: &Stream) -> Result<Vec<Entry>> {
    let acts = app.store().list_acts(&rep.email).await?;
    let streams = match stream {
        Stream::All | Stream::Read => {
            let mut all = Stream::subscribed();
            all.push(Stream::Starred);
            all
        }
        one => vec![*one],
    };
    let mut all: Vec<Entry> = Vec::new();
    let mut seen = HashSet::new();
    for stream in streams {
        let edition = match stream {
            Stream::Digest => digest_edition(app, rep, false).await?,
            Stream::Stage(stage) => stage_edition(app, rep, stage).await?,
            Stream::Starred | Stream::All | Stream::Read => saved_edition(app, rep).await?,
        };
        for item in edition.items {
            let number = number_of(&item.id);
            if seen.insert(number) {
                let starred = acts.saved(&item.post_id);
                all.push(Entry { number, stream, item, starred });
            }
        }
    }
    all.sort_by(|a, b| b.item.published_at.cmp(&a.item.published_at).then_with(|| a.number.cmp(&b.number)));
    Ok(all)
}
