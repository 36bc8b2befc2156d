//! Which post is which: the keys a post is found by, and what happens when one comes again.
//!
//! Publishers change GUIDs, share one among many posts, edit titles, and publish one text in several places. So no
//! single key decides: keys find candidates, and [`same`] judges each.

use crate::model::{Audience, Place, Post, PostId, SourceKind};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// Words below which a text says too little for its fingerprint to be trusted.
const WORDS_MIN: u32 = 30;
/// Differing bits of two fingerprints up to which the texts count as one.
const NEAR_BITS_MAX: u32 = 3;
/// Bands of a fingerprint; two that differ in fewer bits than there are bands share a band.
const BANDS: u32 = 3;
/// Bits of a band.
const BAND_BITS: u32 = 21;
/// Words below which a text may be the summary of a longer one that is known already.
const SUMMARY_WORDS_MAX: u32 = 120;

/// The keys under which a post is to be found again: short opaque texts, at most six.
///
/// GUIDs are keys within their source; addresses and near-duplicate bands across all sources of one audience.
pub fn keys(post: &Post) -> Vec<String> {
    let source = post.source_id.as_str();
    let audience = post.audience.to_string();
    let mut keys = Vec::with_capacity(6);
    if let Some(guid) = post.guid.as_deref().filter(|guid| !guid.is_empty() && *guid != post.url) {
        keys.push(key('g', &[source, guid]));
    }
    if !post.url.is_empty() {
        keys.push(address_key(&post.audience, &post.url));
    }
    if let Some(listed) = &post.listed_url {
        keys.push(address_key(&post.audience, listed));
    }
    if has_fingerprint(post) {
        for band in 0..BANDS {
            let bits = (post.simhash >> (band * BAND_BITS)) & ((1 << BAND_BITS) - 1);
            keys.push(key('n', &[&audience, &format!("{band}:{bits:x}")]));
        }
    } else {
        keys.push(key('t', &[source, &folded(&post.title), &folded(&post.text)]));
    }
    keys
}

/// The key under which a post of this audience is found by its address.
pub fn address_key(audience: &Audience, url: &str) -> String {
    key('u', &[&audience.to_string(), comparable_url(url)])
}

/// The key of a GUID or address alone, as `keys` makes them.
fn key(kind: char, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut text = String::with_capacity(12);
    text.push(kind);
    URL_SAFE_NO_PAD.encode_string(&hash.finalize()[..8], &mut text);
    text
}

/// http and https, with and without a last slash, are one address.
fn comparable_url(url: &str) -> &str {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    rest.strip_suffix('/').unwrap_or(rest)
}

/// Whether a post stands at this address, or is listed at it.
fn has_address(post: &Post, url: &str) -> bool {
    let is_it = |known: &str| comparable_url(known) == comparable_url(url);
    !url.is_empty() && (is_it(&post.url) || post.listed_url.as_deref().is_some_and(is_it))
}

fn has_fingerprint(post: &Post) -> bool {
    post.words >= WORDS_MIN && post.simhash != 0
}

/// A text for comparing: lower case, runs of white space as one.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// Whether two texts are so alike that they count as one.
pub fn near(one: &Post, other: &Post) -> bool {
    if !has_fingerprint(one) || !has_fingerprint(other) {
        return folded(&one.text) == folded(&other.text) && !one.text.trim().is_empty();
    }
    let (short, long) = (one.words.min(other.words), one.words.max(other.words));
    (one.simhash ^ other.simhash).count_ones() <= NEAR_BITS_MAX && short.saturating_mul(5) >= long.saturating_mul(4)
}

/// Whether a newly read post is a known one: edited, under a new GUID, or published in another place.
pub fn same(known: &Post, new: &Post) -> bool {
    if known.audience != new.audience {
        return false;
    }
    let same_url = has_address(known, &new.url) || new.listed_url.as_deref().is_some_and(|url| has_address(known, url));
    if known.source_id != new.source_id {
        // A thread about an article has the article's address but is another post, and a wiki page stays its own.
        return carries_articles(known.kind) && carries_articles(new.kind) && (same_url || near(known, new));
    }
    let same_title = folded(&known.title) == folded(&new.title);
    let guids = known.guid.as_ref().zip(new.guid.as_ref());
    let same_guid = guids.is_some_and(|(known, new)| known == new);
    let other_guid = guids.is_some_and(|(known, new)| known != new);
    let same_date = known.published_at.is_some() && known.published_at == new.published_at;
    if same_url {
        // Only a feed that links every post to one page has one address under different GUIDs, titles, texts and dates.
        return !other_guid || same_title || same_date || near(known, new);
    }
    if same_guid {
        return same_title || same_date || near(known, new) || new.url.is_empty() || known.url.is_empty();
    }
    // "Weekly tips" appears every week: a title alone says nothing.
    same_title && near(known, new)
}

