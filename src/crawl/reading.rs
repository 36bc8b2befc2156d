//! A fetched document to posts, by the kind of its source. Pure.

use super::asking::Told;
use super::health::Trouble;
use super::page::{NoItems, PageReader};
use super::parse::{Feed, NotAFeed};
use super::schedule::Skip;
use super::{post, social, threads};
use crate::model::{Comment, Health, Post, Source, SourceKind};
use crate::net::Response;
use jiff::Timestamp;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a document says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// About itself.
    pub told: Told,
    /// Its posts.
    pub posts: Vec<Post>,
    /// Comments that it carries with them.
    pub comments: Vec<Comment>,
    /// The identities of all there is, where the source tells.
    pub present: Option<HashSet<String>>,
}

/// Reads a document. A fault of ours on one document fails its source, not the round.
pub(super) fn read(source: &Source, response: &Response, now: Timestamp) -> Result<Reading, Trouble> {
    catch_unwind(AssertUnwindSafe(|| read_feed(source, response, now))).unwrap_or_else(|_| {
        let cause = "this program stumbled over the document; please report the address of the source";
        Err(Trouble::new(Health::NotAFeed, cause))
    })
}

fn read_feed(source: &Source, response: &Response, now: Timestamp) -> Result<Reading, Trouble> {
    let content_type = response.header("content-type");
    let feed = match source.kind {
        SourceKind::Page => read_page(source, response, now)?,
        kind => {
            social::read(kind, &response.body, content_type, &response.url, now).map_err(|error| of_no_feed(&error))?
        }
    };
    let mut posts: Vec<Post> = feed.entries.iter().map(|entry| post::assemble(source, entry, now)).collect();
    for post in &mut posts {
        post.thread.due_at = threads::first_due(post, source, now);
    }
    let mut told = tell(feed);
    told.posts = posts.iter().map(|post| (post.published_at, post.title.clone())).collect();
    Ok(Reading { told, posts, ..Reading::default() })
}

fn read_page(source: &Source, response: &Response, now: Timestamp) -> Result<Feed, Trouble> {
    let Some(selectors) = &source.selectors else {
        let cause = "a page needs selectors in sources.yaml to find its posts; add items, and link where it is needed";
        return Err(Trouble::new(Health::NotAFeed, cause));
    };
    let reader = PageReader::new(selectors).map_err(|error| Trouble::new(Health::NotAFeed, error.to_string()))?;
    let list = reader.list(&response.body, response.header("content-type"), &response.url, now);
    list.map_err(|error| {
        let health = if matches!(error, NoItems::Challenge) { Health::Blocked } else { Health::NotAFeed };
        Trouble::new(health, error.to_string())
    })
}

/// What a feed says about itself.
fn tell(feed: Feed) -> Told {
    let ttl = feed.ttl_minutes.map(|minutes| u64::from(minutes) * 60);
    Told {
        asked_s: ttl.max(feed.update_period_s),
        skip: Skip { hours: feed.skip_hours, days: feed.skip_days.iter().filter_map(|day| day_number(day)).collect() },
        hub: feed.hub,
        topic: feed.self_url,
        notes: feed.notes,
        repaired: feed.repaired,
        posts: Vec::new(),
    }
}

/// The number of an English day name: 1 is Monday.
fn day_number(name: &str) -> Option<u8> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let name = name.trim().to_ascii_lowercase();
    let at = DAYS.iter().position(|day| *day == name)?;
    u8::try_from(at + 1).ok()
}

fn of_no_feed(error: &NotAFeed) -> Trouble {
    let health = if matches!(error, NotAFeed::Challenge) { Health::Blocked } else { Health::NotAFeed };
    Trouble::new(health, error.to_string())
}
