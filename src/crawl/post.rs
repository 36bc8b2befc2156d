//! From an entry of a feed to a Post: cleaned, measured, not yet tagged.

use super::links;
use super::parse::FeedEntry;
use super::{text, transcript};
use crate::model::{Enclosure, Post, PostId, Source, SourceKind, Tagged, Thread};
use jiff::Timestamp;
use url::Url;

/// Fewer words than this give a reader nothing to use.
const WORDS_MIN: u32 = 25;
/// The same for posts that are short by nature or come with something to listen to.
const WORDS_MIN_SHORT_FORM: u32 = 8;
/// The title of a post that has neither title nor text.
const UNTITLED: &str = "Untitled";

/// Makes a post of an entry, as first seen at `now`; `identity::merge` keeps the older instants of a known one.
pub fn assemble(source: &Source, entry: &FeedEntry, now: Timestamp) -> Post {
    let html = entry.body().map(super::parse::Markup::clean).unwrap_or_default();
    let plain = text::plain(&html);
    let url = entry.url.as_deref().and_then(|url| Url::parse(url).ok()).map(|url| links::canonical(&url).to_string());
    let url = url.unwrap_or_default();
    let title = entry.title.clone().filter(|title| !title.is_empty());
    let title = title.or_else(|| super::parse::title_of(&plain)).unwrap_or_else(|| UNTITLED.to_owned());
    let guid = entry.id.clone().filter(|id| !id.is_empty());
    let identity = guid.clone().or_else(|| (!url.is_empty()).then(|| url.clone()));
    let identity = identity.unwrap_or_else(|| {
        let date = entry.published_at.map(|at| at.to_string()).unwrap_or_default();
        format!("{title}\n{date}")
    });
    let mut post = Post {
        id: PostId::of(&source.id, &identity),
        source_id: source.id.clone(),
        kind: source.kind,
        guid,
        url,
        title,
        mentor: entry.mentor.clone(),
        mentor_role: source.mentor_role,
        published_at: entry.published_at.or(entry.updated_at),
        updated_at: entry.updated_at,
        seen_at: now,
        changed_at: now,
        language: None,
        html: String::new(),
        text: String::new(),
        excerpt: String::new(),
        words: 0,
        categories: entry.categories.clone(),
        enclosures: enclosures(entry),
        duration_s: entry.duration_s,
        thread: Thread {
            url: entry.comments_url.clone(),
            feed_url: entry.comments_feed_url.clone(),
            count: entry.comments_count,
            ..Thread::default()
        },
        audience: source.audience.clone(),
        trust: source.trust,
        tagged: Tagged::default(),
        thin: false,
        simhash: 0,
        also_at: Vec::new(),
        listed_url: None,
    };
    set_body(&mut post, html, plain);
    post.language = post.language.or_else(|| entry.language.clone());
    post
}

/// The files of an entry, its transcript last.
fn enclosures(entry: &FeedEntry) -> Vec<Enclosure> {
    let transcript = entry.transcript_url.as_deref();
    let transcript = transcript.map(|url| transcript::enclosure(url, entry.transcript_type.as_deref()));
    entry.enclosures.iter().cloned().chain(transcript).collect()
}

/// Gives a post its body (cleaned HTML and the same as plain text) and measures it anew.
pub fn set_body(post: &mut Post, html: String, plain: String) {
    post.language = text::language(&plain).or(post.language.take());
    post.excerpt = text::excerpt(&plain);
    post.words = text::words(&plain);
    post.simhash = simhash(&plain);
    post.thin = is_thin(post.kind, post.words, &post.enclosures);
    post.html = html;
    post.text = plain;
}

fn is_thin(kind: SourceKind, words: u32, enclosures: &[Enclosure]) -> bool {
    let short_form = matches!(
        kind,
        SourceKind::Podcast
            | SourceKind::Youtube
            | SourceKind::Mastodon
            | SourceKind::Bluesky
            | SourceKind::Hackernews
            | SourceKind::Find
    );
    words < if short_form || !enclosures.is_empty() { WORDS_MIN_SHORT_FORM } else { WORDS_MIN }
}

/// A 64-bit fingerprint of a text's three-word runs: texts that share most of them differ in few bits. Zero for a text
/// that is too short to have any.
pub fn simhash(text: &str) -> u64 {
    let mut votes = Votes { counts: [0; 64], waiting: [0; 8], added: 0 };
    let mut before: [u64; 2] = [0, 0];
    let mut count = 0usize;
    // Pieces between marks of ASCII first: nearly all of them are words as they stand.
    let pieces = text.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    for word in pieces.filter(|piece| !piece.is_empty()).flat_map(word_hashes) {
        count += 1;
        if count >= 3 {
            votes.add(mix(before[0].rotate_left(17) ^ before[1].rotate_left(31) ^ word));
        }
        before = [before[1], word];
    }
    votes.majority()
}

/// How often each of 64 bits was set, counted eight bits at a time: a byte of a hash becomes eight counters of a byte.
struct Votes {
    counts: [u32; 64],
    waiting: [u64; 8],
    added: u32,
}

impl Votes {
    fn add(&mut self, hash: u64) {
        for (waiting, byte) in self.waiting.iter_mut().zip(hash.to_le_bytes()) {
            *waiting += SPREAD[usize::from(byte)];
        }
        self.added += 1;
        // A counter of one byte has then counted as far as it can.
        if self.added.is_multiple_of(255) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        for (counts, waiting) in self.counts.chunks_exact_mut(8).zip(&mut self.waiting) {
            for (count, waiting) in counts.iter_mut().zip(std::mem::take(waiting).to_le_bytes()) {
                *count += u32::from(waiting);
            }
        }
    }

    /// The bits that were set in more than half of the hashes.
    fn majority(mut self) -> u64 {
        self.settle();
        let most = |count: u32| u64::from(u64::from(count) * 2 > u64::from(self.added));
        self.counts.iter().enumerate().fold(0, |hash, (bit, count)| hash | most(*count) << bit)
    }
}

/// For every byte its bits, the lowest first, each in a byte of its own.
const SPREAD: [u64; 256] = {
    let mut spread = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            spread[byte] |= (byte as u64 >> bit & 1) << (bit * 8);
            bit += 1;
        }
        byte += 1;
    }
    spread
};

/// The hashes of the words in a piece of text that holds no mark of ASCII.
fn word_hashes(piece: &[u8]) -> impl Iterator<Item = u64> {
    let (plain, other) = if piece.is_ascii() { (Some(piece), "") } else { (None, str::from_utf8(piece).unwrap_or("")) };
    let others = other.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let hashed = others.map(|word| match word.is_ascii() {
        true => fnv(word.as_bytes().iter().map(u8::to_ascii_lowercase)),
        false => fnv(word.to_lowercase().into_bytes()),
    });
    plain.map(|word| fnv(word.iter().map(u8::to_ascii_lowercase))).into_iter().chain(hashed)
}

/// FNV-1a over the bytes of a lower-cased word.
fn fnv(lower: impl IntoIterator<Item = u8>) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    lower.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Spreads a hash over all its bits (the finalizer of splitmix64).
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}