/// The known post with what a new reading of it says; none where nothing changed.
///
/// Identity, tags, the first place and the state of the comment stream stay with the known one; the stages that a wiki
/// page names itself follow the page.
pub fn merge(known: Post, new: Post) -> Option<Post> {
    let mut merged = known.clone();
    if known.source_id != new.source_id {
        let here = Place { source_id: new.source_id.clone(), url: new.url.clone() };
        if !merged.also_at.contains(&here) {
            merged.also_at.push(here);
        }
        let quoted = known.kind == SourceKind::Find && new.words > known.words;
        if quoted || known.thin && !new.thin {
            take_content(&mut merged, &new);
        }
    } else {
        merged.guid = new.guid.clone().or(merged.guid);
        if !new.url.is_empty() && !has_address(&known, &new.url) {
            merged.url.clone_from(&new.url);
            merged.listed_url.clone_from(&new.listed_url);
        }
        merged.title.clone_from(&new.title);
        merged.mentor = new.mentor.clone().or(merged.mentor);
        merged.mentor_role = new.mentor_role;
        merged.trust = new.trust;
        merged.published_at = known.published_at.or(new.published_at);
        merged.updated_at = new.updated_at.or(known.updated_at);
        merged.categories.clone_from(&new.categories);
        merged.enclosures.clone_from(&new.enclosures);
        merged.duration_s = new.duration_s.or(known.duration_s);
        if !is_summary_of(&new, &known) {
            take_content(&mut merged, &new);
        }
        merged.tagged = merged.tagged.led_by(&new.tagged.given);
    }
    merge_thread(&mut merged, &new);
    if merged == known {
        return None;
    }
    merged.changed_at = new.changed_at;
    Some(merged)
}

fn take_content(post: &mut Post, new: &Post) {
    post.html.clone_from(&new.html);
    post.text.clone_from(&new.text);
    post.excerpt.clone_from(&new.excerpt);
    post.language.clone_from(&new.language);
    (post.words, post.thin, post.simhash) = (new.words, new.thin, new.simhash);
}

/// Whether the new text is only the feed's summary of an article that is known in full.
fn is_summary_of(new: &Post, known: &Post) -> bool {
    let short = new.words.saturating_mul(2) < known.words;
    // The notes on an episode, known with its transcript, are not short.
    short && (new.words < SUMMARY_WORDS_MAX || !new.text.is_empty() && known.text.starts_with(&new.text))
}

fn merge_thread(merged: &mut Post, new: &Post) {
    let thread = &mut merged.thread;
    thread.url = new.thread.url.clone().or(thread.url.take());
    thread.feed_url = new.thread.feed_url.clone().or(thread.feed_url.take());
    thread.count = new.thread.count.or(thread.count);
}

/// A post to be saved, with what is known about it.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The post, new or merged.
    pub post: Post,
    /// Its keys.
    pub keys: Vec<String>,
    /// Whether nobody had it before.
    pub is_new: bool,
    /// Whether its source did not carry it before: new, or first seen elsewhere.
    pub arrives: bool,
    /// Whether title or text changed, so that tags are due.
    pub text_changed: bool,
}

/// Settles what one reading of a source brings against what is known: unchanged posts drop out, edits and further
/// places are merged, and what shares a GUID or an address with another post without being it gets an id of its own.
///
/// `holders` says which post holds a key, `known` holds those posts.
pub fn settle(new: Vec<Post>, holders: &HashMap<String, PostId>, known: &HashMap<PostId, Post>) -> Vec<Settled> {
    let mut settled: Vec<Settled> = Vec::new();
    let mut own_holders: HashMap<String, usize> = HashMap::new();
    let mut by_id: HashMap<PostId, usize> = HashMap::new();
    for mut post in new {
        let keys = keys(&post);
        let earlier = keys.iter().filter_map(|key| own_holders.get(key).copied()).chain(by_id.get(&post.id).copied());
        if let Some(at) = earlier.clone().find(|at| same(&settled[*at].post, &post)) {
            // Twice in one document: the first stands, as the newest comes first.
            own_holders.extend(keys.into_iter().map(|key| (key, at)));
            continue;
        }
        let candidates = keys.iter().filter_map(|key| holders.get(key)).chain([&post.id]);
        let found = candidates.filter_map(|id| known.get(id)).find(|candidate| same(candidate, &post));
        let next = match found {
            Some(found) => settle_known(found, post, keys),
            None => {
                if known.contains_key(&post.id) || by_id.contains_key(&post.id) {
                    post.id = own_id(&post);
                }
                Some(Settled { post, keys, is_new: true, arrives: true, text_changed: true })
            }
        };
        if let Some(next) = next {
            by_id.insert(next.post.id.clone(), settled.len());
            for key in &next.keys {
                own_holders.entry(key.clone()).or_insert(settled.len());
            }
            settled.push(next);
        }
    }
    settled
}

fn settle_known(found: &Post, post: Post, mut keys: Vec<String>) -> Option<Settled> {
    let arrives =
        found.source_id != post.source_id && !found.also_at.iter().any(|place| place.source_id == post.source_id);
    let merged = merge(found.clone(), post)?;
    for key in self::keys(&merged) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let text_changed = merged.text != found.text || merged.title != found.title;
    Some(Settled { post: merged, keys, is_new: false, arrives, text_changed })
}

/// The id of a post whose GUID belongs to another one already.
fn own_id(post: &Post) -> PostId {
    let guid = post.guid.as_deref().unwrap_or_default();
    let date = post.published_at.map(|at| at.to_string()).unwrap_or_default();
    PostId::of(&post.source_id, &[guid, &post.url, &post.title, &date].join("\n"))
}

/// Whether the posts of a kind are articles that may be published in several places, not threads, pages or mails.
fn carries_articles(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Feed | SourceKind::Page | SourceKind::Youtube | SourceKind::Podcast | SourceKind::Find)
}
